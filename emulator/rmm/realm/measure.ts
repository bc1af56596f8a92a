/** A Realm's measurements in its RD; the algorithms are in `attestation/measurement`. */

import { HASH_BYTES, type HashAlgorithm, type HashFunction, hashAlgorithmOf } from '../../../attestation/hash';
import { MEASUREMENT_FIELD_BYTES, type Measurer } from '../../../attestation/measurement/measurement';
import type { Pa } from '../../address';
import { pa } from '../../address';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { readBytes, writeBytes } from '../../memory/memory';
import { RMM_CONTEXT, readField } from '../memory';
import { RD_LAYOUT } from '../structures/rd';

const F = RD_LAYOUT.fields;

export const realmHash = (machine: Machine, rd: Pa): HashAlgorithm =>
  hashAlgorithmOf(readField(machine.memory, RMM_CONTEXT, rd, F.hashAlgo)) ?? 'sha-256';

/** The Realm's hash, computed by the machine's services. */
export const realmMeasurer = (machine: Machine, rd: Pa): Measurer => measurerOf(machine, realmHash(machine, rd));

export function measurerOf(machine: Machine, algorithm: HashAlgorithm): Measurer {
  const { sha256, sha384, sha512 } = machine.services;
  const hash: HashFunction = (name, data) =>
    name === 'sha-256' ? sha256(data) : name === 'sha-512' ? sha512(data) : sha384(data);
  return { algorithm, hash };
}

/** Index 0 is the RIM, 1 to 4 the REMs (RMM 1.0: RSI_MEASUREMENT_READ). */
const addressOf = (rd: Pa, index: number): Pa =>
  pa(rd + (index === 0 ? F.rim.offset : F.rem.offset + (index - 1) * MEASUREMENT_FIELD_BYTES));

/** A measurement, padded to 64 bytes. */
export const readMeasurementField = (machine: Machine, rd: Pa, index: number): Uint8Array =>
  readBytes(machine.memory, RMM_CONTEXT, addressOf(rd, index), MEASUREMENT_FIELD_BYTES);

/** A measurement at the hash's length. */
export const readMeasurement = (machine: Machine, rd: Pa, index: number): Uint8Array =>
  readMeasurementField(machine, rd, index).subarray(0, HASH_BYTES[realmHash(machine, rd)]);

/** `value` has the hash's length, the same each time: what follows it in the RD stays zero. */
export function writeMeasurement(machine: Machine, pe: number, rd: Pa, index: number, value: Uint8Array): void {
  writeBytes(machine.memory, RMM_CONTEXT, addressOf(rd, index), value);
  emit(machine, 'measurement', pe, rd, index);
}
