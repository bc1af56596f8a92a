/**
 * Accesses to memory by whoever acts: this PE through its own translation and granule protection check, an agent that
 * sits in another PAS (checked by the GPT as well), or a probe on the bus, behind the MPE, where nothing is checked.
 */
import { alignDown, granuleOf, type Pa, pa } from '../../address';
import type { Pe } from '../../cpu/pe';
import { currentEl } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { checkGranule } from '../../memory/gpc';
import { isRam, peekBytes, readBytes, writeBytes } from '../../memory/memory';
import { contextTag } from '../../memory/mpe';
import { type EncryptionContext, encryptionContext, Pas } from '../../memory/pas';
import { translateAccess } from '../../translation/bus';
import type { AccessKind, Fault } from '../../translation/types';
import type { Actor } from './types';

/** A refused access: the fault where this PE takes an exception for it. */
export interface Refusal {
  readonly name: string;
  readonly fault?: Fault;
}
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

const AGENTS = { secure: Pas.Secure, root: Pas.Root, realm: Pas.Realm } as const;
const HOST = encryptionContext(Pas.NonSecure);
const PAGE = 4096;

const FAULT_NAMES: Readonly<Record<Fault['kind'], string>> = {
  translation: 'TRANSLATION',
  addressSize: 'ADDRESS_SIZE',
  accessFlag: 'ACCESS_FLAG',
  permission: 'PERMISSION',
  alignment: 'ALIGNMENT',
  external: 'SEA',
  granule: 'GPF',
  unsupportedAtomic: 'UNSUPPORTED_ATOMIC',
  watchpoint: 'WATCHPOINT',
};
export const faultName = (fault: Fault): string => FAULT_NAMES[fault.kind];

/** Where an access of this PE at its present EL goes. The access must not cross a page. */
export function translateFor(machine: Machine, pe: Pe, kind: AccessKind, va: bigint): Outcome<[Pa, EncryptionContext]> {
  const to = translateAccess(machine, pe, { va: BigInt.asUintN(64, va), kind, el: currentEl(pe) });
  if (!to.ok) return { ok: false, refusal: { name: faultName(to), fault: to } };
  if (isRam(machine.memory, to.pa)) return { ok: true, value: [to.pa, to.context] };
  // No device answers in an action list.
  const external: Fault = {
    ok: false,
    kind: 'external',
    access: { va, kind, el: currentEl(pe) },
    stage: 1,
    level: 0,
    onWalk: false,
    s1ptw: false,
    pa: to.pa,
  };
  return { ok: false, refusal: { name: 'SEA', fault: external } };
}

/** Splits [address, address + length) at page borders. */
function* pieces(address: bigint, length: number): Generator<readonly [at: bigint, from: number, size: number]> {
  for (let from = 0; from < length; ) {
    const at = address + BigInt(from);
    const size = Math.min(length - from, PAGE - Number(at % BigInt(PAGE)));
    yield [at, from, size];
    from += size;
  }
}

/** An agent elsewhere: its PA, once the GPT has let it through. */
function agentAddress(machine: Machine, actor: Exclude<Actor, 'host'>, address: bigint): Outcome<Pa> {
  const at = pa(Number(address));
  if (!isRam(machine.memory, at)) return { ok: false, refusal: { name: 'SEA' } };
  const fault = actor === 'bus' ? undefined : checkGranule(machine, AGENTS[actor], alignDown(at, PAGE));
  return fault === undefined ? { ok: true, value: at } : { ok: false, refusal: { name: 'GPF' } };
}

/** What an actor reads. */
export function readAs(machine: Machine, pe: Pe, actor: Actor, address: bigint, length: number): Outcome<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (const [at, from, size] of pieces(address, length)) {
    if (actor === 'host') {
      const to = translateFor(machine, pe, 'read', at);
      if (!to.ok) return to;
      bytes.set(readBytes(machine.memory, to.value[1], to.value[0], size), from);
    } else {
      const to = agentAddress(machine, actor, at);
      if (!to.ok) return to;
      const view = actor === 'bus' ? 'bus' : encryptionContext(AGENTS[actor]);
      bytes.set(peekBytes(machine.memory, view, to.value, size), from);
    }
  }
  return { ok: true, value: bytes };
}

/** Writes as an actor. On the bus it is ciphertext that is written: whole granules. */
export function writeAs(
  machine: Machine,
  pe: Pe,
  actor: Actor,
  address: bigint,
  bytes: Uint8Array,
): Outcome<undefined> {
  for (const [at, from, size] of pieces(address, bytes.length)) {
    const part = bytes.subarray(from, from + size);
    if (actor === 'host') {
      const to = translateFor(machine, pe, 'write', at);
      if (!to.ok) return to;
      writeBytes(machine.memory, to.value[1], to.value[0], part);
    } else {
      const to = agentAddress(machine, actor, at);
      if (!to.ok) return to;
      if (actor === 'bus') writeBus(machine, to.value, part);
      else writeBytes(machine.memory, encryptionContext(AGENTS[actor]), to.value, part);
    }
  }
  return { ok: true, value: undefined };
}

/** Ciphertext C is what every context K decrypts: it is kept as D_K(C), for whichever K. */
function writeBus({ memory }: Machine, at: Pa, ciphertext: Uint8Array): void {
  const { contexts } = memory;
  const base = alignDown(at, PAGE);
  const page = peekBytes(memory, 'bus', base, PAGE);
  page.set(ciphertext, at - base);
  const { key } = contexts.tags[contextTag(contexts, HOST)] ?? { key: new Uint8Array(0) };
  contexts.xts(key).decrypt(granuleOf(base), new Uint32Array(page.buffer), 0);
  writeBytes(memory, HOST, base, page);
}
