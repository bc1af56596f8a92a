/**
 * Replays a recorded trace against the machine: every call goes the way a Host's SMC goes, the recorded Realm stands in
 * for the CPU, and what comes back is compared. Nothing here knows how the RMM works.
 */
import { pa } from '../../address';
import { executeSmc, takeException } from '../../cpu/exceptions/take';
import { currentEl, type Pe, readPc, securityBelowEl3, writeX } from '../../cpu/pe';
import { hex } from '../../format';
import type { Machine } from '../../machine/machine';
import { delegableIndex } from '../../machine/platform';
import { gpiAdmits, gpiOf } from '../../memory/gpt';
import { writeBytes } from '../../memory/memory';
import { Pas } from '../../memory/pas';
import { stepMonitor } from '../../monitor/monitor';
import type { CommandRow } from '../commands/row';
import { rowFor } from '../commands/rows';
import { HOST_CONTEXT } from '../memory';
import { stepRmm } from '../rmm';
import {
  compareEntry,
  compareGranules,
  comparePage,
  compareResults,
  dataContext,
  type Mismatch,
  notData,
} from './compare';
import { argumentOf, functionOf } from './decode';
import {
  type CallLine,
  type PageContent,
  pageBytes,
  type RealmStay,
  type RealmWriteLine,
  type TraceLine,
} from './trace';

export type { Mismatch } from './compare';

/** More micro-steps than any call takes: a call that does not end is a mismatch. */
const STEP_LIMIT = 200_000;
/** Entries without a recorded stay before the Realm is given up. */
const MOST_UNRECORDED = 8;

/** The machine cannot go on with this trace: a call does not end. */
export class Stuck extends Error {}

/** The command a line calls, as the platform's version set has it; undefined for an unknown identifier. */
export const rowOfCall = (machine: Machine, line: CallLine): CommandRow | undefined =>
  rowFor('host', functionOf(line.fid), machine.platform.rmm.versionSet);

export const commandOf = (machine: Machine, line: CallLine): string | undefined => rowOfCall(machine, line)?.name;

/**
 * Performs one line of a trace on PE 0. Returns what differs.
 * @throws Stuck, and whatever the machine throws: it cannot be used any more then
 */
export function replayLine(machine: Machine, line: TraceLine): Mismatch[] {
  switch (line.kind) {
    case 'call':
      return replayCall(machine, line);
    case 'granules':
      return compareGranules(machine, line);
    case 'page':
      return comparePage(machine, line);
    case 'realm_write':
      return applyRealmWrite(machine, line);
    default:
      return [];
  }
}

function applyRealmWrite(machine: Machine, line: RealmWriteLine): Mismatch[] {
  const page = Number(line.realm_write);
  const context = dataContext(machine, page);
  if (context === null) return [notData(machine, page)];
  for (const [offset, word] of Object.entries(line.at)) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(word), true);
    writeBytes(machine.memory, context, pa(page + Number(offset)), bytes);
  }
  return [];
}

/** The Host writes a page, where the granule protection check lets it. */
function writeHostPage(machine: Machine, page: PageContent, found: Mismatch[]): void {
  const { memory, platform } = machine;
  const address = pa(Number(page.pa));
  const what = `page ${hex(address)}`;
  if (delegableIndex(platform, address) < 0) found.push({ what, expected: 'DRAM', actual: 'no memory' });
  else if (!gpiAdmits(gpiOf(memory, platform, address), Pas.NonSecure)) {
    found.push({ what, expected: 'writable by the Host', actual: 'granule protection fault' });
  } else writeBytes(memory, HOST_CONTEXT, address, pageBytes(page));
}

function replayCall(machine: Machine, line: CallLine): Mismatch[] {
  const pe = machine.pes[0] as Pe;
  const found: Mismatch[] = [];
  for (const page of line.mem ?? []) writeHostPage(machine, page, found);
  writeX(pe, 0, BigInt(line.fid));
  for (let register = 1; register <= 17; register++) writeX(pe, register, argumentOf(line, register));
  executeSmc(machine, pe, 0);
  const stays = line.realm ?? [];
  const entries = runCall(machine, pe, stays, found);
  if (entries < stays.length) {
    found.push({
      what: `realm[${entries}]`,
      expected: `entry at ${hex(BigInt(stays[entries]?.pc ?? 0))}`,
      actual: 'no entry',
    });
  }
  compareResults(machine, pe, line, commandOf(machine, line), found);
  return found;
}

/** Runs until the Host has its answer. Returns how often the Realm was entered. */
function runCall(machine: Machine, pe: Pe, stays: readonly RealmStay[], found: Mismatch[]): number {
  let entries = 0;
  for (let step = 0; step < STEP_LIMIT; step++) {
    if (pe.runner === 'monitor') stepMonitor(machine, pe);
    else if (pe.runner === 'rmm') stepRmm(machine, pe);
    else if (currentEl(pe) === 2 && securityBelowEl3(pe) === Pas.NonSecure) return entries;
    else {
      const stay = stays[entries];
      if (stay !== undefined) performStay(machine, pe, stay, entries, found);
      else leaveUnrecorded(machine, pe, entries, found);
      entries++;
      if (entries > stays.length + MOST_UNRECORDED) throw new Stuck('The Realm is entered again and again.');
    }
  }
  throw new Stuck(`The call has not ended after ${STEP_LIMIT} steps.`);
}

/** Compares what the Realm was given, then lets it take its exception. */
function performStay(machine: Machine, pe: Pe, stay: RealmStay, index: number, found: Mismatch[]): void {
  pe.runner = 'script';
  const pc = readPc(pe);
  compareEntry(pe, stay, index, found);
  const { exc, esr, far, hpfar, set } = stay.do;
  for (const register in set) writeX(pe, Number(register.slice(1)), BigInt(set[register] ?? 0));
  takeException(machine, pe, {
    targetEl: 2,
    kind: exc,
    esr: BigInt(esr ?? 0),
    far: BigInt(far ?? 0),
    hpfar: BigInt(hpfar ?? 0),
    returnAddress: pc,
  });
}

/** An entry that the recording does not have: a physical interrupt brings the REC back, so that the trace can go on. */
function leaveUnrecorded(machine: Machine, pe: Pe, index: number, found: Mismatch[]): void {
  const pc = readPc(pe);
  found.push({ what: `realm[${index}]`, expected: 'no entry', actual: `entry at ${hex(pc)}` });
  pe.runner = 'script';
  takeException(machine, pe, { targetEl: 2, kind: 'fiq', esr: 0n, returnAddress: pc });
}
