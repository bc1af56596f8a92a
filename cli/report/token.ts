/** A decoded token and its verification, as text and as JSON. */
import { toHex } from '../../attestation/bytes';
import type { CborItem } from '../../attestation/cbor/scan';
import { type DecodedClaim, showItem } from '../../attestation/token/claims';
import type { DecodedToken, SignedClaims } from '../../attestation/token/decode';
import { CLAIM, lifecycleName } from '../../attestation/token/numbers';
import type { Check, CheckVerdict, VerifyReport } from '../../attestation/verify/verify';
import type { Output, Paint } from '../output';
import { printable } from './printable';

const FORMATS = {
  legacy: 'legacy',
  '1.0': 'RMM 1.0',
  '1.1': 'RMM 1.1',
  '2.0': 'RMM 2.0',
} as const;

const COMPONENT_NAMES: Readonly<Record<string, string>> = {
  '1': 'type',
  '2': 'measurement',
  '4': 'version',
  '5': 'signer id',
  '6': 'hash algorithm',
};

/** Hexadecimal in lines of 32 bytes; 36 still fit on one. */
function hexLines(bytes: Uint8Array): string[] {
  const hex = toHex(bytes);
  if (hex === '') return ['(empty)'];
  return hex.length <= 72 ? [hex] : (hex.match(/.{1,64}/g) ?? []);
}

function valueLines(claim: DecodedClaim): string[] {
  const { value, number } = claim;
  if (value.kind === 'bytes') return hexLines(value.value);
  if (value.kind === 'text') return [value.value];
  if (number === CLAIM.lifecycle && value.kind === 'integer') {
    return [`0x${value.value.toString(16)} (${lifecycleName(Number(value.value)) ?? 'undefined'})`];
  }
  if (value.kind === 'array' && value.items.length > 0) return value.items.flatMap(itemLines);
  return [showItem(value)];
}

/** An entry of an array: a measurement, or a software component on one line. */
function itemLines(item: CborItem, index: number): string[] {
  if (item.kind === 'bytes')
    return hexLines(item.value).map((line, at) => `${at === 0 ? `[${index}]` : '   '} ${line}`);
  if (item.kind !== 'map') return [`[${index}] ${showItem(item)}`];
  const text = (number: string): string | undefined => {
    const found = item.entries.find(({ key }) => key.kind === 'integer' && key.value.toString() === number)?.value;
    return found === undefined ? undefined : found.kind === 'text' ? found.value : showItem(found);
  };
  const title = [text('1') ?? 'component', text('4')].filter(Boolean).join(' ');
  return [`[${index}] ${title}: ${text('6') ?? ''} ${text('2') ?? ''}`.trimEnd()];
}

const NAME_WIDTH = 24;

function partLines(title: string, part: SignedClaims, paint: Paint): string[] {
  const lines = [`  ${paint('bold', title)} ${paint('dim', `COSE_Sign1, ${part.sign1.algorithm}`)}`];
  for (const claim of part.claims) {
    const [first = '', ...rest] = valueLines(claim);
    const number = String(claim.number ?? '-').padStart(6);
    const name = printable(claim.name).padEnd(NAME_WIDTH);
    lines.push(`  ${paint('dim', number)} ${paint('cyan', name)} ${printable(first)}`);
    for (const line of rest) lines.push(`${' '.repeat(2 + 6 + 1 + NAME_WIDTH + 1)}${printable(line)}`);
  }
  return lines;
}

export function printToken(output: Output, token: DecodedToken): void {
  const { paint } = output;
  const what = `${token.size} bytes, ${FORMATS[token.format]} format, CBOR tag ${token.wrapper.tag}`;
  output.line(`${paint('bold', 'CCA token')} ${paint('dim', `(${what})`)}`);
  for (const line of partLines('Platform', token.platform, paint)) output.line(line);
  for (const line of partLines('Realm', token.realm, paint)) output.line(line);
}

const MARKS: Readonly<Record<CheckVerdict, readonly [string, 'green' | 'yellow' | 'red' | 'dim']>> = {
  pass: ['pass', 'green'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
  skipped: ['skip', 'dim'],
  unreached: ['----', 'dim'],
};

const TITLE_WIDTH = 38;

function checkLine({ title, verdict, reason }: Check, paint: Paint): string {
  const [mark, ink] = MARKS[verdict];
  return `  ${paint(ink, mark)}  ${title.padEnd(TITLE_WIDTH)} ${paint('dim', printable(reason))}`;
}

export function printVerification(output: Output, report: VerifyReport): void {
  const { paint } = output;
  output.line(paint('bold', 'Verification'));
  for (const check of report.checks) output.line(checkLine(check, paint));
  output.line(`${paint(report.accepted ? 'green' : 'red', printable(report.verdict))}`);
}

/** A CBOR value in JSON: byte strings as hexadecimal text, integers beyond 2^53 as text. */
export function jsonOfItem(item: CborItem): unknown {
  switch (item.kind) {
    case 'integer':
      return Number.isSafeInteger(Number(item.value)) ? Number(item.value) : item.value.toString();
    case 'bytes':
      return toHex(item.value);
    case 'text':
      return item.value;
    case 'array':
      return item.items.map(jsonOfItem);
    case 'map':
      return Object.fromEntries(
        item.entries.map(({ key, value }) => [key.kind === 'text' ? key.value : showItem(key), jsonOfItem(value)]),
      );
    case 'tag':
      return { tag: item.tag.toString(), value: jsonOfItem(item.item) };
    case 'simple':
      return typeof item.value === 'number' && !Number.isFinite(item.value) ? String(item.value) : (item.value ?? null);
  }
}

const jsonOfComponents = (item: CborItem): unknown =>
  item.kind !== 'array'
    ? jsonOfItem(item)
    : item.items.map((component) => {
        const plain = jsonOfItem(component);
        if (typeof plain !== 'object' || plain === null) return plain;
        return Object.fromEntries(Object.entries(plain).map(([key, value]) => [COMPONENT_NAMES[key] ?? key, value]));
      });

function jsonOfPart(part: SignedClaims): unknown {
  return {
    algorithm: part.sign1.algorithm,
    signature: toHex(part.sign1.signature),
    claims: part.claims.map(({ number, name, known, value, start, end }) => ({
      number: number ?? null,
      name,
      known,
      value: number === CLAIM.softwareComponents ? jsonOfComponents(value) : jsonOfItem(value),
      start,
      end,
    })),
  };
}

export const jsonOfToken = (token: DecodedToken): Record<string, unknown> => ({
  size: token.size,
  format: token.format,
  tag: token.wrapper.tag,
  platform: jsonOfPart(token.platform),
  realm: jsonOfPart(token.realm),
});

export const jsonOfReport = (report: VerifyReport): Record<string, unknown> => ({
  accepted: report.accepted,
  verdict: report.verdict,
  checks: report.checks.map(({ id, title, verdict, reason }) => ({ id, title, verdict, reason })),
});
