/** Pure folders: nothing that depends on the host, the time or chance. */
import ts from 'typescript';
import { type Finding, lineOf, nodesOf } from './project';

export const PURE = ['attestation/', 'emulator/', 'language/expression/', 'language/scenario/'];

export const isPure = (file: string): boolean => PURE.some((folder) => file.startsWith(folder));

/** Declared by the DOM's and Node's types, yet part of every JavaScript host and free of outside influence. */
const EVERYWHERE = ['TextEncoder', 'TextDecoder', 'WebAssembly', 'structuredClone'];

/** Part of the language, yet different at every run, or able to reach what the types forbid. */
const IMPURE_LANGUAGE = ['Date', 'Intl', 'WeakRef', 'FinalizationRegistry', 'eval', 'Function', 'globalThis'];

const HOST_TYPES = /[\\/]typescript[\\/]lib[\\/]lib\.(dom|webworker|scripthost)|[\\/]@types[\\/]node[\\/]/;
const LANGUAGE_TYPES = /[\\/]typescript[\\/]lib[\\/]lib\.(es|decorators)/;

/** Uses in one file of what a pure folder must not touch. */
export function impurities(file: string, source: ts.SourceFile, checker: ts.TypeChecker): Finding[] {
  const findings: Finding[] = [];
  const report = (node: ts.Node, what: string) => {
    findings.push({ file, line: lineOf(source, node), what });
  };
  for (const node of nodesOf(source)) {
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) report(node, 'import.meta');
    if (!ts.isIdentifier(node)) continue;
    const parent = node.parent;
    if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
      if (node.text === 'random' && isGlobalMath(parent.expression, checker)) report(node, 'Math.random');
      continue;
    }
    if (ts.isQualifiedName(parent) && parent.right === node) continue;
    if (node.text === 'Math' && isGlobalMath(node, checker)) {
      if (!ts.isPropertyAccessExpression(parent)) report(node, 'Math as a value: its members must be visible');
      continue;
    }
    const origin = declaredBy(node, checker);
    if (origin === 'host' && !EVERYWHERE.includes(node.text)) report(node, `${node.text} belongs to Node or the DOM`);
    if (origin === 'language' && IMPURE_LANGUAGE.includes(node.text)) report(node, `${node.text} is not deterministic`);
    if (node.text === 'globalThis' && origin !== 'project') report(node, 'globalThis reaches the host');
  }
  return findings;
}

const isGlobalMath = (node: ts.Node, checker: ts.TypeChecker): boolean =>
  ts.isIdentifier(node) && node.text === 'Math' && declaredBy(node, checker) === 'language';

function declaredBy(node: ts.Identifier, checker: ts.TypeChecker): 'host' | 'language' | 'project' | 'nothing' {
  const parent = node.parent;
  const symbol = ts.isShorthandPropertyAssignment(parent)
    ? checker.getShorthandAssignmentValueSymbol(parent)
    : checker.getSymbolAtLocation(node);
  const files = symbol?.declarations?.map((declaration) => declaration.getSourceFile().fileName) ?? [];
  if (files.length === 0) return 'nothing';
  // A property named like a global (`{ name: … }` of a host type) is no use of the global.
  if (isPropertyName(node)) return 'project';
  if (files.some((name) => LANGUAGE_TYPES.test(name))) return 'language';
  return files.some((name) => HOST_TYPES.test(name)) ? 'host' : 'project';
}

function isPropertyName(node: ts.Identifier): boolean {
  const parent = node.parent;
  return (
    (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodDeclaration(parent)) &&
    parent.name === node
  );
}
