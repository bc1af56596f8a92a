/** Who may import whom. */
import { posix } from 'node:path';
import ts from 'typescript';
import { type Finding, lineOf, nodesOf } from './project';

interface Layer {
  readonly folder: string;
  /** Folders of the project it may import, besides itself. */
  readonly mayImport: readonly string[];
  /** Packages it may import; `node:` stands for all of Node. */
  readonly packages: readonly string[];
}

const PURE_PACKAGES = ['@noble/ciphers', '@noble/hashes', '@noble/curves', 'cbor-x/index-no-eval'];
const INNER = ['attestation', 'emulator'];

/** The first layer whose folder a file is in is the file's layer, so narrower folders come first. */
export const LAYERS: readonly Layer[] = [
  { folder: 'attestation', mayImport: [], packages: PURE_PACKAGES },
  { folder: 'emulator', mayImport: ['attestation'], packages: PURE_PACKAGES },
  { folder: 'language/expression', mayImport: INNER, packages: PURE_PACKAGES },
  { folder: 'language/scenario', mayImport: [...INNER, 'language/expression'], packages: PURE_PACKAGES },
  {
    folder: 'language/server',
    mayImport: [...INNER, 'language/expression', 'language/scenario'],
    packages: ['node:', 'vscode-languageserver', 'vscode-languageserver-textdocument'],
  },
  {
    folder: 'debug-adapter/protocol',
    mayImport: ['attestation', 'emulator/rmm/commands/catalogue', 'emulator/rmm/commands/catalogue-types'],
    packages: [],
  },
  {
    folder: 'debug-adapter',
    mayImport: [...INNER, 'language/expression', 'language/scenario'],
    packages: ['node:', '@vscode/debugadapter', '@vscode/debugprotocol'],
  },
  {
    folder: 'cli',
    mayImport: [...INNER, 'language', 'debug-adapter', 'package.json'],
    packages: ['node:'],
  },
  {
    folder: 'extension',
    mayImport: [
      'attestation',
      'debug-adapter/protocol',
      'emulator/rmm/commands/catalogue',
      'emulator/rmm/commands/catalogue-types',
    ],
    packages: ['node:', 'vscode', 'vscode-languageclient', '@vscode/debugprotocol'],
  },
];

export const layerOf = (file: string): Layer | undefined => LAYERS.find(({ folder }) => isIn(file, folder));

const isIn = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

/** Module names a file imports, with where: static, dynamic, re-exports, `import()` types and `require`. */
export function* importsOf(source: ts.SourceFile): Generator<{ readonly name: string; readonly line: number }> {
  for (const node of nodesOf(source)) {
    const name = moduleNameOf(node);
    if (name && ts.isStringLiteralLike(name)) yield { name: name.text, line: lineOf(source, node) };
  }
}

function moduleNameOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (!ts.isCallExpression(node)) return undefined;
  const dynamic = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const required = ts.isIdentifier(node.expression) && node.expression.text === 'require';
  return dynamic || required ? node.arguments[0] : undefined;
}

/** Imports of one file that its layer does not allow. */
export function forbiddenImports(file: string, source: ts.SourceFile): Finding[] {
  const layer = layerOf(file);
  if (!layer) return [{ file, line: 1, what: 'is in no layer: add its folder to LAYERS in test/rules/imports.ts' }];
  return [...importsOf(source)].flatMap(({ name, line }) => {
    const inside = name.startsWith('.');
    const target = inside ? posix.normalize(posix.join(posix.dirname(file), name)) : name;
    const allowed = inside
      ? [layer.folder, ...layer.mayImport].some((place) => isIn(target, place))
      : layer.packages.some((place) => isIn(target, place) || (place === 'node:' && target.startsWith('node:')));
    return allowed ? [] : [{ file, line, what: `${layer.folder} must not import ${target}` }];
  });
}
