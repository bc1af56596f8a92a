/** EL2 registers under which a Realm runs: its traps, its stage 2, its identity. */
import type { Pa } from '../../address';
import { type Pe, writeSysreg } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { RMM_CONTEXT, readField } from '../memory';
import type { RealmSpace } from '../realm/rd';
import { realmFlag } from '../realm/rd';
import { mpidrEl1 } from '../rec/mpidr';
import { REC, recField64 } from '../rec/rec';
import type { RecEntry } from '../state';
import { RD_LAYOUT } from '../structures/rd';

/** HCR_EL2 bits (Arm ARM D19.2). SMC, ID registers, external aborts and interrupts come to the RMM; FWB is on. */
const HCR = {
  VM: 1n << 0n,
  SWIO: 1n << 1n,
  FMO: 1n << 3n,
  IMO: 1n << 4n,
  AMO: 1n << 5n,
  TWI: 1n << 13n,
  TWE: 1n << 14n,
  TID3: 1n << 18n,
  TSC: 1n << 19n,
  RW: 1n << 31n,
  TEA: 1n << 37n,
  APK: 1n << 40n,
  API: 1n << 41n,
  FWB: 1n << 46n,
} as const;

/** HCR_EL2 of every Realm, before what an entry adds (WFI and WFE traps, a virtual SError). */
export const HCR_REALM =
  HCR.VM | HCR.SWIO | HCR.FMO | HCR.IMO | HCR.AMO | HCR.TID3 | HCR.TSC | HCR.RW | HCR.TEA | HCR.FWB;

/** VTCR_EL2.SL0 by starting level 0 to 3, 4 KiB granule; level -1 is SL2 set with SL0 zero. */
const SL0 = [2n, 1n, 0n, 3n] as const;
/** VTCR_EL2.PS by PA width. */
const PS: Readonly<Record<number, bigint>> = { 32: 0n, 36: 1n, 40: 2n, 42: 3n, 44: 4n, 48: 5n, 52: 6n };
/** RES1, 16-bit VMIDs where there are, inner shareable write-back walks. */
const VTCR_BASE = (1n << 31n) | (3n << 12n) | (1n << 10n) | (1n << 8n);

/** VTCR_EL2 of a Realm: the shape of its RTTs. */
export function vtcrOf(machine: Machine, space: RealmSpace): bigint {
  const { paBits, vmidBits } = machine.platform.features;
  const { levelStart } = space;
  return (
    VTCR_BASE |
    BigInt(64 - space.ipaWidth) |
    (levelStart < 0 ? 1n << 33n : (SL0[levelStart] ?? 0n) << 6n) |
    ((PS[space.lpa2 ? paBits : Math.min(paBits, 48)] ?? 5n) << 16n) |
    (vmidBits === 16 ? 1n << 19n : 0n) |
    (space.lpa2 ? 1n << 32n : 0n)
  );
}

/** VTTBR_EL2: VMID and the first starting table; with LPA2 address bits 51:48 are at bits 5:2. */
export function vttbrOf(space: RealmSpace, vmid: number): bigint {
  const base = BigInt(space.base);
  return (BigInt(vmid) << 48n) | (base & 0xffff_ffff_f000n) | (space.lpa2 ? ((base >> 48n) & 0xfn) << 2n : 0n);
}

/** Pointer authentication, where there is any, is the Realm's to use: its keys are among the registers of a REC. */
export const realmHcr = (machine: Machine): bigint =>
  machine.platform.features.general ? HCR_REALM | HCR.APK | HCR.API : HCR_REALM;
const MDCR = { HPMD: 1n << 17n, TPM: 1n << 6n, TPMCR: 1n << 5n } as const;

/** MDCR_EL2 of a Realm: its event counters, or traps where it has no PMU. R-EL2 itself is never counted. */
export function mdcrOf(machine: Machine, rd: Pa): bigint {
  const f = RD_LAYOUT.fields;
  const has = (readField(machine.memory, RMM_CONTEXT, rd, f.flags) & realmFlag.pmu) !== 0;
  return has
    ? MDCR.HPMD | BigInt(readField(machine.memory, RMM_CONTEXT, rd, f.pmuNumCtrs))
    : MDCR.HPMD | MDCR.TPM | MDCR.TPMCR | BigInt(machine.platform.features.pmuCounters);
}

/** What the Host may ask to be trapped at this entry (RmiRecEnterFlags). */
export interface EntryTraps {
  readonly wfi: boolean;
  readonly wfe: boolean;
}

/** Writes the EL2 registers for the REC that is about to run. */
export function loadRealmRegisters(
  machine: Machine,
  pe: Pe,
  entry: RecEntry,
  space: RealmSpace,
  traps: EntryTraps,
): void {
  const f = RD_LAYOUT.fields;
  const hcr = realmHcr(machine) | (traps.wfi ? HCR.TWI : 0n) | (traps.wfe ? HCR.TWE : 0n);
  writeSysreg(pe, 'HCR_EL2', hcr);
  writeSysreg(pe, 'MDCR_EL2', mdcrOf(machine, entry.rd));
  writeSysreg(pe, 'VTCR_EL2', vtcrOf(machine, space));
  writeSysreg(pe, 'VTTBR_EL2', vttbrOf(space, readField(machine.memory, RMM_CONTEXT, entry.rd, f.vmid)));
  writeSysreg(pe, 'VMPIDR_EL2', mpidrEl1(recField64(machine, entry.rec, REC.mpidr)));
  writeSysreg(pe, 'VMECID_P_EL2', BigInt(readField(machine.memory, RMM_CONTEXT, entry.rd, f.mecid)));
}
