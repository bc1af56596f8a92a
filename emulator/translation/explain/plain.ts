/** An explanation as JSON has it: addresses and descriptors as hexadecimal text, PASs by name. */
import { PAS_NAMES, type Pas } from '../../memory/pas';
import type { TakenFault } from './last-fault';
import type { ExplainedCard, ExplainedStep, Explanation } from './types';

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const hexOrNull = (value: bigint | null): string | null => (value === null ? null : hex(value));
const named = (pairs: readonly (readonly [string, string])[]): { name: string; value: string }[] =>
  pairs.map(([name, value]) => ({ name, value }));
const pasName = (pas: Pas | null): string | null => (pas === null ? null : PAS_NAMES[pas]);

export interface PlainStep {
  readonly title: string;
  readonly level: number | null;
  readonly descriptorPa: string | null;
  readonly descriptor: string | null;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly verdict: string;
  readonly ok: boolean;
  readonly within: readonly PlainStep[];
}

const plainStep = (step: ExplainedStep): PlainStep => ({
  title: step.title,
  level: step.level,
  descriptorPa: hexOrNull(step.descriptorPa),
  descriptor: hexOrNull(step.descriptor),
  fields: named(step.fields),
  verdict: step.verdict,
  ok: step.ok,
  within: step.within.map(plainStep),
});

const plainCard = (card: ExplainedCard) => ({
  name: card.name,
  outcome: card.outcome,
  verdict: card.verdict,
  input: hexOrNull(card.input),
  output: hexOrNull(card.output),
  facts: named(card.facts),
  steps: card.steps.map(plainStep),
});

export function plainExplanation(explanation: Explanation) {
  const { fault, realm } = explanation;
  return {
    question: explanation.question,
    outcome: explanation.outcome,
    headline: explanation.headline,
    access: explanation.access,
    space: explanation.space,
    address: hex(explanation.address),
    ipa: hexOrNull(explanation.ipa),
    pa: hexOrNull(explanation.pa),
    pas: pasName(explanation.pas),
    cards: explanation.cards.map(plainCard),
    fault:
      fault === null
        ? null
        : {
            kind: fault.kind,
            stage: fault.stage,
            level: fault.level,
            text: fault.text,
            onWalk: fault.onWalk,
            s1ptw: fault.s1ptw,
            status: fault.status,
            esr: hex(fault.esr),
            far: hex(fault.far),
            hpfar: hexOrNull(fault.hpfar),
            takenTo: fault.takenTo,
            follows: [...fault.follows],
          },
    realm:
      realm === null
        ? null
        : {
            rd: hex(realm.rd),
            name: realm.name,
            ipa: hex(realm.ipa),
            protected: realm.protected,
            level: realm.level,
            hipas: realm.hipas,
            ripas: realm.ripas,
          },
    mend: [...explanation.mend],
  };
}

export const plainTaken = (fault: TakenFault) => ({
  position: fault.position,
  ticks: fault.ticks,
  pe: fault.pe,
  from: fault.from,
  to: fault.to,
  pc: hex(fault.pc),
  esr: hex(fault.esr),
  far: hex(fault.far),
  hpfar: hex(fault.hpfar),
  access: fault.access,
});
