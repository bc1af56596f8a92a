/** A machine driven as a Host drives it: RMI calls through the SMC path, a scripted Realm in place of the CPU. */
import { createHash } from 'node:crypto';
import { pa } from '../../emulator/address';
import { executeSmc, takeException } from '../../emulator/cpu/exceptions/take';
import { currentEl, type Pe, readPc, readX, securityBelowEl3, writeX } from '../../emulator/cpu/pe';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import type { Platform } from '../../emulator/machine/platform';
import type { PresetName } from '../../emulator/machine/presets/presets';
import { writeBytes } from '../../emulator/memory/memory';
import { Pas } from '../../emulator/memory/pas';
import { stepMonitor } from '../../emulator/monitor/monitor';
import { rowOfName } from '../../emulator/rmm/commands/rows';
import { HOST_CONTEXT } from '../../emulator/rmm/memory';
import { stepRmm } from '../../emulator/rmm/rmm';

const digest = (name: string) => (data: Uint8Array) => new Uint8Array(createHash(name).update(data).digest());

/** Node's hashes: ten times the speed of the portable ones. */
export const fastHashes = { sha256: digest('sha256'), sha384: digest('sha384'), sha512: digest('sha512') };

export const newMachine = (platform: PresetName | Platform = 'trace-a'): Machine =>
  createMachine({ platform, services: fastHashes });

export const bootPe = (machine: Machine): Pe => machine.pes[0] as Pe;

/** What the Realm does when it is entered: returns the exception it takes, having set registers as it likes. */
export type RealmScript = (
  pe: Pe,
  stay: number,
) => { kind: 'sync' | 'irq' | 'fiq' | 'serror'; esr?: bigint; far?: bigint; hpfar?: bigint };

/** The Realm executes an SMC with these registers from X0. */
export function smc(pe: Pe, ...registers: readonly (bigint | number)[]): { kind: 'sync'; esr: bigint } {
  registers.forEach((value, register) => {
    writeX(pe, register, BigInt(value));
  });
  return { kind: 'sync', esr: 0x5e00_0000n };
}

const fiq: RealmScript = () => ({ kind: 'fiq' });

/** One micro-step of firmware, or one stay in the Realm. False once the PE is back at Non-secure EL2. */
export function stepFirmware(
  machine: Machine,
  script: RealmScript = fiq,
  stay = { count: 0 },
  pe = bootPe(machine),
): boolean {
  if (pe.runner === 'monitor') stepMonitor(machine, pe);
  else if (pe.runner === 'rmm') stepRmm(machine, pe);
  else if (currentEl(pe) === 2 && securityBelowEl3(pe) === Pas.NonSecure) return false;
  else {
    pe.runner = 'script';
    const { kind, esr = 0n, far = 0n, hpfar = 0n } = script(pe, stay.count++);
    takeException(machine, pe, { targetEl: 2, kind, esr, far, hpfar, returnAddress: readPc(pe) });
  }
  return true;
}

/** Sets the registers of a call and executes the SMC; nothing else has run yet. */
export function beginCall(
  machine: Machine,
  fid: number,
  registers: readonly (bigint | number)[],
  pe = bootPe(machine),
): void {
  writeX(pe, 0, BigInt(fid));
  for (let register = 1; register <= 8; register++) {
    const value = registers[register - 1] ?? 0;
    writeX(pe, register, BigInt.asUintN(64, BigInt(value)));
  }
  executeSmc(machine, pe, 0);
}

export const fidOfName = (name: string): number => {
  const row = rowOfName(name);
  if (row === undefined) throw new Error(`no row ${name}`);
  return row.fid;
};

/** X0..X4 of an RMI call. */
export function rmi(
  machine: Machine,
  name: string,
  registers: readonly (bigint | number)[],
  script: RealmScript = fiq,
): bigint[] {
  beginCall(machine, fidOfName(name), registers);
  const stay = { count: 0 };
  for (let steps = 0; stepFirmware(machine, script, stay); steps++) {
    if (steps > 10_000) throw new Error(`${name} does not end`);
  }
  return [0, 1, 2, 3, 4].map((register) => readX(bootPe(machine), register));
}

/** A Host page of zeros with 64-bit words at these offsets. */
export function writePage(machine: Machine, address: number, words: Readonly<Record<number, number | bigint>>): void {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  for (const [offset, word] of Object.entries(words)) {
    view.setBigUint64(Number(offset), BigInt.asUintN(64, BigInt(word)), true);
  }
  writeBytes(machine.memory, HOST_CONTEXT, pa(address), bytes);
}

/** Fixed places of the small Realm that `buildRealm` makes. */
export const AT = {
  params: 0x8000_1000,
  run: 0x8000_3000,
  source: 0x8000_5000,
  rd: 0x8010_0000,
  rtt: 0x8010_2000,
  level2: 0x8010_4000,
  level3: 0x8010_5000,
  data: 0x8010_6000,
  rec: 0x8012_0000,
  aux: 0x8012_1000,
} as const;
export type Places = Readonly<Record<keyof typeof AT, number>>;

/** The same places further up, for another Realm beside the first. */
export const placesAfter = (distance: number): Places =>
  Object.fromEntries(Object.entries(AT).map(([name, address]) => [name, address + distance])) as unknown as Places;

export interface SmallRealm {
  readonly at?: Places;
  /** Pages of DATA from IPA 0. */
  readonly pages?: number;
  readonly hashAlgo?: number;
  readonly vmid?: number;
  readonly flags?: number;
  readonly runnable?: boolean;
  /** Leaves the Realm NEW, without a REC. */
  readonly unfinished?: boolean;
  /** RMM 1.1. */
  readonly mecid?: number;
}

const expectSuccess = (result: readonly bigint[], what: string): void => {
  if (result[0] !== 0n) throw new Error(`${what}: X0 = 0x${result[0]?.toString(16)}`);
};

/** RMI call that must succeed. */
export function must(machine: Machine, name: string, ...registers: readonly (bigint | number)[]): bigint[] {
  const result = rmi(machine, name, registers);
  expectSuccess(result, name);
  return result;
}

export function delegate(machine: Machine, from: number, count = 1): void {
  for (let index = 0; index < count; index++) must(machine, 'RMI_GRANULE_DELEGATE', from + index * 4096);
}

/** An ACTIVE Realm: 33-bit IPA space from level 1, one REC, a few DATA pages at IPA 0. */
export function buildRealm(machine: Machine, options: SmallRealm = {}): void {
  const { at = AT, pages = 2, hashAlgo = 0, vmid = 1, flags = 0, runnable = true, mecid = 0 } = options;
  const { recAuxCount } = machine.platform.rmm;
  delegate(machine, at.rd);
  delegate(machine, at.rtt);
  writePage(machine, at.params, {
    0: flags,
    8: 33,
    24: 1,
    32: 1,
    48: hashAlgo,
    1024: 0x1122_3344,
    2048: vmid,
    2056: at.rtt,
    2064: 1,
    2072: 1,
    2088: mecid,
  });
  must(machine, 'RMI_REALM_CREATE', at.rd, at.params);
  delegate(machine, at.level2, 2);
  must(machine, 'RMI_RTT_CREATE', at.rd, at.level2, 0, 2);
  must(machine, 'RMI_RTT_CREATE', at.rd, at.level3, 0, 3);
  must(machine, 'RMI_RTT_INIT_RIPAS', at.rd, 0, pages * 4096);
  for (let page = 0; page < pages; page++) {
    delegate(machine, at.data + page * 4096);
    writePage(machine, at.source, { 0: page + 0x100 });
    must(machine, 'RMI_DATA_CREATE', at.rd, at.data + page * 4096, page * 4096, at.source, 1);
  }
  if (options.unfinished === true) return;
  delegate(machine, at.rec);
  delegate(machine, at.aux, recAuxCount);
  writePage(machine, at.params, {
    0: runnable ? 1 : 0,
    512: 0x1000,
    768: 7,
    2048: recAuxCount,
    ...Object.fromEntries(
      Array.from({ length: recAuxCount }, (_, index) => [0x808 + index * 8, at.aux + index * 4096]),
    ),
  });
  must(machine, 'RMI_REC_CREATE', at.rd, at.rec, at.params);
  must(machine, 'RMI_REALM_ACTIVATE', at.rd);
  writePage(machine, at.run, {});
}

/** Takes apart what `buildRealm` made: everything is the Host's again. */
export function destroyRealm(machine: Machine, options: SmallRealm = {}): void {
  const { pages = 2 } = options;
  const { recAuxCount } = machine.platform.rmm;
  must(machine, 'RMI_REC_DESTROY', AT.rec);
  for (let page = 0; page < pages; page++) must(machine, 'RMI_DATA_DESTROY', AT.rd, page * 4096);
  must(machine, 'RMI_RTT_DESTROY', AT.rd, 0, 3);
  must(machine, 'RMI_RTT_DESTROY', AT.rd, 0, 2);
  must(machine, 'RMI_REALM_DESTROY', AT.rd);
  const granules: number[] = [AT.rd, AT.rtt, AT.level2, AT.level3, AT.rec];
  for (let page = 0; page < pages; page++) granules.push(AT.data + page * 4096);
  for (let index = 0; index < recAuxCount; index++) granules.push(AT.aux + index * 4096);
  for (const granule of granules) must(machine, 'RMI_GRANULE_UNDELEGATE', granule);
}
