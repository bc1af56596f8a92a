/** What RSI and PSCI rows need: the caller's REC and Realm, and the ways to leave to the Host. */
import type { Pa } from '../../address';
import type { Pe } from '../../cpu/pe';
import type { ExitStage, StageContext } from '../commands/row';
import { raw } from '../commands/stages';
import { isProtected, type RealmSpace, realmSpace } from '../realm/rd';
import type { RecEntry, RecExit } from '../state';
import { retire } from './mmio';
import { ExitReason } from './syndrome';

export const entryOf = ({ machine, frame }: StageContext): RecEntry => machine.rmm.entries[frame.pe] as RecEntry;
export const recOf = (context: StageContext): Pa => entryOf(context).rec;
export const rdOf = (context: StageContext): Pa => entryOf(context).rd;
export const peOf = ({ machine, frame }: StageContext): Pe => machine.pes[frame.pe] as Pe;
export const spaceOf = (context: StageContext): RealmSpace => realmSpace(context.machine, rdOf(context));

export const isProtectedIpa = (context: StageContext, ipa: number): boolean => isProtected(spaceOf(context), ipa);

/** The SMC is retired and the REC exits to the Host. */
export function exitRetired(context: StageContext, exit: RecExit): void {
  retire(peOf(context));
  entryOf(context).exit = exit;
}

/** The REC exits to the Host; the SMC is executed again at the next entry. */
export function exitUnretired(context: StageContext, exit: RecExit): void {
  entryOf(context).exit = exit;
}

/** RMI_EXIT_PSCI: gprs[0] = FID as called, then the architected arguments. */
export const psciExit = (
  text: string,
  effects: (context: StageContext) => void,
  shown: readonly number[] = [],
): ExitStage => ({
  kind: 'exit',
  name: 'exit',
  text,
  run: (context) => {
    effects(context);
    const gprs = [0, ...shown].map((register) => raw(context.frame, register));
    exitRetired(context, { reason: ExitReason.Psci, gprs });
  },
});
