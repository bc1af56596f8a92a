/** RMI as the Host calls it: function identifiers, statuses, and structures in shared pages (RMM 1.0). */

import { hashEncodingOf } from '../../attestation/hash';
import type { Machine } from '../machine/machine';
import { CATALOGUE } from '../rmm/commands/catalogue';
import { PAGE, placesOf, type RealmLayout, type RecPlace } from './layout';
import { clearPage, readWord, writeBlock, writeWord } from './memory';
import { REC_RUNNABLE, realmFlags } from './predict';

const FIDS: ReadonlyMap<string, number> = new Map(CATALOGUE.map(({ name, fid }) => [name, fid]));

/** The FID of a command of the catalogue. */
export function fidOf(name: string): number {
  const fid = FIDS.get(name);
  if (fid === undefined) throw new RangeError(`no command ${name} in the catalogue`);
  return fid;
}

export const RMI_ERROR_RTT = 4;
const STATUS_NAMES = ['RMI_SUCCESS', 'RMI_ERROR_INPUT', 'RMI_ERROR_REALM', 'RMI_ERROR_REC', 'RMI_ERROR_RTT'] as const;

/** RmiCommandReturnCode: status in bits 7:0, index in bits 15:8. */
export const statusOf = (x0: bigint): { status: number; index: number } => ({
  status: Number(x0 % 0x100n),
  index: Number((x0 / 0x100n) % 0x100n),
});

/** RMI_ERROR_RTT (index 2). */
export function statusText(x0: bigint): string {
  if (x0 === 0xffff_ffff_ffff_ffffn) return 'NOT_SUPPORTED';
  const { status, index } = statusOf(x0);
  const name = STATUS_NAMES[status] ?? `status ${status}`;
  return status >= 2 || index !== 0 ? `${name} (index ${index})` : name;
}

/** RmiRealmParams for a Realm, in the parameter page. */
export function writeRealmParams(machine: Machine, realm: RealmLayout): void {
  const { params } = placesOf(machine.host);
  clearPage(machine, params);
  const put = (offset: number, value: number | bigint): void => writeWord(machine, params + offset, value);
  put(0x00, realmFlags(realm));
  put(0x08, realm.ipaWidth);
  put(0x18, realm.numBps);
  put(0x20, realm.numWps);
  put(0x28, realm.pmuCounters ?? 0);
  put(0x30, hashEncodingOf(realm.algorithm));
  writeBlock(machine, params + 0x400, realm.rpv);
  put(0x800, realm.vmid);
  put(0x808, realm.rttBase);
  put(0x810, realm.startLevel);
  put(0x818, realm.rttCount);
  if (realm.mecid !== undefined) put(0x828, realm.mecid);
}

/** RmiRecMpidr of a REC index: Aff0 has four bits, the rest is above. */
export const mpidrOfRec = (index: number): number => (index % 16) + Math.floor(index / 16) * 0x100;

/** RmiRecParams for a REC, in the parameter page. */
export function writeRecParams(machine: Machine, realm: RealmLayout, index: number, rec: RecPlace, aux: number): void {
  const { params } = placesOf(machine.host);
  clearPage(machine, params);
  const put = (offset: number, value: number | bigint): void => writeWord(machine, params + offset, value);
  put(0x000, index === 0 ? REC_RUNNABLE : 0n);
  put(0x100, mpidrOfRec(index));
  put(0x200, realm.entry);
  put(0x800, aux);
  for (let i = 0; i < aux; i++) put(0x808 + 8 * i, rec.aux + i * PAGE);
}

/** Offsets in the RmiRecRun page. */
export const RUN = {
  enterFlags: 0x000,
  enterGprs: 0x200,
  enterGicHcr: 0x300,
  enterGicLrs: 0x308,
  exitReason: 0x800,
  esr: 0x900,
  far: 0x908,
  hpfar: 0x910,
  gprs: 0xa00,
  gicLrs: 0xb08,
  cntpCtl: 0xc00,
  cntpCval: 0xc08,
  cntvCtl: 0xc10,
  cntvCval: 0xc18,
  ripasBase: 0xd00,
  ripasTop: 0xd08,
  ripasValue: 0xd10,
  imm: 0xe00,
  pmuOverflow: 0xf00,
} as const;

/** RmiRecEnterFlags. */
export const ENTER = { emulMmio: 1, injectSea: 2, trapWfi: 4, ripasReject: 16 } as const;

/** RmiRecExitReason. */
export const EXIT_REASONS = ['SYNC', 'IRQ', 'FIQ', 'PSCI', 'RIPAS_CHANGE', 'HOST_CALL', 'SERROR'] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

export interface RecExit {
  readonly reason: ExitReason | undefined;
  /** As written by the RMM, for messages about an unknown one. */
  readonly code: number;
  readonly esr: bigint;
  readonly far: bigint;
  readonly hpfar: bigint;
  readonly gprs: readonly bigint[];
  readonly ripasBase: number;
  readonly ripasTop: number;
  readonly ripasValue: number;
  readonly imm: number;
  readonly lrs: readonly bigint[];
  /** EL1 timers: control and compare value. */
  readonly cntp: TimerState;
  readonly cntv: TimerState;
  /** pmu_ovf_status. */
  readonly overflow: boolean;
}

export interface TimerState {
  readonly control: bigint;
  readonly compare: bigint;
}

/** RmiFeatureRegister0.GICV3_NUM_LRS. */
export const listRegistersOf = (features: bigint): number => Number((features >> 34n) & 0xfn) + 1;

/** `lrs`: how many list registers there are. */
export function readExit(machine: Machine, run: number, lrs: number): RecExit {
  const word = (offset: number): bigint => readWord(machine, run + offset);
  const code = Number(word(RUN.exitReason) % 0x100n);
  return {
    reason: EXIT_REASONS[code],
    code,
    esr: word(RUN.esr),
    far: word(RUN.far),
    hpfar: word(RUN.hpfar),
    gprs: Array.from({ length: 31 }, (_, i) => word(RUN.gprs + 8 * i)),
    ripasBase: Number(word(RUN.ripasBase)),
    ripasTop: Number(word(RUN.ripasTop)),
    ripasValue: Number(word(RUN.ripasValue) % 0x100n),
    imm: Number(word(RUN.imm) % 0x1_0000n),
    lrs: Array.from({ length: lrs }, (_, i) => word(RUN.gicLrs + 8 * i)),
    cntp: { control: word(RUN.cntpCtl), compare: word(RUN.cntpCval) },
    cntv: { control: word(RUN.cntvCtl), compare: word(RUN.cntvCval) },
    overflow: word(RUN.pmuOverflow) % 0x100n === 1n,
  };
}

/** An entry with nothing to say: flags, registers and list registers zero. */
export const clearEntry = (machine: Machine, run: number): void => clearPage(machine, run);

export function writeEntry(machine: Machine, run: number, flags: number, gprs: readonly bigint[] = []): void {
  writeWord(machine, run + RUN.enterFlags, flags);
  for (const [index, value] of gprs.entries()) writeWord(machine, run + RUN.enterGprs + 8 * index, value);
}
