/**
 * The expressions of watches, hovers and the Debug Console: C without assignments, calls and ternaries, plus registers
 * (`x0`, `$sp`) and addresses in a named space (`pa:0x9000_0000`, `ipa:…`, `va:…`, `bus:…`).
 */
import { badExpression } from './problems';

export type SpaceName = 'va' | 'ipa' | 'pa' | 'bus';

export type Expression =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'name'; readonly name: string }
  /** `$name`: a register only. */
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'space'; readonly space: SpaceName; readonly operand: Expression }
  | { readonly kind: 'unary'; readonly operator: '-' | '~' | '!' | '*' | '&'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'member'; readonly object: Expression; readonly name: string; readonly arrow: boolean }
  | { readonly kind: 'index'; readonly object: Expression; readonly index: Expression };

interface Token {
  readonly text: string;
  readonly at: number;
  readonly kind: 'number' | 'name' | 'register' | 'space' | 'mark' | 'end';
}

const TOKENS =
  /\s*(?:(?<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9_]*)(?<suffix>[uUlL]*)|(?<space>(?:va|ipa|pa|bus):)|(?<register>\$[A-Za-z_][A-Za-z0-9_]*)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<character>'(?:[^'\\]|\\.)')|(?<mark>->|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!<>()[\].]))/y;

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

const MAX_LENGTH = 2000;
const MAX_DEPTH = 100;

/** @throws Problem `bad-expression` with the place */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_LENGTH) throw badExpression(text.slice(0, 40), MAX_LENGTH, 'the expression is too long');
  const tokens = tokenise(text);
  let next = 0;
  let depth = 0;
  const peek = (): Token => tokens[next]!;
  const take = (): Token => tokens[next++]!;
  const accept = (mark: string): boolean => {
    if (peek().kind !== 'mark' || peek().text !== mark) return false;
    next++;
    return true;
  };
  const expect = (mark: string): void => {
    if (!accept(mark)) throw badExpression(text, peek().at, `"${mark}" is missing`);
  };

  const binary = (level: number): Expression => {
    const operators = LEVELS[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    while (peek().kind === 'mark' && operators.includes(peek().text)) {
      const operator = take().text;
      left = { kind: 'binary', operator, left, right: binary(level + 1) };
    }
    return left;
  };
  const unary = (): Expression => {
    if (++depth > MAX_DEPTH) throw badExpression(text, peek().at, 'the expression is nested too deeply');
    try {
      const token = peek();
      if (token.kind === 'space') {
        take();
        return { kind: 'space', space: token.text.slice(0, -1) as SpaceName, operand: unary() };
      }
      if (token.kind === 'mark' && ['-', '~', '!', '*', '&'].includes(token.text)) {
        take();
        return { kind: 'unary', operator: token.text as '-', operand: unary() };
      }
      return postfix(primary());
    } finally {
      depth--;
    }
  };
  const postfix = (start: Expression): Expression => {
    let object = start;
    for (;;) {
      if (accept('[')) {
        const index = binary(0);
        expect(']');
        object = { kind: 'index', object, index };
        continue;
      }
      const arrow = accept('->');
      if (!arrow && !accept('.')) return object;
      const name = take();
      if (name.kind !== 'name') throw badExpression(text, name.at, 'a member name is missing');
      object = { kind: 'member', object, name: name.text, arrow };
    }
  };
  const primary = (): Expression => {
    const token = take();
    if (token.kind === 'number') return { kind: 'number', value: BigInt(token.text) };
    if (token.kind === 'name') return { kind: 'name', name: token.text };
    if (token.kind === 'register') return { kind: 'register', name: token.text.slice(1) };
    if (token.kind === 'mark' && token.text === '(') {
      const inner = binary(0);
      expect(')');
      return inner;
    }
    throw badExpression(
      text,
      token.at,
      token.kind === 'end' ? 'the expression ends too early' : `"${token.text}" is unexpected`,
    );
  };

  const expression = binary(0);
  if (peek().kind !== 'end') throw badExpression(text, peek().at, `"${peek().text}" is unexpected`);
  return expression;
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  let at = 0;
  while (at < text.trimEnd().length) {
    TOKENS.lastIndex = at;
    const match = TOKENS.exec(text);
    const groups = match?.groups;
    if (!match || !groups) throw badExpression(text, at, `"${text.slice(at).trim()[0]}" is unexpected`);
    const start = at + match[0].length - match[0].trimStart().length;
    at = TOKENS.lastIndex;
    if (groups['number'] !== undefined)
      tokens.push({ kind: 'number', text: groups['number'].replaceAll('_', ''), at: start });
    else if (groups['character'] !== undefined)
      tokens.push({ kind: 'number', text: String(characterCode(groups['character'])), at: start });
    else {
      const kind = (['space', 'register', 'name', 'mark'] as const).find((each) => groups[each] !== undefined)!;
      tokens.push({ kind, text: groups[kind]!, at: start });
    }
  }
  for (const token of tokens) {
    if (token.kind === 'number' && /^0[xXbB]$/.test(token.text))
      throw badExpression(text, token.at, `"${token.text}" is no number`);
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, '0': 0, a: 7, b: 8, f: 12, v: 11 };

const characterCode = (literal: string): number =>
  literal[1] === '\\' ? (ESCAPES[literal[2]!] ?? literal.charCodeAt(2)) : literal.charCodeAt(1);
