/** From the flat list of steps that a walk records to the cards of the stages. */
import { GRANULE_SIZE, type Pa } from '../../address';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { GPI_NAMES, gpiAdmits, walkGpt } from '../../memory/gpt';
import { PAS_NAMES, type Pas } from '../../memory/pas';
import type { Stage1, Stage2 } from '../regime';
import type { Fault, Step, Translated } from '../types';
import { faultText } from './fault-text';
import type { ExplainedCard, ExplainedStep } from './types';
import type { Eyes } from './viewpoint';

type Group = { readonly stage1: ExplainedStep[]; readonly stage2: ExplainedStep[]; readonly check: ExplainedStep[] };

const isOk = (verdict: string): boolean => !/fault|invalid|inconsistent|could not/.test(verdict);

/** The walker writes addresses plainly. */
const grouped = (text: string): string => text.replace(/\b0x[0-9a-f]{5,}\b/g, (number) => hex(BigInt(number)));

const stepOf = (step: Step, within: readonly ExplainedStep[]): ExplainedStep => ({
  title: grouped(step.title),
  level: step.level ?? null,
  descriptorPa: step.descriptorPa === undefined ? null : BigInt(step.descriptorPa),
  descriptor: step.descriptor ?? null,
  fields: step.fields.map(([name, text]) => [name, grouped(text)]),
  verdict: grouped(step.verdict),
  ok: isOk(step.verdict),
  within,
});

/** The descriptor fetch that failed has no step of its own: what was recorded for it stands inside this one. */
const failedFetch = (fault: Fault, within: readonly ExplainedStep[]): ExplainedStep => ({
  title: `Level ${fault.level} descriptor`,
  level: fault.level,
  descriptorPa: fault.pa === undefined ? null : BigInt(fault.pa),
  descriptor: null,
  fields: [],
  verdict: `could not be read: ${faultText(fault)}`,
  ok: false,
  within,
});

/** Checks of a descriptor's own address come before the step that used it: they go inside it. */
export function groupSteps(steps: readonly Step[], result: Translated | Fault): Group {
  const stage1: ExplainedStep[] = [];
  let stage2: ExplainedStep[] = [];
  let checks: ExplainedStep[] = [];
  for (const step of steps) {
    if (step.stage === 'granule protection') checks.push(stepOf(step, []));
    else if (step.stage === 'stage 2') {
      stage2.push(stepOf(step, checks));
      checks = [];
    } else {
      stage1.push(stepOf(step, [...stage2, ...checks]));
      stage2 = [];
      checks = [];
    }
  }
  if (!result.ok && (result.s1ptw || (result.stage === 1 && result.onWalk))) {
    stage1.push(failedFetch(result, [...stage2, ...checks]));
    return { stage1, stage2: [], check: [] };
  }
  if (!result.ok && result.stage === 2 && result.onWalk) {
    return { stage1, stage2: [...stage2, failedFetch(result, checks)], check: [] };
  }
  return { stage1, stage2, check: checks };
}

const bits = (value: bigint, high: number, low: number): number =>
  Number((value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n));
const granuleText = (granule: number | undefined): string =>
  granule === undefined ? 'reserved granule size' : `${2 ** (granule - 10)} KiB granule`;

function stage1Facts(eyes: Eyes, stage1: Stage1, va: bigint): ExplainedCard['facts'] {
  if (!stage1.on) return [['stage 1', 'off (SCTLR.M is 0)']];
  const upper = stage1.upper !== undefined && ((va >> 55n) & 1n) === 1n;
  const half = upper && stage1.upper !== undefined ? stage1.upper : stage1.lower;
  const suffix = eyes.regime.kind === 'EL3' ? 'EL3' : eyes.regime.kind.startsWith('EL2') ? 'EL2' : 'EL1';
  return [
    [`TTBR${upper ? 1 : 0}_${suffix}`, hex(half.ttbr)],
    ['VA size', `${64 - half.txsz} bits, ${granuleText(half.granule)}`],
  ];
}

function stage2Facts(stage2: Stage2): ExplainedCard['facts'] {
  return [
    ['VTTBR_EL2', hex(stage2.vttbr)],
    ['VMID', String(bits(stage2.vttbr, 63, 48))],
    ['IPA size', `${64 - stage2.txsz} bits, ${granuleText(stage2.granule)}`],
    ['start level', stage2.startLevel === undefined ? 'reserved' : String(stage2.startLevel)],
  ];
}

const last = (steps: readonly ExplainedStep[]): ExplainedStep | undefined => steps[steps.length - 1];

/** What a card is made from. */
export interface CardInput {
  readonly eyes: Eyes;
  readonly steps: readonly ExplainedStep[];
  readonly result: Translated | Fault;
  readonly address: bigint;
}

/** `skipped`: the address was given behind this stage. */
export function stage1Card({ eyes, steps, result, address }: CardInput, skipped: boolean): ExplainedCard {
  const card = { name: 'stage 1', input: address, steps } as const;
  if (skipped) {
    return {
      ...card,
      steps: [],
      input: null,
      output: null,
      facts: [],
      outcome: 'off',
      verdict: 'not asked: the address is behind it',
    };
  }
  const facts = stage1Facts(eyes, eyes.regime.stage1, address);
  const ended = !result.ok && (result.s1ptw || (result.stage === 1 && !isFinalAccess(result)));
  if (ended) return { ...card, facts, output: null, outcome: 'fault', verdict: faultText(result) };
  const out = eyes.regime.stage2 === undefined ? result.pa : result.ipa;
  const off = !eyes.regime.stage1.on;
  const to = eyes.regime.stage2 === undefined ? 'PA' : 'IPA';
  const verdict = off ? `off: the VA is the ${to}` : `${to} ${out === undefined ? '' : hex(out)}`;
  return { ...card, facts, output: out === undefined ? null : BigInt(out), outcome: off ? 'off' : 'passed', verdict };
}

/** The access itself was refused behind both stages: by the granule protection check, the bus, or as unaligned. */
export const isFinalAccess = (fault: Fault): boolean =>
  !fault.onWalk &&
  !fault.s1ptw &&
  fault.pa !== undefined &&
  ['granule', 'external', 'alignment', 'unsupportedAtomic'].includes(fault.kind);

export function stage2Card({ eyes, steps, result }: CardInput, skipped: boolean): ExplainedCard {
  const name = 'stage 2';
  const { stage2 } = eyes.regime;
  const nothing = { name, input: null, output: null, facts: [], steps: [] } as const;
  if (skipped) return { ...nothing, outcome: 'off', verdict: 'not asked: the address is behind it' };
  if (stage2 === undefined) return { ...nothing, outcome: 'off', verdict: 'this regime has none' };
  const facts = stage2Facts(stage2);
  if (!result.ok && (result.s1ptw || (result.stage === 1 && !isFinalAccess(result)))) {
    return { ...nothing, facts, outcome: 'not reached', verdict: 'not reached' };
  }
  const card = { name, input: result.ipa === undefined ? null : BigInt(result.ipa), facts, steps } as const;
  if (!result.ok && result.stage === 2) return { ...card, output: null, outcome: 'fault', verdict: faultText(result) };
  const { pa, pas } = result;
  const out = pa === undefined ? null : BigInt(pa);
  const as = pas === undefined ? '' : ` as ${PAS_NAMES[pas]}`;
  return {
    ...card,
    output: out,
    outcome: 'passed',
    verdict: `PA ${out === null ? '' : hex(out)}${as}, ${last(steps)?.title ?? ''}`.replace(/, $/, ''),
  };
}

/** The check of the final address, with both GPT descriptors whatever they say. */
export function checkCard(machine: Machine, pas: Pas, address: Pa): ExplainedCard {
  const walk = walkGpt(machine.memory, machine.platform, address);
  const { gpt } = machine.platform;
  const above = walk.kind === 'above-pps';
  const allowed = walk.fault === undefined && (above ? pas === 1 : gpiAdmits(walk.gpi, pas));
  const says = above ? 'above the protected space: Non-secure' : (GPI_NAMES[walk.gpi] ?? 'reserved');
  const table = walk.level === 1;
  const first: ExplainedStep = {
    title: `GPT level 0 descriptor ${Math.floor(address / 2 ** gpt.l0Bits)}`,
    level: 0,
    descriptorPa: BigInt(walk.l0Pa),
    descriptor: walk.l0Descriptor,
    fields: table
      ? [['table', hex(walk.l0Descriptor & 0x000f_ffff_ffff_f000n)]]
      : walk.kind === 'block'
        ? [['GPI', `0b${walk.gpi.toString(2).padStart(4, '0')} ${says}`]]
        : [],
    verdict: table
      ? 'table'
      : walk.kind === 'block'
        ? `block: ${says}`
        : above
          ? says
          : 'invalid: granule protection fault',
    ok: table || allowed,
    within: [],
  };
  const slot = Math.floor(address / GRANULE_SIZE) % 16;
  const second: ExplainedStep = {
    title: 'GPT level 1 descriptor',
    level: 1,
    descriptorPa: BigInt(walk.descriptorPa),
    descriptor: walk.descriptor,
    fields: [
      [
        walk.kind === 'contiguous' ? 'contiguous range' : `GPI of granule ${slot} of 16`,
        `0x${walk.gpi.toString(16)} ${says}`,
      ],
    ],
    verdict: walk.fault === undefined ? says : 'invalid: granule protection fault',
    ok: allowed,
    within: [],
  };
  const who = `${PAS_NAMES[pas]} access`;
  return {
    name: 'granule protection check',
    input: BigInt(address),
    output: allowed ? BigInt(address) : null,
    facts: [
      ['PAS of the access', PAS_NAMES[pas]],
      ['GPT says', walk.fault === undefined ? says : `nothing: ${walk.fault} fault of its walk`],
    ],
    steps: table ? [first, second] : [first],
    outcome: allowed ? 'passed' : 'fault',
    verdict: allowed
      ? `${who}, granule is ${says}: allowed`
      : walk.fault === undefined
        ? `${who}, granule is ${says}: granule protection fault, level ${walk.level}`
        : `the GPT cannot be walked: granule protection fault, level ${walk.level}`,
  };
}

export const notReached = (name: ExplainedCard['name']): ExplainedCard => ({
  name,
  outcome: 'not reached',
  verdict: 'not reached',
  input: null,
  output: null,
  facts: [],
  steps: [],
});
