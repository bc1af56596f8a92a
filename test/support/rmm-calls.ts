/** RMI calls as plain data: made by a generator, run on a machine, printed so that they can be run again, and shrunk. */
import { pa } from '../../emulator/address';
import { executeSmc, takeException } from '../../emulator/cpu/exceptions/take';
import { currentEl, type Pe, readPc, readX, securityBelowEl3, writeX } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { writeBytes } from '../../emulator/memory/memory';
import { Pas } from '../../emulator/memory/pas';
import { stepMonitor } from '../../emulator/monitor/monitor';
import { HOST_CONTEXT } from '../../emulator/rmm/memory';
import { stepRmm } from '../../emulator/rmm/rmm';

/** What the Realm does at one of its stays: sets registers (by number), then takes this exception to R-EL2. */
export interface RealmStep {
  readonly kind: 'sync' | 'irq' | 'fiq' | 'serror';
  readonly esr?: bigint;
  readonly far?: bigint;
  readonly hpfar?: bigint;
  readonly set?: Readonly<Record<number, bigint>>;
}

/** One call of the Host. */
export interface Call {
  /** For the reader, and for the rules of `rmm-watch.ts`. */
  readonly name: string;
  readonly fid: number;
  /** X1 and up; the rest is 0. */
  readonly x: readonly bigint[];
  /** Host pages written first: 64-bit words by offset in a page of zeros. */
  readonly pages?: readonly { readonly at: number; readonly words: Readonly<Record<number, bigint>> }[];
  /** RMI_REC_ENTER: the Realm's stays, one after another; an FIQ ends the entry when they are used up. */
  readonly realm?: readonly RealmStep[];
}

/** X0..X4 after a call. */
export type Results = readonly bigint[];

const PAGE = new Uint8Array(4096);
const PAGE_VIEW = new DataView(PAGE.buffer);

function writeWords(machine: Machine, at: number, words: Readonly<Record<number, bigint>>): void {
  PAGE.fill(0);
  for (const [offset, word] of Object.entries(words)) {
    PAGE_VIEW.setBigUint64(Number(offset), BigInt.asUintN(64, word), true);
  }
  writeBytes(machine.memory, HOST_CONTEXT, pa(at), PAGE);
}

function stay(machine: Machine, pe: Pe, step: RealmStep): void {
  pe.runner = 'script';
  for (const [register, value] of Object.entries(step.set ?? {})) writeX(pe, Number(register), value);
  const { kind, esr = 0n, far = 0n, hpfar = 0n } = step;
  takeException(machine, pe, { targetEl: 2, kind, esr, far, hpfar, returnAddress: readPc(pe) });
}

/** Runs a call to its end. @throws RangeError when it does not end */
export function runCall(machine: Machine, call: Call): Results {
  const pe = machine.pes[0] as Pe;
  for (const { at, words } of call.pages ?? []) writeWords(machine, at, words);
  writeX(pe, 0, BigInt(call.fid));
  for (let register = 1; register <= 6; register++) writeX(pe, register, call.x[register - 1] ?? 0n);
  executeSmc(machine, pe, 0);
  let stays = 0;
  for (let steps = 0; ; steps++) {
    if (steps > 20_000) throw new RangeError(`${call.name} does not end`);
    if (pe.runner === 'monitor') stepMonitor(machine, pe);
    else if (pe.runner === 'rmm') stepRmm(machine, pe);
    else if (currentEl(pe) === 2 && securityBelowEl3(pe) === Pas.NonSecure) break;
    else stay(machine, pe, call.realm?.[stays++] ?? { kind: 'fiq' });
  }
  return [readX(pe, 0), readX(pe, 1), readX(pe, 2), readX(pe, 3), readX(pe, 4)];
}

const hexOf = (value: bigint): string => `0x${value.toString(16)}n`;
const wordsText = (words: Readonly<Record<number, bigint>>): string =>
  `{ ${Object.entries(words)
    .map(([key, value]) => `${key}: ${hexOf(value)}`)
    .join(', ')} }`;

/** A call as a line of TypeScript. */
export function callText(call: Call): string {
  const parts = [`name: '${call.name}'`, `fid: 0x${call.fid.toString(16)}`, `x: [${call.x.map(hexOf).join(', ')}]`];
  if (call.pages !== undefined) {
    const pages = call.pages.map(({ at, words }) => `{ at: 0x${at.toString(16)}, words: ${wordsText(words)} }`);
    parts.push(`pages: [${pages.join(', ')}]`);
  }
  if (call.realm !== undefined) {
    const steps = call.realm.map(({ kind, esr = 0n, far = 0n, hpfar = 0n, set = {} }) => {
      return `{ kind: '${kind}', esr: ${hexOf(esr)}, far: ${hexOf(far)}, hpfar: ${hexOf(hpfar)}, set: ${wordsText(set)} }`;
    });
    parts.push(`realm: [${steps.join(', ')}]`);
  }
  return `{ ${parts.join(', ')} },`;
}

/**
 * The calls of a failing sequence that matter: delta debugging (Zeller's ddmin) on a sequence that `fails`, each attempt
 * on a machine of its own. At most `attempts` tries.
 */
export function shrinkCalls(
  calls: readonly Call[],
  fails: (calls: readonly Call[]) => boolean,
  attempts = 400,
): readonly Call[] {
  let current = calls;
  for (let parts = 2, tries = 0; current.length > 1 && tries < attempts; ) {
    const size = Math.ceil(current.length / parts);
    let smaller: readonly Call[] | undefined;
    for (let from = 0; from < current.length && tries < attempts; from += size) {
      const rest = [...current.slice(0, from), ...current.slice(from + size)];
      tries++;
      if (rest.length === 0 || !fails(rest)) continue;
      smaller = rest;
      break;
    }
    if (smaller !== undefined) {
      current = smaller;
      parts = Math.max(parts - 1, 2);
    } else if (size === 1) break;
    else parts = Math.min(current.length, parts * 2);
  }
  return current;
}
