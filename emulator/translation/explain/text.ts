/** An explanation as lines of text, for the Debug Console and the command line. */
import { hex } from '../../format';
import { PAS_NAMES } from '../../memory/pas';
import type { TakenFault } from './last-fault';
import type { CardOutcome, ExplainedCard, ExplainedStep, Explanation } from './types';

/** What a line is about, so that a terminal can colour it. */
export type LineTone = 'title' | 'good' | 'bad' | 'quiet' | 'plain';
export interface ExplanationLine {
  readonly text: string;
  readonly tone: LineTone;
}

const MARKS: Readonly<Record<CardOutcome, string>> = {
  passed: '✓',
  fault: '✗',
  noise: '✗',
  off: '–',
  'not reached': '·',
};
const TONES: Readonly<Record<CardOutcome, LineTone>> = {
  passed: 'good',
  fault: 'bad',
  noise: 'bad',
  off: 'quiet',
  'not reached': 'quiet',
};

/** 64 bits in hexadecimal, in groups of four. */
const word = (value: bigint): string =>
  `0x${value
    .toString(16)
    .padStart(16, '0')
    .replace(/(?=(?:.{4})+$)(?!^)/g, '_')}`;

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function stepLines(step: ExplainedStep, indent: string): ExplanationLine[] {
  const place = step.descriptorPa === null ? '' : ` @ ${hex(step.descriptorPa)}`;
  const value = step.descriptor === null ? '' : ` = ${word(step.descriptor)}`;
  const fields = step.fields.length === 0 ? '' : `  ${step.fields.map(([name, text]) => `${name} ${text}`).join(', ')}`;
  const bad = step.within.filter(({ ok }) => !ok);
  // What fetching the descriptor took is told where it went wrong; else its number says enough.
  const within = bad.length > 0 ? step.within.flatMap((each) => stepLines(each, `${indent}    `)) : [];
  const checks =
    step.within.length === 0 || bad.length > 0 ? '' : `  (its address: ${count(step.within.length, 'check')} passed)`;
  return [
    ...within,
    {
      text: `${indent}${step.ok ? '✓' : '✗'} ${step.title}${place}${value}  ${step.verdict}${fields}${checks}`,
      tone: step.ok ? 'plain' : 'bad',
    },
  ];
}

function cardLines(card: ExplainedCard): ExplanationLine[] {
  const facts = card.facts.map(([name, text]) => `${name} ${text}`).join(' · ');
  return [
    { text: `${MARKS[card.outcome]} ${card.name}: ${card.verdict}`, tone: TONES[card.outcome] },
    ...(facts === '' ? [] : [{ text: `    ${facts}`, tone: 'quiet' as const }]),
    ...card.steps.flatMap((step) => stepLines(step, '    ')),
  ];
}

function faultLines({ fault, realm }: Explanation): ExplanationLine[] {
  const lines: ExplanationLine[] = [];
  const plain = (text: string): void => {
    lines.push({ text, tone: 'plain' });
  };
  if (realm !== null) {
    const name = realm.name ?? `Realm ${hex(realm.rd)}`;
    const half = realm.protected ? 'Protected' : 'Unprotected';
    const ripas = realm.ripas === null ? '' : `, RIPAS ${realm.ripas}`;
    plain(
      `RMM of ${name}: IPA ${hex(realm.ipa)} is ${half}, HIPAS ${realm.hipas}${ripas}, walk ends at level ${realm.level}`,
    );
  }
  if (fault === null) return lines;
  const hpfar = fault.hpfar === null ? '' : `, HPFAR ${hex(fault.hpfar)}`;
  plain(
    `Taken to ${fault.takenTo}: ESR ${hex(fault.esr)} (status 0b${fault.status.toString(2).padStart(6, '0')}), FAR ${hex(fault.far)}${hpfar}`,
  );
  for (const sentence of fault.follows) plain(`  ${sentence}`);
  return lines;
}

/** Headline, cards, who takes the fault, how to mend it. */
export function explanationLines(explanation: Explanation): ExplanationLine[] {
  const { question, headline, outcome, cards, mend, pas, pa } = explanation;
  const result = pa === null || pas === null ? '' : ` → PA ${hex(pa)}, ${PAS_NAMES[pas]}`;
  return [
    { text: `${question}${result}`, tone: 'title' },
    { text: headline, tone: outcome === 'allowed' ? 'good' : 'bad' },
    ...cards.flatMap(cardLines),
    ...faultLines(explanation),
    ...mend.map((sentence): ExplanationLine => ({ text: `To mend: ${sentence}`, tone: 'plain' })),
  ];
}

/** When and where a fault was taken. */
export const takenLine = (fault: TakenFault): ExplanationLine => ({
  text: `Taken from ${fault.from} to ${fault.to} on PE ${fault.pe} at PC ${hex(fault.pc)}, position ${fault.position}, ESR ${hex(fault.esr)}, FAR ${hex(fault.far)}`,
  tone: 'quiet',
});
