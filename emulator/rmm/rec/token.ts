/**
 * A REC's attestation token (RMM 1.0 A7.2): claims are captured when it is begun, signed with the RAK in a step of its
 * own, then kept in the second auxiliary granule and handed out in pieces.
 */
import { HASH_BYTES } from '../../../attestation/hash';
import { encodeRak, makeCcaToken, makeRealmToken } from '../../../attestation/token/make';
import { type Pa, pa } from '../../address';
import { spendTicks } from '../../machine/clock';
import { emit } from '../../machine/event-ring';
import type { Machine } from '../../machine/machine';
import { copyBytes, writeBytes } from '../../memory/memory';
import type { EncryptionContext } from '../../memory/pas';
import { bootAttestation } from '../../monitor/attestation';
import { mecPolicy } from '../mec/pool';
import { PAGE, RMM_CONTEXT, readField, readFieldBytes, writeFieldBytes } from '../memory';
import { readMeasurementField, realmHash } from '../realm/measure';
import { RD_LAYOUT } from '../structures/rd';
import { AttestState } from '../structures/rec';
import { REC, recField, recOwner, setRecField } from './rec';

const FIELD = 64;

/** Upper bound of a token's size in bytes: it fills one auxiliary granule at most. */
export const TOKEN_BOUND = PAGE;

const tokenPage = (machine: Machine, rec: Pa): Pa => pa(recField(machine, rec, REC.aux, 1));

/** Drops a token under way and captures challenge (64 bytes), RPV, RIM and REMs. */
export function beginToken(machine: Machine, pe: number, rec: Pa, challenge: Uint8Array): void {
  const { memory } = machine;
  const rd = recOwner(machine, rec);
  writeFieldBytes(memory, RMM_CONTEXT, rec, REC.challenge, challenge);
  writeFieldBytes(
    memory,
    RMM_CONTEXT,
    rec,
    REC.capturedRpv,
    readFieldBytes(memory, RMM_CONTEXT, rd, RD_LAYOUT.fields.rpv),
  );
  writeFieldBytes(memory, RMM_CONTEXT, rec, REC.capturedRim, readMeasurementField(machine, rd, 0));
  for (const index of [1, 2, 3, 4]) {
    const at = pa(rec + REC.capturedRem.offset + (index - 1) * FIELD);
    writeBytes(memory, RMM_CONTEXT, at, readMeasurementField(machine, rd, index));
  }
  setRecField(machine, rec, REC.attestState, AttestState.Begun);
  setRecField(machine, rec, REC.attestOffset, 0);
  setRecField(machine, rec, REC.attestSteps, 0);
  emit(machine, 'token', pe, rd, rec, 0, 0);
}

/** Signing takes this long, in steps between which the RMM looks for interrupts. */
const SIGN_STEPS = 16;
const SIGN_STEP_TICKS = 10_000;

/** One step of signing what was captured; true when it was the last. */
export function continueSigning(machine: Machine, pe: number, rec: Pa): boolean {
  const steps = recField(machine, rec, REC.attestSteps) + 1;
  setRecField(machine, rec, REC.attestSteps, steps);
  spendTicks(machine.clock, SIGN_STEP_TICKS);
  if (steps < SIGN_STEPS) return false;
  signToken(machine, pe, rec);
  return true;
}

/** Signs what was captured. */
function signToken(machine: Machine, pe: number, rec: Pa): void {
  const { memory } = machine;
  const rd = recOwner(machine, rec);
  const hashAlgorithm = realmHash(machine, rd);
  const length = HASH_BYTES[hashAlgorithm];
  const { rak, platformToken } = bootAttestation(machine);
  const rems = readFieldBytes(memory, RMM_CONTEXT, rec, REC.capturedRem);
  const realmToken = makeRealmToken(
    {
      format: '1.0',
      challenge: readFieldBytes(memory, RMM_CONTEXT, rec, REC.challenge),
      rpv: readFieldBytes(memory, RMM_CONTEXT, rec, REC.capturedRpv),
      hashAlgorithm,
      rak: encodeRak('1.0', rak),
      rakHashAlgorithm: 'sha-256',
      ...mecPolicyClaim(machine, rd),
      rim: readFieldBytes(memory, RMM_CONTEXT, rec, REC.capturedRim).slice(0, length),
      rems: [0, 1, 2, 3].map((index) => rems.slice(index * FIELD, index * FIELD + length)),
    },
    rak,
  );
  const token = makeCcaToken('1.0', platformToken, realmToken);
  writeBytes(memory, RMM_CONTEXT, tokenPage(machine, rec), token);
  setRecField(machine, rec, REC.attestSize, token.length);
  setRecField(machine, rec, REC.attestState, AttestState.Signed);
  emit(machine, 'token', pe, rd, rec, 1, token.length);
}

/** RMM 1.1 tells who shares the Realm's encryption context; the rest of its token is that of 1.0, as in TF-RMM v0.8. */
function mecPolicyClaim(machine: Machine, rd: Pa): { readonly mecPolicy?: 'private' | 'shared' } {
  if (machine.platform.rmm.versionSet === '1.0') return {};
  return { mecPolicy: mecPolicy(machine, readField(machine.memory, RMM_CONTEXT, rd, RD_LAYOUT.fields.mecid)) };
}

/** Copies the next piece to the Realm. Returns its length and whether the token is delivered. */
export function deliverToken(
  machine: Machine,
  pe: number,
  rec: Pa,
  context: EncryptionContext,
  to: Pa,
  size: number,
): { readonly length: number; readonly done: boolean } {
  const offset = recField(machine, rec, REC.attestOffset);
  const total = recField(machine, rec, REC.attestSize);
  const length = Math.min(size, total - offset);
  copyBytes(machine.memory, context, to, RMM_CONTEXT, pa(tokenPage(machine, rec) + offset), length);
  setRecField(machine, rec, REC.attestOffset, offset + length);
  const done = size > 0 && offset + length === total;
  if (done) {
    setRecField(machine, rec, REC.attestState, AttestState.None);
    emit(machine, 'token', pe, recOwner(machine, rec), rec, 2, total);
  }
  return { length, done };
}
