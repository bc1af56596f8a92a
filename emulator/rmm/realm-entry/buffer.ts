/** Granules of a Realm that RSI commands read or write (RMM 1.0, `rsi_buffer_fault`). */
import { alignDown, type Pa, pa } from '../../address';
import type { Machine } from '../../machine/machine';
import type { RealmSpace } from '../realm/rd';
import { addressIn, Hipas, hipasOf, Ripas, ripasOf } from '../rtt/descriptor';
import { entrySize, PAGE_LEVEL } from '../rtt/geometry';
import { walkRtt } from '../rtt/walk';
import type { RecExit } from '../state';
import { ExceptionClass, ExitReason } from './syndrome';

/** What an RSI command finds at an IPA. Plain, so that it can wait in a frame. */
export interface RealmBuffer {
  readonly state: 'mapped' | 'empty' | 'fault';
  /** PA of the byte, when mapped; else 0. */
  readonly address: number;
  /** Level where the walk ended. */
  readonly level: number;
}

export function findBuffer(machine: Machine, space: RealmSpace, ipa: number): RealmBuffer {
  const { lo, hi, level } = walkRtt(machine.memory, space, ipa, PAGE_LEVEL);
  const ripas = ripasOf(lo);
  if (ripas === Ripas.Empty) return { state: 'empty', address: 0, level };
  if (hipasOf(lo, hi, level) !== Hipas.Assigned || ripas !== Ripas.Ram) return { state: 'fault', address: 0, level };
  return { state: 'mapped', address: addressIn(lo, hi, space.lpa2) + (ipa % entrySize(level)), level };
}

export const bufferPa = (buffer: RealmBuffer): Pa => pa(buffer.address);

/** DFSC of a translation fault; level -1 has a code of its own. */
const translationFault = (level: number): bigint => (level < 0 ? 0x2bn : BigInt(0x04 + level));

/** The exit that asks the Host to map the page: a Data Abort, translation fault at the level of the walk. */
export function bufferFault(buffer: RealmBuffer, ipa: number): RecExit {
  const page = alignDown(ipa, 4096);
  return {
    reason: ExitReason.Sync,
    esr: (BigInt(ExceptionClass.dataAbort) << 26n) | translationFault(buffer.level),
    hpfar: BigInt(page) >> 8n,
  };
}
