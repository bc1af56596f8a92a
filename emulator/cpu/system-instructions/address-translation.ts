/** AT: the translation machinery as an instruction; the answer is in PAR_EL1 (Arm ARM C6.2.20). */
import { pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { Pas } from '../../memory/pas';
import { translateUnder, walkerOf } from '../../translation/bus';
import type { Regime } from '../../translation/regime';
import { cachedRegime } from '../../translation/regime-cache';
import { walkStage1 } from '../../translation/stage1';
import { faultStatus } from '../../translation/syndrome';
import type { Access, Fault, Translated } from '../../translation/types';
import { currentEl, el2Enabled, type Pe, readPstate, readSysreg, writeSysreg } from '../pe';
import { DONE, type Outcome, UNDEFINED } from './outcome';

interface Form {
  readonly lowestEl: number;
  /** EL whose regime is used, and EL whose permissions. */
  readonly regimeEl: number;
  readonly el: number;
  readonly write: boolean;
  readonly bothStages: boolean;
}

const form = (lowestEl: number, regimeEl: number, el: number, op2: number, bothStages = false): Form => ({
  lowestEl,
  regimeEl,
  el,
  write: (op2 & 1) === 1,
  bothStages,
});

/** By op1 and op2, CRm 8. */
function formOf(op1: number, op2: number): Form | undefined {
  if (op1 === 0) return op2 < 2 ? form(1, 1, 1, op2) : op2 < 4 ? form(1, 1, 0, op2) : undefined;
  if (op1 === 6) return op2 < 2 ? form(3, 3, 3, op2) : undefined;
  if (op1 !== 4) return undefined;
  if (op2 < 2) return form(2, 2, 2, op2);
  if (op2 < 4) return undefined;
  return op2 < 6 ? form(2, 1, 1, op2, true) : form(2, 1, 0, op2, true);
}

const PAR_RES1 = 1n << 11n;
const INNER_SHAREABLE = 3n << 7n;
/** Device and Normal Non-cacheable memory read as Outer Shareable (Arm ARM, PAR_EL1.SH). */
const OUTER_SHAREABLE = 2n << 7n;
const NON_CACHEABLE = 0x44;
const NSE = 1n << 11n;
const NS = 1n << 9n;

const PAS_BITS: Readonly<Record<Pas, bigint>> = {
  [Pas.Secure]: 0n,
  [Pas.NonSecure]: NS,
  [Pas.Root]: NSE,
  [Pas.Realm]: NSE | NS,
};

/** PAR_EL1 of a result. */
export function physicalAddressRegister(result: Translated | Fault): bigint {
  if (!result.ok) {
    return (
      1n |
      (BigInt(faultStatus(result)) << 1n) |
      (result.s1ptw ? 1n << 8n : 0n) |
      (result.stage === 2 ? 1n << 9n : 0n) |
      PAR_RES1
    );
  }
  const page = BigInt(result.pa) & ~0xfffn;
  const shareability =
    result.attributes < 0x10 || result.attributes === NON_CACHEABLE ? OUTER_SHAREABLE : INNER_SHAREABLE;
  return (BigInt(result.attributes) << 56n) | page | PAS_BITS[result.pas] | shareability;
}

/** Stage 1 alone of a regime with two: the output is an IPA, but its tables still go through stage 2. */
function stage1Only(machine: Machine, regime: Regime, access: Access): Translated | Fault {
  if (regime.stage2 === undefined) return translateUnder(machine, regime, access);
  const result = walkStage1(walkerOf(machine), regime, access);
  if (!result.ok) return result;
  const { pas, device, size, attributes, guarded } = result;
  return {
    ok: true,
    pa: pa(result.address),
    pas,
    context: 0 as never,
    device,
    readable: true,
    size,
    attributes,
    guarded,
  };
}

const isPan = (pe: Pe): boolean => ((readPstate(pe) >>> 22) & 1) === 1;

export function translateInstruction(
  machine: Machine,
  pe: Pe,
  op1: number,
  crm: number,
  op2: number,
  va: bigint,
): Outcome {
  // CRm 9: AT S1E1RP and S1E1WP honour PSTATE.PAN (FEAT_PAN2).
  const honoursPan = crm === 9 && op1 === 0 && op2 < 2 && machine.platform.features.general;
  const what = crm === 8 || honoursPan ? formOf(op1, op2) : undefined;
  const el = currentEl(pe);
  if (what === undefined || el < what.lowestEl) return UNDEFINED;
  if (what.regimeEl === 2 && !el2Enabled(pe)) return UNDEFINED;
  const access: Access = {
    va,
    kind: what.write ? 'write' : 'read',
    el: what.el,
    pan: honoursPan && isPan(pe),
    maintenance: true,
  };
  const hcr = readSysreg(pe, 'HCR_EL2');
  const hosted =
    el >= 2 && !what.bothStages && what.regimeEl === 1 && (hcr & (1n << 34n)) !== 0n && (hcr & (1n << 27n)) !== 0n;
  const regime = cachedRegime(machine, pe, hosted ? 2 : what.regimeEl);
  const result = what.bothStages ? translateUnder(machine, regime, access) : stage1Only(machine, regime, access);
  if (!result.ok && result.s1ptw && el === 1) return { kind: 'abort', fault: result, cacheMaintenance: true };
  writeSysreg(pe, 'PAR_EL1', physicalAddressRegister(result));
  return DONE;
}
