/** A physical SError taken while a Realm ran (RMM 1.0, `rec_exit.serror`). */
import { type Pe, readSysreg, writeSysreg } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { REC, recField, setRecField } from '../rec/rec';
import type { RecEntry, RecExit } from '../state';
import { panic } from './panic';
import { ESR_MASK, ExitReason } from './syndrome';

const IDS = 1n << 24n;
const ISS = 0x1ff_ffffn;
const DFSC = 0x3fn;
const DFSC_ASYNCHRONOUS = 0x11n;
/** Asynchronous error types (ESR_ELx.AET). */
const Aet = { UC: 0, UEU: 1, UEO: 2, UER: 3, CE: 6 } as const;
const HCR_VSE = 1n << 8n;

/** Unrecoverable and recoverable errors are the Realm's, too: it gets a virtual SError at its next entry. */
export function handleSerror(machine: Machine, entry: RecEntry, esr: bigint): RecExit | 'fatal' {
  if ((esr & IDS) !== 0n || (esr & DFSC) !== DFSC_ASYNCHRONOUS) return panic(machine, 'SError of no known kind', esr);
  const aet = Number((esr >> 10n) & 7n);
  if (aet === Aet.UEU || aet === Aet.UER) {
    setRecField(machine, entry.rec, REC.serrorPending, 1);
    setRecField(machine, entry.rec, REC.serrorSyndrome, Number(esr & ISS));
  } else if (aet !== Aet.UEO && aet !== Aet.CE) return panic(machine, 'an error that cannot be contained', esr);
  return { reason: ExitReason.Serror, esr: esr & ESR_MASK.serror };
}

/** At entry, when HCR_EL2 has been written: the virtual SError that the Realm has not taken yet. */
export function loadSerror(machine: Machine, pe: Pe, { rec }: RecEntry): void {
  if (recField(machine, rec, REC.serrorPending) === 0) return;
  setRecField(machine, rec, REC.serrorPending, 0);
  writeSysreg(pe, 'VSESR_EL2', BigInt(recField(machine, rec, REC.serrorSyndrome)));
  writeSysreg(pe, 'HCR_EL2', readSysreg(pe, 'HCR_EL2') | HCR_VSE);
}

/** At exit: a virtual SError that the Realm has not taken stays with the REC. */
export function saveSerror(machine: Machine, pe: Pe, { rec }: RecEntry): void {
  if ((readSysreg(pe, 'HCR_EL2') & HCR_VSE) !== 0n) setRecField(machine, rec, REC.serrorPending, 1);
}
