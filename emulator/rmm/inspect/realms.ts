/** Realms and RECs, decoded from RDs and RECs. */
import { toHex } from '../../../attestation/bytes';
import { HASH_BYTES, hashAlgorithmOf } from '../../../attestation/hash';
import { type Ipa, ipa, type Pa, pa } from '../../address';
import { currentEl, readPc, readPstate, readSp, readSysreg, readX } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { GLOBALS_LAYOUT, rmmRegions } from '../layout';
import { namedMecid } from '../mec/pool';
import { RMM_CONTEXT } from '../memory';
import { realmFlag } from '../realm/rd';
import { RIPAS_NAMES } from '../rtt/descriptor';
import { fieldBytes, fieldNumber, fieldValue, peekStructure } from '../structures/decode';
import { RD_LAYOUT, REALM_STATE_NAMES } from '../structures/rd';
import { AttestState, REC_LAYOUT, REC_SYSREGS, RecState } from '../structures/rec';
import type { HashName, RealmInfo, RecInfo } from './types';

const RD = RD_LAYOUT.fields;
const REC = REC_LAYOUT.fields;

/** Follows a list through `next` fields; a damaged list ends rather than loops. */
function follow(first: number, next: (item: Pa) => number): Pa[] {
  const seen = new Set<number>();
  for (let item = first; item !== 0 && !seen.has(item); item = next(pa(item))) seen.add(item);
  return [...seen].map(pa);
}

/** All Realms, the oldest first. */
export function listRealms(machine: Machine): RealmInfo[] {
  const { memory, platform } = machine;
  const globals = peekStructure(memory, RMM_CONTEXT, rmmRegions(platform).globals, GLOBALS_LAYOUT);
  const next = (rd: Pa): number => fieldNumber(peekStructure(memory, RMM_CONTEXT, rd, RD_LAYOUT), RD.next);
  return follow(fieldNumber(globals, GLOBALS_LAYOUT.fields.firstRealm), next)
    .reverse()
    .map((rd) => readRealm(machine, rd));
}

/** `rd` must be an RD: see `granuleStateName`. */
export function readRealm(machine: Machine, rd: Pa): RealmInfo {
  const view = peekStructure(machine.memory, RMM_CONTEXT, rd, RD_LAYOUT);
  const hashAlgorithm = (hashAlgorithmOf(fieldNumber(view, RD.hashAlgo)) ?? 'sha-256') as HashName;
  const length = HASH_BYTES[hashAlgorithm];
  const rem = (index: number): string => toHex(fieldBytes(view, RD.rem, index).subarray(0, length));
  return {
    rd,
    state: REALM_STATE_NAMES[fieldNumber(view, RD.state)] ?? 'REALM_NEW',
    vmid: fieldNumber(view, RD.vmid),
    mecid: fieldNumber(view, RD.mecid),
    namedMecid: namedMecid(machine.platform, fieldNumber(view, RD.mecid)),
    ipaWidth: fieldNumber(view, RD.ipaWidth),
    lpa2: (fieldNumber(view, RD.flags) & realmFlag.lpa2) !== 0,
    hashAlgorithm,
    rim: toHex(fieldBytes(view, RD.rim).subarray(0, length)),
    rems: [rem(0), rem(1), rem(2), rem(3)],
    rpv: toHex(fieldBytes(view, RD.rpv)),
    rttBase: pa(fieldNumber(view, RD.rttBase)),
    rttLevelStart: fieldNumber(view, RD.rttLevelStart),
    rttNumStart: fieldNumber(view, RD.rttNumStart),
    recs: recsOf(machine, rd),
  };
}

/** RECs of a Realm in the order of their creation, which is that of their index. */
function recsOf(machine: Machine, rd: Pa): Pa[] {
  const first = fieldNumber(peekStructure(machine.memory, RMM_CONTEXT, rd, RD_LAYOUT), RD.firstRec);
  const next = (rec: Pa): number => fieldNumber(peekStructure(machine.memory, RMM_CONTEXT, rec, REC_LAYOUT), REC.next);
  return follow(first, next).reverse();
}

export const listRecs = (machine: Machine, rd: Pa): RecInfo[] =>
  recsOf(machine, rd).map((rec) => readRec(machine, rec));

/** Registers where they are: in the REC, or in the PE that runs it. */
interface Registers {
  readonly gprs: readonly bigint[];
  readonly pc: bigint;
  readonly pstate: bigint;
  readonly spEl0: bigint;
  readonly spEl1: bigint;
  readonly sysregs: readonly bigint[];
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function savedRegisters(view: DataView): Registers {
  return {
    gprs: numbers(REC.gprs.count).map((index) => fieldValue(view, REC.gprs, index)),
    pc: fieldValue(view, REC.pc),
    pstate: fieldValue(view, REC.pstate),
    spEl0: fieldValue(view, REC.spEl0),
    spEl1: fieldValue(view, REC.spEl1),
    sysregs: REC_SYSREGS.map((_, index) => fieldValue(view, REC.sysregs, index)),
  };
}

function liveRegisters(machine: Machine, index: number): Registers | null {
  const pe = machine.pes[index];
  if (pe === undefined) return null;
  const inRealm = currentEl(pe) < 2;
  return {
    gprs: numbers(REC.gprs.count).map((register) => readX(pe, register)),
    pc: inRealm ? readPc(pe) : readSysreg(pe, 'ELR_EL2'),
    pstate: inRealm ? BigInt(readPstate(pe)) : readSysreg(pe, 'SPSR_EL2'),
    spEl0: readSp(pe, 0),
    spEl1: readSp(pe, 1),
    sysregs: REC_SYSREGS.map((name) => readSysreg(pe, name)),
  };
}

/** `rec` must be a REC: see `granuleStateName`. */
export function readRec(machine: Machine, rec: Pa): RecInfo {
  const view = peekStructure(machine.memory, RMM_CONTEXT, rec, REC_LAYOUT);
  const flag = (field: (typeof REC)[keyof typeof REC]): boolean => fieldNumber(view, field) !== 0;
  const running = fieldNumber(view, REC.state) === RecState.Running;
  const runningOn = running ? fieldNumber(view, REC.runningOn) : null;
  const registers = (runningOn === null ? null : liveRegisters(machine, runningOn)) ?? savedRegisters(view);
  const address = (field: (typeof REC)[keyof typeof REC]): Ipa => ipa(fieldNumber(view, field));
  return {
    rec,
    rd: pa(fieldNumber(view, REC.rd)),
    index: fieldNumber(view, REC.index),
    mpidr: fieldValue(view, REC.mpidr),
    state: running ? 'REC_RUNNING' : 'REC_READY',
    runningOn,
    runnable: flag(REC.runnable),
    psciPending: flag(REC.psciPending),
    hostCallPending: flag(REC.hostCallPending),
    ripasChange: flag(REC.ripasPending)
      ? {
          base: address(REC.ripasAddr),
          top: address(REC.ripasTop),
          value: RIPAS_NAMES[fieldNumber(view, REC.ripasValue)] ?? 'EMPTY',
          destroyed: flag(REC.ripasDestroyed),
        }
      : null,
    attestInProgress: fieldNumber(view, REC.attestState) !== AttestState.None,
    pc: registers.pc,
    pstate: registers.pstate,
    gprs: registers.gprs,
    sysregs: [
      { name: 'SP_EL0', value: registers.spEl0 },
      { name: 'SP_EL1', value: registers.spEl1 },
      ...REC_SYSREGS.map((name, index) => ({ name, value: registers.sysregs[index] ?? 0n })),
    ],
    aux: numbers(fieldNumber(view, REC.numAux)).map((index) => pa(fieldNumber(view, REC.aux, index))),
  };
}
