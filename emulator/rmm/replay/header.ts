/** The first line of a trace: what was recorded, and the platform to replay it on. */
import { pa } from '../../address';
import type { AddressRange, Platform } from '../../machine/platform';
import { recordedPlatform } from '../../machine/presets/recorded';
import type { VersionSet } from '../commands/row';
import { isObject, isWord, parseJson } from './decode';
import { badHeader, badPlatform, unknownSpec } from './problems';
import type { TraceHeader } from './trace';

const FORMAT = 1;
const PA_BITS = [32, 36, 40, 42, 44, 48, 52];
const MOST_BANKS = 64;
/** Bytes of DRAM in all: the machine keeps four bytes for every granule. */
const MOST_DRAM = 256 * 2 ** 30;
const MOST_AUX = 16;
const LEAST_AUX = 2;
const FEATURE_LPA2 = 1n << 8n;

type Members = Readonly<Record<string, unknown>>;

/** Reads members of `platform`, naming the one that is wrong. */
function platformReader(where: string, platform: Members) {
  const fail = (member: string, wanted: string, given: unknown = platform[member]) =>
    badPlatform(where, member, given, wanted);
  return {
    fail,
    bits: (member: string, otherwise?: bigint): bigint => {
      const value = platform[member] ?? otherwise;
      if (typeof value === 'bigint') return value;
      if (!isWord(value)) throw fail(member, 'a number of 64 bits at most, as "0x…"');
      return BigInt(value);
    },
    count: (member: string, least: number, most: number, otherwise?: number): number => {
      const value = platform[member] ?? otherwise;
      const number = isWord(value) ? Number(value) : Number.NaN;
      if (!(number >= least && number <= most)) throw fail(member, `a number from ${least} to ${most}`);
      return number;
    },
    oneOf: (member: string, choices: readonly number[]): number => {
      const value = platform[member];
      const found = isWord(value) ? choices.find((choice) => choice === Number(value)) : undefined;
      if (found === undefined) throw fail(member, `one of ${choices.join(', ')}`);
      return found;
    },
    flag: (member: string, otherwise: boolean): boolean => {
      const value = platform[member] ?? otherwise;
      if (typeof value !== 'boolean') throw fail(member, 'true or false');
      return value;
    },
  };
}

type Reader = ReturnType<typeof platformReader>;

function dramOf(platform: Members, paBits: number, { fail }: Reader): readonly AddressRange[] {
  const { dram } = platform;
  if (!Array.isArray(dram) || dram.length === 0 || dram.length > MOST_BANKS) {
    throw fail('dram', `a list of 1 to ${MOST_BANKS} banks, each {"base":"0x…","size":"0x…"}`);
  }
  const banks = dram.map((bank: unknown, index): AddressRange => {
    const { base, size } = isObject(bank) ? bank : { base: undefined, size: undefined };
    const valid = isWord(base) && isWord(size) && Number(base) % 4096 === 0 && Number(size) % 4096 === 0;
    if (!valid || Number(size) === 0 || Number(base) + Number(size) > 2 ** paBits) {
      throw fail(`dram[${index}]`, `base and size, multiples of 0x1000, that end at 2^${paBits} at most`, bank);
    }
    return { base: pa(Number(base)), size: Number(size) };
  });
  banks.sort((a, b) => a.base - b.base);
  if (
    banks.some((bank, index) => index > 0 && bank.base < (banks[index - 1]?.base ?? 0) + (banks[index - 1]?.size ?? 0))
  ) {
    throw fail('dram', 'banks that do not overlap');
  }
  if (banks.reduce((sum, { size }) => sum + size, 0) > MOST_DRAM) throw fail('dram', 'at most 256 GiB in all');
  return banks;
}

/** RmiFeatureRegister1.MAX_MECID (RMM 1.1) is 2^bits - 1. */
function mecidBitsOf(reader: Reader, versionSet: VersionSet): number {
  const most = reader.bits('feature_reg1', 0n);
  if (versionSet === '1.0' || most === 0n) return 0;
  const bits = most.toString(2).length;
  if (bits > 16 || most !== (1n << BigInt(bits)) - 1n)
    throw reader.fail('feature_reg1', 'a MAX_MECID of 2^n - 1, n ≤ 16');
  return bits;
}

const SPECS: readonly (readonly [RegExp, VersionSet])[] = [
  [/^RMM-1\.0\b/, '1.0'],
  [/^RMM-1\.1\b/, '1.1-v0.8.0'],
];

/**
 * What RMI_RTT_SET_RIPAS does over DESTROYED changed between releases of TF-RMM, whatever revision they were built for:
 * the release decides where the header names one, else the specification.
 */
function overDestroyed(oracle: string, versionSet: VersionSet): 'stop' | 'change' {
  const release = /tf-rmm-v([0-9]+)\.([0-9]+)/i.exec(oracle);
  if (release === null) return versionSet === '1.0' ? 'stop' : 'change';
  return Number(release[1]) > 0 || Number(release[2]) >= 8 ? 'change' : 'stop';
}

function platformOf(where: string, given: Members, versionSet: VersionSet, oracle: string): Platform {
  const reader = platformReader(where, given);
  const paBits = reader.oneOf('pa_bits', PA_BITS);
  const dram = dramOf(given, paBits, reader);
  const granules = dram.reduce((sum, { size }) => sum + size / 4096, 0);
  if (given['granules'] !== undefined && reader.count('granules', 0, Number.MAX_SAFE_INTEGER) !== granules) {
    throw reader.fail('granules', `${granules}, as many as the banks of platform.dram have`);
  }
  const featureRegister0 = reader.bits('feature_reg0');
  const offersLpa2 = (featureRegister0 & FEATURE_LPA2) !== 0n;
  const lpa2 = reader.flag('lpa2', offersLpa2);
  if (offersLpa2 && !lpa2) throw reader.fail('lpa2', 'true: feature_reg0 offers LPA2');
  const maxRecs = 2 ** Number((featureRegister0 >> 38n) & 0xfn) - 1;
  const { id } = given;
  return recordedPlatform({
    name: typeof id === 'string' ? `trace-${id.toLowerCase()}` : 'trace',
    summary: `Platform ${typeof id === 'string' ? id : ''} of a recorded RMM trace`,
    dram,
    paBits,
    lpa2,
    vmidBits: reader.oneOf('vmid_bits', [8, 16]),
    hpmn0: reader.flag('hpmn0', false),
    featureRegister0,
    recAuxCount: reader.count('rec_aux', LEAST_AUX, MOST_AUX, MOST_AUX),
    maxRecs: reader.count('max_recs', 1, 0x7fff_ffff, Math.max(1, maxRecs)),
    mecidBits: mecidBitsOf(reader, versionSet),
    versionSet,
    ripasOverDestroyed: overDestroyed(oracle, versionSet),
  });
}

/**
 * The header of a trace. Nothing but its members decides: the platform's `id` is only a name.
 * @throws Problem `trace-not-json`, `trace-header`, `trace-spec`, `trace-platform`, `platform-no-room`
 */
export function decodeHeader(text: string, where: string): TraceHeader {
  const header = parseJson(text, where);
  const { spec, format, oracle, name, platform } = header;
  if (typeof spec !== 'string' || !isObject(platform)) {
    throw badHeader(
      where,
      'is not the header of a trace: it has no "spec" or no "platform".',
      'Begin a trace with its header.',
    );
  }
  if (format !== undefined && format !== FORMAT) {
    throw badHeader(where, `is of format ${JSON.stringify(format)}.`, `Give a trace of format ${FORMAT}.`);
  }
  const versionSet = SPECS.find(([pattern]) => pattern.test(spec))?.[1];
  if (versionSet === undefined) throw unknownSpec(where, spec, 'RMM-1.0 or RMM-1.1');
  const recorder = typeof oracle === 'string' ? oracle : '';
  return {
    spec,
    oracle: recorder,
    name: typeof name === 'string' ? name : '',
    platform: platformOf(where, platform, versionSet, recorder),
  };
}
