/**
 * Realm Initial Measurement and Realm Extensible Measurements (RMM 1.0: the measurement descriptors, and the effects of
 * RMI_REALM_CREATE, RMI_DATA_CREATE, RMI_REC_CREATE, RMI_RTT_INIT_RIPAS and RSI_MEASUREMENT_EXTEND). Pure functions on
 * byte strings: the RMM, the Host's prediction and the verifier all use these.
 */
import { HASH_BYTES, type HashAlgorithm, type HashFunction, portableHash } from '../hash';

/** Bytes of a measurement field in a structure; shorter hashes are left-aligned and zero-padded. */
export const MEASUREMENT_FIELD_BYTES = 64;
/** Bytes of a measurement descriptor. */
export const DESCRIPTOR_BYTES = 0x100;
/** Bytes of RmiRealmParams, RmiRecParams and of a page. */
const PAGE_BYTES = 0x1000;

/** The descriptor types of RMM 1.0. */
const DescriptorType = { Data: 0, Rec: 1, Ripas: 2 } as const;

/** Which hash, and who computes it. */
export interface Measurer {
  readonly algorithm: HashAlgorithm;
  readonly hash?: HashFunction;
}

/** The fields of RmiRealmParams that are measured; everything else in the page counts as zero. */
export interface MeasuredRealmParams {
  readonly flags: bigint;
  /** IPA width in bits. */
  readonly s2sz: number;
  /** Vector length in quadwords minus one. */
  readonly sveVl: number;
  /** Number of breakpoints minus one. */
  readonly numBps: number;
  /** Number of watchpoints minus one. */
  readonly numWps: number;
  readonly pmuNumCtrs: number;
}

/** The fields of RmiRecParams that are measured. */
export interface MeasuredRecParams {
  readonly flags: bigint;
  readonly pc: bigint;
  /** X0..X7. */
  readonly gprs: readonly bigint[];
}

const hashWith = (measurer: Measurer, data: Uint8Array): Uint8Array =>
  (measurer.hash ?? portableHash)(measurer.algorithm, data);

/**
 * The RIM after RMI_REALM_CREATE: the hash of the parameter page with its unmeasured fields zero. The numbers are measured
 * with the 32 bits the RMM reads: those of a feature the Realm does not use are checked by nobody.
 */
export function measureRealmCreate(measurer: Measurer, params: MeasuredRealmParams): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  const view = new DataView(page.buffer);
  view.setBigUint64(0x00, BigInt.asUintN(64, params.flags), true);
  view.setUint32(0x08, params.s2sz, true);
  view.setUint32(0x10, params.sveVl, true);
  view.setUint32(0x18, params.numBps, true);
  view.setUint32(0x20, params.numWps, true);
  view.setUint32(0x28, params.pmuNumCtrs, true);
  view.setUint8(0x30, { 'sha-256': 0, 'sha-512': 1, 'sha-384': 2 }[measurer.algorithm]);
  return hashWith(measurer, page);
}

/** A descriptor under construction. Measurements shorter than their 64 bytes are followed by zeros. */
interface Descriptor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

function newDescriptor(): Descriptor {
  const bytes = new Uint8Array(DESCRIPTOR_BYTES);
  return { bytes, view: new DataView(bytes.buffer) };
}

function begin({ bytes, view }: Descriptor, type: number, rim: Uint8Array): void {
  view.setUint8(0x00, type);
  view.setUint32(0x08, DESCRIPTOR_BYTES, true);
  bytes.set(rim, 0x10);
}

function fillData(into: Descriptor, measurer: Measurer, rim: Uint8Array, ipa: bigint, content?: Uint8Array): void {
  begin(into, DescriptorType.Data, rim);
  into.view.setBigUint64(0x50, ipa, true);
  into.view.setUint8(0x58, content === undefined ? 0 : 1);
  if (content !== undefined) into.bytes.set(hashWith(measurer, content), 0x60);
}

/** RmmMeasurementDescriptorRec. Measured for a runnable REC only: the caller decides (RMM 1.0 RMI_REC_CREATE). */
export function recDescriptor(measurer: Measurer, rim: Uint8Array, params: MeasuredRecParams): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  const pageView = new DataView(page.buffer);
  pageView.setBigUint64(0x000, BigInt.asUintN(64, params.flags), true);
  pageView.setBigUint64(0x200, BigInt.asUintN(64, params.pc), true);
  for (let i = 0; i < 8; i++) pageView.setBigUint64(0x300 + 8 * i, BigInt.asUintN(64, params.gprs[i] ?? 0n), true);
  const made = newDescriptor();
  begin(made, DescriptorType.Rec, rim);
  made.bytes.set(hashWith(measurer, page), 0x50);
  return made.bytes;
}

/** RmmMeasurementDescriptorRipas: one for each RTT entry that RMI_RTT_INIT_RIPAS handles, with that entry's range. */
export function ripasDescriptor(rim: Uint8Array, base: bigint, top: bigint): Uint8Array {
  const made = newDescriptor();
  begin(made, DescriptorType.Ripas, rim);
  made.view.setBigUint64(0x50, base, true);
  made.view.setBigUint64(0x58, top, true);
  return made.bytes;
}

/** The RIM after one descriptor. */
export const extendRim = (measurer: Measurer, bytes: Uint8Array): Uint8Array => hashWith(measurer, bytes);

/** A Realm has tens of thousands of pages: their descriptors are made in one place. */
const scratch = newDescriptor();

/** The RIM after RMI_DATA_CREATE of one page. */
export function measureData(measurer: Measurer, rim: Uint8Array, ipa: bigint, content?: Uint8Array): Uint8Array {
  scratch.bytes.fill(0);
  fillData(scratch, measurer, rim, ipa, content);
  return extendRim(measurer, scratch.bytes);
}

/** The RIM after RMI_REC_CREATE of a runnable REC. */
export const measureRec = (measurer: Measurer, rim: Uint8Array, params: MeasuredRecParams): Uint8Array =>
  extendRim(measurer, recDescriptor(measurer, rim, params));

/** The RIM after RMI_RTT_INIT_RIPAS handled one RTT entry. */
export const measureRipas = (measurer: Measurer, rim: Uint8Array, base: bigint, top: bigint): Uint8Array =>
  extendRim(measurer, ripasDescriptor(rim, base, top));

/** The value every REM has at first: zero bytes of the hash's length. */
export const initialRem = (measurer: Measurer): Uint8Array => new Uint8Array(HASH_BYTES[measurer.algorithm]);

/**
 * A REM after RSI_MEASUREMENT_EXTEND: H(REM at hash length || the first `size` bytes of the value). Size 0 is legal;
 * the caller has refused sizes above 64 (RSI_ERROR_INPUT).
 */
export function extendRem(measurer: Measurer, rem: Uint8Array, value: Uint8Array, size: number): Uint8Array {
  const length = HASH_BYTES[measurer.algorithm];
  const data = new Uint8Array(length + size);
  data.set(rem.subarray(0, length));
  data.set(value.subarray(0, size), length);
  return hashWith(measurer, data);
}
