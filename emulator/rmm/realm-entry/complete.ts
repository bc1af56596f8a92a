/** What the next entry completes of the last exit, in the order of RMM 1.0 (`rec_exit.entry_sequence`). */
import { pa } from '../../address';
import { type Pe, writeX } from '../../cpu/pe';
import type { Machine } from '../../machine/machine';
import { writeField64 } from '../memory';
import { isProtected, realmSpace } from '../realm/rd';
import { REC, recField, recField64, setRecField } from '../rec/rec';
import { Ripas } from '../rtt/descriptor';
import type { RecEntry } from '../state';
import { RSI_HOST_CALL } from '../structures/structures';
import { bufferFault, bufferPa, findBuffer } from './buffer';
import { injectExternalAbort } from './inject';
import { completeMmio } from './mmio';
import { EnterFlag, type RecEnter } from './run-page';

const RSI_SUCCESS = 0n;
const RSI_REJECT = 1n;
const RSI_ACCEPT = 0n;

/** A Synchronous External Abort or the emulated access, as the Host answered the last Data Abort. SEA wins. */
export function completeAbort(machine: Machine, pe: Pe, { rec }: RecEntry, enter: RecEnter): void {
  const esr = recField64(machine, rec, REC.exitEsr);
  if ((enter.flags & EnterFlag.injectSea) !== 0) {
    injectExternalAbort(machine, pe, esr, recField64(machine, rec, REC.exitFar));
  } else if ((enter.flags & EnterFlag.emulMmio) !== 0) {
    completeMmio(pe, esr, enter.gprs[0] ?? 0n);
  }
  setRecField(machine, rec, REC.emulatable, 0);
  setRecField(machine, rec, REC.injectable, 0);
}

/** RSI_IPA_STATE_SET returns: how far the change got, and whether the Host refused the rest. */
export function completeRipasChange(machine: Machine, pe: Pe, { rec }: RecEntry, enter: RecEnter): void {
  if (recField(machine, rec, REC.ripasPending) === 0) return;
  const reached = recField(machine, rec, REC.ripasAddr);
  const rejectable =
    recField(machine, rec, REC.ripasValue) === Ripas.Ram && reached !== recField(machine, rec, REC.ripasTop);
  writeX(pe, 0, RSI_SUCCESS);
  writeX(pe, 1, BigInt(reached));
  writeX(pe, 2, rejectable && (enter.flags & EnterFlag.ripasReject) !== 0 ? RSI_REJECT : RSI_ACCEPT);
  writeX(pe, 3, 0n);
  setRecField(machine, rec, REC.ripasPending, 0);
  setRecField(machine, rec, REC.ripasAddr, 0);
  setRecField(machine, rec, REC.ripasTop, 0);
}

/** A trapped read of a GIC register gets the Host's value. */
export function completeSysregRead(machine: Machine, pe: Pe, { rec }: RecEntry, enter: RecEnter): void {
  const register = recField(machine, rec, REC.sysregRead);
  if (register === 0) return;
  if (register <= 31) writeX(pe, register - 1, enter.gprs[0] ?? 0n);
  setRecField(machine, rec, REC.sysregRead, 0);
}

/**
 * RSI_HOST_CALL returns: the Host's 31 values go to the Realm's structure. False when the page is not there: the entry
 * ends at once with an exit (`entry.exit`) and the call stays pending. A page that became EMPTY takes nothing.
 */
export function completeHostCall(machine: Machine, pe: Pe, entry: RecEntry, enter: RecEnter): boolean {
  const { rec } = entry;
  if (recField(machine, rec, REC.hostCallPending) === 0) return true;
  const space = realmSpace(machine, entry.rd);
  const ipa = recField(machine, rec, REC.hostCallIpa);
  const buffer = findBuffer(machine, space, ipa);
  if (isProtected(space, ipa) && buffer.state === 'fault') {
    entry.exit = bufferFault(buffer, ipa);
    return false;
  }
  if (buffer.state === 'mapped') {
    const { gprs } = RSI_HOST_CALL.fields;
    enter.gprs.forEach((value, index) => {
      writeField64(machine.memory, space.context, pa(bufferPa(buffer)), gprs, value, index);
    });
  }
  writeX(pe, 0, RSI_SUCCESS);
  setRecField(machine, rec, REC.hostCallPending, 0);
  return true;
}
