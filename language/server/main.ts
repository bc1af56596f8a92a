/** The language server: hover and completion over the LSP. What to say is decided in `hover.ts` and `completion.ts`. */
import {
  type CompletionItem,
  CompletionItemKind,
  createConnection,
  type Hover,
  type InitializeResult,
  MarkupKind,
  ProposedFeatures,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type Completion, completionsAt } from './completion';
import { hoverAt } from './hover';

const KINDS: Readonly<Record<Completion['kind'], CompletionItemKind>> = {
  command: CompletionItemKind.Function,
  structure: CompletionItemKind.Struct,
  bitFields: CompletionItemKind.Struct,
  enumeration: CompletionItemKind.Enum,
  constant: CompletionItemKind.EnumMember,
  field: CompletionItemKind.Field,
};

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);

connection.onInitialize(
  (): InitializeResult => ({
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      hoverProvider: true,
      completionProvider: { triggerCharacters: ['_', '.', '>'] },
    },
    serverInfo: { name: 'realmscope' },
  }),
);

connection.onHover(({ textDocument, position }): Hover | undefined => {
  const document = documents.get(textDocument.uri);
  const hover = document && hoverAt(document.getText(), document.offsetAt(position));
  if (!document || !hover) return undefined;
  return {
    contents: { kind: MarkupKind.Markdown, value: hover.markdown },
    range: { start: document.positionAt(hover.start), end: document.positionAt(hover.end) },
  };
});

connection.onCompletion(({ textDocument, position }): CompletionItem[] => {
  const document = documents.get(textDocument.uri);
  if (!document) return [];
  return completionsAt(document.getText(), document.offsetAt(position)).map((completion) => ({
    label: completion.label,
    kind: KINDS[completion.kind],
    detail: completion.detail,
    documentation: { kind: MarkupKind.Markdown, value: completion.markdown },
    textEdit: {
      newText: completion.label,
      range: { start: document.positionAt(completion.start), end: document.positionAt(completion.end) },
    },
  }));
});

documents.listen(connection);
connection.listen();
