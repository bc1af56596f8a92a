/** The console of Realms: a Realm alone writes through; of several, each writes whole lines with its name in front. */
import type { Pe } from '../cpu/pe';
import { ConsoleChannel, writeConsole, writeConsoleText } from '../machine/console';
import type { Machine } from '../machine/machine';
import type { RealmLayout } from './layout';
import type { HostRealmProgress } from './saved';

const LINE_FEED = 0x0a;
const LONGEST_LINE = 4096;

export function print(machine: Machine, pe: number, layout: RealmLayout, own: HostRealmProgress, byte: number): void {
  if (machine.host.progress.realms.length === 1) {
    writeConsole(machine, pe, ConsoleChannel.Realm, byte);
    return;
  }
  if (byte !== LINE_FEED) own.line.push(byte);
  if (byte === LINE_FEED || own.line.length >= LONGEST_LINE) endLine(machine, pe, layout, own);
}

function endLine(machine: Machine, pe: number, layout: RealmLayout, own: HostRealmProgress): void {
  writeConsoleText(machine, pe, ConsoleChannel.Realm, `${layout.name}: `);
  for (const byte of own.line) writeConsole(machine, pe, ConsoleChannel.Realm, byte);
  writeConsole(machine, pe, ConsoleChannel.Realm, LINE_FEED);
  own.line = [];
}

/** What Realms that have ended wrote last may have no end of line. */
export function flushLines(machine: Machine, pe: Pe): void {
  for (const [index, own] of machine.host.progress.realms.entries()) {
    const layout = machine.host.layout?.realms[index];
    if (own.ended && own.line.length > 0 && layout !== undefined) endLine(machine, pe.index, layout, own);
  }
}
