/** Bit operators truncate to 32 bits, so they are never used on the branded addresses of emulator/address.ts. */
import ts from 'typescript';
import { type Finding, lineOf, nodesOf } from './project';

const OPERATORS = new Set<ts.SyntaxKind>([
  ts.SyntaxKind.AmpersandToken,
  ts.SyntaxKind.BarToken,
  ts.SyntaxKind.CaretToken,
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
  ts.SyntaxKind.AmpersandEqualsToken,
  ts.SyntaxKind.BarEqualsToken,
  ts.SyntaxKind.CaretEqualsToken,
  ts.SyntaxKind.LessThanLessThanEqualsToken,
  ts.SyntaxKind.GreaterThanGreaterThanEqualsToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken,
]);

/** Bit operators in one file that have an address on either side. */
export function addressOperators(file: string, source: ts.SourceFile, checker: ts.TypeChecker): Finding[] {
  return [...nodesOf(source)].flatMap((node) => {
    const operands = operandsOf(node);
    if (!operands.some((operand) => isAddress(checker.getTypeAtLocation(operand)))) return [];
    return [{ file, line: lineOf(source, node), what: `bit operator on an address: ${node.getText(source)}` }];
  });
}

function operandsOf(node: ts.Node): ts.Expression[] {
  if (ts.isBinaryExpression(node) && OPERATORS.has(node.operatorToken.kind)) return [node.left, node.right];
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.TildeToken) return [node.operand];
  return [];
}

function isAddress(type: ts.Type): boolean {
  if (type.isUnion()) return type.types.some(isAddress);
  return (
    type.isIntersection() && type.getProperties().some((property) => /^__@space/.test(String(property.escapedName)))
  );
}
