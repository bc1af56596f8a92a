/** A Realm that runs A64 code in the interpreter: real loads, stores and fetches through real tables. */
import { pa } from '../../emulator/address';
import { currentEl, readX, securityBelowEl3 } from '../../emulator/cpu/pe';
import type { SysregName } from '../../emulator/cpu/sysreg/sysreg';
import type { Machine } from '../../emulator/machine/machine';
import { step } from '../../emulator/machine/run-loop';
import { readU64, writeU32, writeU64 } from '../../emulator/memory/memory';
import { Pas } from '../../emulator/memory/pas';
import { readRealm } from '../../emulator/rmm/inspect';
import { HOST_CONTEXT, realmContext } from '../../emulator/rmm/memory';
import { REC, recField64, setRecField64 } from '../../emulator/rmm/rec/rec';
import { REC_SYSREGS } from '../../emulator/rmm/structures/rec';
import { RMI_REC_EXIT } from '../../emulator/rmm/structures/structures';
import { AT, beginCall, bootPe, delegate, fidOfName, must, rmi, smc, writePage } from './support';

/** Instructions the tests use, by what they do to X1 (data) and X2 (address). */
export const A64 = {
  wfi: 0xd503_207f,
  wfe: 0xd503_205f,
  sevl: 0xd503_20bf,
  smc: 0xd400_0003,
  hvc: 0xd400_0002,
  br_x2: 0xd61f_0040,
  ldr_x: 0xf940_0041,
  ldr_w: 0xb940_0041,
  ldrh: 0x7940_0041,
  ldrb: 0x3940_0041,
  ldrsw: 0xb980_0041,
  ldrsh_x: 0x7980_0041,
  ldrsh_w: 0x79c0_0041,
  ldrsb_x: 0x3980_0041,
  ldrsb_w: 0x39c0_0041,
  ldr_xzr: 0xf940_005f,
  ldar: 0xc8df_fc41,
  str_x: 0xf900_0041,
  str_w: 0xb900_0041,
  strh: 0x7900_0041,
  strb: 0x3900_0041,
  str_xzr: 0xf900_005f,
  ldp: 0xa940_0c41,
  ldr_post: 0xf840_8441,
  at_s1e1r: 0xd508_7802,
  mrs_par: 0xd538_7401,
} as const;

/** IPA where the code of these Realms begins, and of their exception vectors (VBAR_EL1 is 0). */
export const CODE = 0x1000;
export const VECTORS = 0;
/** First Unprotected IPA of the small Realm. */
export const UNPROTECTED = 0x1_0000_0000;

const dataContext = (machine: Machine) => realmContext(readRealm(machine, pa(AT.rd)).mecid);

/** Writes instructions into a DATA page of the small Realm, by IPA. */
export function writeCode(machine: Machine, at: number, words: readonly number[]): void {
  words.forEach((word, index) => {
    writeU32(machine.memory, dataContext(machine), pa(AT.data + at + index * 4), word);
  });
}

/** Writes a 64-bit word into a DATA page of the small Realm, by IPA. */
export const writeData = (machine: Machine, at: number, value: bigint): void =>
  writeU64(machine.memory, dataContext(machine), pa(AT.data + at), value);
export const readData = (machine: Machine, at: number): bigint =>
  readU64(machine.memory, dataContext(machine), pa(AT.data + at));

/** Sets registers of a REC that is not running. */
export function setRec(
  machine: Machine,
  what: {
    x?: Readonly<Record<number, bigint>>;
    pc?: number;
    pstate?: bigint;
    sysregs?: Partial<Record<SysregName, bigint>>;
  },
  rec: number = AT.rec,
): void {
  const at = pa(rec);
  for (const [register, value] of Object.entries(what.x ?? {})) {
    setRecField64(machine, at, REC.gprs, BigInt.asUintN(64, value), Number(register));
  }
  if (what.pc !== undefined) setRecField64(machine, at, REC.pc, BigInt(what.pc));
  if (what.pstate !== undefined) setRecField64(machine, at, REC.pstate, what.pstate);
  for (const [name, value] of Object.entries(what.sysregs ?? {})) {
    setRecField64(machine, at, REC.sysregs, value, REC_SYSREGS.indexOf(name as SysregName));
  }
}

export const recX = (machine: Machine, register: number, rec: number = AT.rec): bigint =>
  recField64(machine, pa(rec), REC.gprs, register);
export const recPc = (machine: Machine, rec: number = AT.rec): number => Number(recField64(machine, pa(rec), REC.pc));
export const recPstate = (machine: Machine, rec: number = AT.rec): bigint => recField64(machine, pa(rec), REC.pstate);
export const recSysreg = (machine: Machine, name: SysregName, rec: number = AT.rec): bigint =>
  recField64(machine, pa(rec), REC.sysregs, REC_SYSREGS.indexOf(name));

/** A word of RmiRecExit. */
export const exitWord = (
  machine: Machine,
  field: keyof typeof RMI_REC_EXIT.fields,
  index = 0,
  run: number = AT.run,
): bigint => {
  const { offset, size } = RMI_REC_EXIT.fields[field];
  const word = readU64(machine.memory, HOST_CONTEXT, pa(run + 0x800 + offset + index * 8));
  return BigInt.asUintN(size * 8, word);
};

/** RmiRecEnter: flags with WFI trapped, so that code ends with one, and gprs[0]. */
export const TRAP_WFI = 4;

/** Enters the REC and runs its code until it exits to the Host; X0 of RMI_REC_ENTER. */
export function enterCode(
  machine: Machine,
  words: Readonly<Record<number, number | bigint>> = {},
  rec: number = AT.rec,
): bigint {
  writePage(machine, AT.run, { 0: TRAP_WFI, ...words });
  beginCall(machine, fidOfName('RMI_REC_ENTER'), [rec, AT.run]);
  const pe = bootPe(machine);
  for (let steps = 0; currentEl(pe) !== 2 || securityBelowEl3(pe) !== Pas.NonSecure; steps++) {
    if (steps > 20_000) throw new Error('the entry does not end');
    if (step(machine).steps === 0) throw new Error('the machine stands still');
  }
  return readX(pe, 0);
}

/** RSI_IPA_STATE_SET by the Realm, as far as the Host's RMI_RTT_SET_RIPAS goes, and its completion. */
export function setRipas(machine: Machine, base: number, top: number, ripas: 0 | 1, destroyed: 0 | 1 = 1): void {
  writePage(machine, AT.run, {});
  rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], (pe, stay) =>
    stay === 0 ? smc(pe, fidOfName('RSI_IPA_STATE_SET'), base, top, ripas, destroyed) : { kind: 'fiq' },
  );
  must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, base, top);
  rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run]);
}

let fresh = 0;
/** A delegated granule nobody uses, in the machine at hand. */
export function freshGranule(machine: Machine): number {
  const address = 0x8200_0000 + (fresh++ % 4096) * 4096;
  delegate(machine, address);
  return address;
}

/** Tables below the start for an address of the small Realm, down to a level. */
export function makeTables(machine: Machine, at: number, level: 2 | 3, rd: number = AT.rd): void {
  for (let next = 2; next <= level; next++) {
    const size = next === 2 ? 2 ** 30 : 2 ** 21;
    rmi(machine, 'RMI_RTT_CREATE', [rd, freshGranule(machine), at - (at % size), next]);
  }
}
