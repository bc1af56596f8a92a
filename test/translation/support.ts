import { type Pa, pa } from '../../emulator/address';
import { type Pe, writePstate, writeSysreg } from '../../emulator/cpu/pe';
import { createMachine } from '../../emulator/machine/create';
import type { Machine } from '../../emulator/machine/machine';
import { readU64, writeU64 } from '../../emulator/memory/memory';
import { type EncryptionContext, encryptionContext, Pas } from '../../emulator/memory/pas';
import { walkerOf } from '../../emulator/translation/bus';
import { regimeOf } from '../../emulator/translation/regime';
import { type Access, type Fault, type Translated, translateWith } from '../../emulator/translation/translation';

export const NS = encryptionContext(Pas.NonSecure);
export const RAM = 0x8100_0000;

export interface Space {
  readonly machine: Machine;
  readonly pe: Pe;
}

/** A machine without a Host, PE 0 at an EL of a Security state. */
export function space(el: number, security: Pas = Pas.NonSecure): Space {
  const machine = createMachine({ platform: 'fvp' });
  const pe = machine.pes[0] as Pe;
  writeSysreg(pe, 'SCR_EL3', security === Pas.Realm ? 0x501n | (1n << 62n) : 0x501n);
  writePstate(pe, (el << 2) | (el === 0 ? 0 : 1));
  return { machine, pe };
}

export const put = ({ machine }: Space, address: number, value: bigint, context: EncryptionContext = NS): void =>
  writeU64(machine.memory, context, pa(address), value);
export const get = ({ machine }: Space, address: number, context: EncryptionContext = NS): bigint =>
  readU64(machine.memory, context, pa(address));

/** One access with side effects, under the regime of an EL. */
export function translate({ machine, pe }: Space, access: Access, regimeEl = access.el): Translated | Fault {
  return translateWith(walkerOf(machine), regimeOf(pe, machine.platform, regimeEl), access);
}

/** Builds 4 KiB-granule tables in pages taken one after another from a region. */
export interface TableBuilder {
  readonly root: number;
  /** Puts a leaf descriptor (with type bits) for an input address at a level. */
  map(input: bigint, level: number, descriptor: bigint): number;
}

export function tables(on: Space, region: number, startLevel: number, rootPages = 1, context = NS): TableBuilder {
  let next = region + rootPages * 4096;
  return {
    root: region,
    map(input, level, descriptor) {
      let table = region;
      for (let at = startLevel; ; at++) {
        const shift = BigInt(12 + 9 * (3 - at));
        const span = at === startLevel ? 512 * rootPages : 512;
        const entry = table + 8 * Number((input >> shift) % BigInt(span));
        if (at === level) {
          put(on, entry, descriptor, context);
          return entry;
        }
        const present = get(on, entry, context);
        if ((present & 3n) === 3n) table = Number(present & 0xffff_ffff_f000n);
        else {
          put(on, entry, BigInt(next) | 3n, context);
          table = next;
          next += 4096;
        }
      }
    },
  };
}

export const AF = 1n << 10n;
export const PAGE = 3n;
export const BLOCK = 1n;
/** TCR_EL1 with a TTBR0 half of so many bits and TTBR1 off, IPS 48 bits. */
export const tcrEl1 = (bits: number, more = 0n): bigint => BigInt(64 - bits) | (1n << 23n) | (5n << 32n) | more;
export type { Pa };
