/** The whole chain: VA, stage 1, stage 2, PAS, granule protection check. One slow function that can explain itself. */
import { ipa, type Pa, pa } from '../address';
import type { Pe } from '../cpu/pe';
import type { Machine } from '../machine/machine';
import { checkAccess, type Walker } from './descriptor';
import { contextFor, type Regime, regimeOf } from './regime';
import { walkStage1 } from './stage1';
import { walkStage2 } from './stage2';
import type { Access, Fault, Step, Translated, TranslationResult } from './types';

type Space = Pick<Machine, 'memory' | 'platform'>;

/** Translates one access under a regime. The walker says whether there are side effects and whether steps are kept. */
export function translateWith(walker: Walker, regime: Regime, access: Access): Translated | Fault {
  const first = walkStage1(walker, regime, access);
  if (!first.ok) return first;
  const { attributes, guarded } = first;
  let address: Pa;
  let { pas, device, size } = first;
  let context = contextFor(regime, pas, first.upper);
  let readable = true;
  if (regime.stage2 === undefined) {
    address = pa(first.address);
  } else {
    const second = walkStage2(walker, regime, regime.stage2, {
      access,
      ipa: ipa(first.address),
      s1ptw: false,
      write: access.kind === 'write',
      read: access.kind === 'read' || access.atomic === true,
      fetch: access.kind === 'fetch',
      device,
    });
    if (!second.ok) return second;
    ({ pa: address, pas, context, device, readable } = second);
    size = Math.min(size, second.size);
  }
  const ipaPart = regime.stage2 === undefined ? {} : { ipa: ipa(first.address) };
  const refused = {
    ok: false,
    access,
    stage: 1,
    level: 0,
    onWalk: false,
    s1ptw: false,
    pa: address,
    pas,
    ...ipaPart,
  } as const;
  const gpc = checkAccess(walker, pas, address);
  if (gpc !== undefined) return { ...refused, kind: 'granule', gpc };
  return { ok: true, pa: address, pas, context, device, readable, size, attributes, guarded, ...ipaPart };
}

const quietWalker = (machine: Space, steps: Step[] | undefined): Walker => ({
  machine,
  effects: false,
  steps,
  onDescriptorPage: () => {},
});

export interface DebuggerAccess {
  readonly kind?: Access['kind'];
  readonly el?: number;
  readonly explain?: boolean;
}

/**
 * Translation for whoever looks at the machine: changes neither the Access flag nor the TLB nor any page. Reads as EL1
 * (EL2, EL3) would unless told otherwise.
 */
export function translateForDebugger(
  machine: Space,
  regime: Regime,
  va: bigint,
  options: DebuggerAccess = {},
): TranslationResult {
  const steps: Step[] | undefined = options.explain === true ? [] : undefined;
  const el = options.el ?? (regime.kind === 'EL3' ? 3 : regime.kind === 'EL1&0' ? 1 : 2);
  const result = translateWith(quietWalker(machine, steps), regime, {
    va: BigInt.asUintN(64, va),
    kind: options.kind ?? 'read',
    el,
  });
  return steps === undefined ? result : { ...result, steps };
}

/** The regime of what a PE is doing now, for `translateForDebugger`. */
export const currentRegime = (machine: Pick<Machine, 'platform'>, pe: Pe, el: number): Regime =>
  regimeOf(pe, machine.platform, el);
