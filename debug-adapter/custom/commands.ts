/** `cca/commands` and `cca/console`. */
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import { plainHex } from '../format';
import type { CommandsResponse, ConsoleArguments, ConsoleResponse } from '../protocol';
import type { Session } from '../session/state';
import { countArgument } from './arguments';

/** Needs no launched guest: the catalogue is the same for all. */
export function commands(session: Session): CommandsResponse {
  const stops = [
    ...session.breakpoints.commands.map(({ stop }) => stop),
    ...(session.target?.configuration.breakOn ?? []),
  ];
  const has = (name: string, when: 'before' | 'after'): boolean =>
    stops.some((stop) => stop.name === name && stop.when === when);
  return {
    commands: CATALOGUE.map(({ name, interface: kind, fid, summary }) => ({
      name,
      interface: kind,
      fid: plainHex(fid),
      summary,
      before: has(name, 'before'),
      after: has(name, 'after'),
    })),
  };
}

const MAX_TEXT = 60_000;

export function consoleText(session: Session, args: ConsoleArguments): ConsoleResponse {
  const output = session.target?.output;
  if (!output) return { text: '', total: 0 };
  const from = Math.max(0, countArgument('from', args.from, 0) - output.dropped);
  const text = output.console.slice(from, from + MAX_TEXT);
  return { text, total: output.dropped + from + text.length };
}
