/** Errors of the built-in VMM's configuration, by name. */
import { Problem } from '../../attestation/problem';
import { formatAddress, formatSize } from '../format';

const inRealm = (name: string): string => `Realm "${name}"`;

export const hostNoRealm = (): Problem =>
  new Problem({
    code: 'host-no-realm',
    what: 'the built-in Host has no Realm to run.',
    fix: 'Give at least one guest image.',
    blame: 'usage',
  });

export const hostIpaWidth = (name: string, width: number, widest: number): Problem =>
  new Problem({
    code: 'host-ipa-width',
    what: `the IPA width is ${width} bits.`,
    where: inRealm(name),
    fix: `Choose a whole number from 32 to ${widest}.`,
    blame: 'usage',
  });

export const hostLpa2 = (name: string, why: string): Problem =>
  new Problem({
    code: 'host-lpa2',
    what: `LPA2 does not fit: ${why}.`,
    where: inRealm(name),
    fix: LPA2_FIX,
    blame: 'usage',
  });
const LPA2_FIX = 'Leave out lpa2 (the Host asks for it where the IPA width needs it), or choose the platform trace-c.';

export const hostMecid = (name: string, mecid: number): Problem =>
  new Problem({
    code: 'host-mecid',
    what: `MECID ${mecid} is asked for, but in RMM 1.0 the Host has no say in MECIDs.`,
    where: inRealm(name),
    fix: 'Leave out mecid, or choose version 1.1-v0.8.0 of the RMM.',
    blame: 'usage',
  });

/** `possible`: the starting levels this width has. */
export const hostLevelStart = (name: string, level: number, width: number, possible: readonly number[]): Problem =>
  new Problem({
    code: 'host-level-start',
    what: `RTTs of ${width} bits cannot start at level ${level}.`,
    where: inRealm(name),
    fix: `Leave out levelStart, or choose ${possible.join(' or ')}.`,
    blame: 'usage',
  });

/** `what`: "breakpoints", with the least and the most there can be; 0 for the most when there are none. */
export const hostCounters = (name: string, what: string, count: number, least: number, most: number): Problem =>
  new Problem({
    code: 'host-counters',
    what: `the number of ${what} is ${count}.`,
    where: inRealm(name),
    fix: most < least ? `Leave it out: the platform has none.` : `Choose a whole number from ${least} to ${most}.`,
    blame: 'usage',
  });

export const hostSharedMemory = (name: string, size: number, level: number, unit: number): Problem =>
  new Problem({
    code: 'host-shared-memory',
    what: `${formatSize(size)} of shared memory cannot be mapped at level ${level}.`,
    where: inRealm(name),
    fix: `Choose a multiple of ${formatSize(unit)} up to 1 GiB, and level 1, 2 or 3.`,
    blame: 'usage',
  });

export const hostBehaviour = (name: string, word: string, known: readonly string[]): Problem =>
  new Problem({
    code: 'host-behaviour',
    what: `the Host has no behaviour "${word}".`,
    where: inRealm(name),
    fix: `Choose from ${known.join(', ')}.`,
    blame: 'usage',
  });

export const hostMemorySize = (name: string, size: number): Problem =>
  new Problem({
    code: 'host-memory-size',
    what: `the memory size is ${size} bytes.`,
    where: inRealm(name),
    fix: 'Choose a whole number of bytes above zero.',
    blame: 'usage',
  });

export const hostMemoryTooLarge = (name: string, size: number, limit: number): Problem =>
  new Problem({
    code: 'host-memory-too-large',
    what: `the RAM would span ${formatSize(size)}, more than the limit of ${formatSize(limit)}.`,
    where: inRealm(name),
    fix: 'Ask for less memory, or link the segments of the image closer together.',
    blame: 'usage',
  });

/** `end` is where the memory at `from` ends. */
export const hostNoMemory = (platform: string, from: number, to: number, end: number): Problem =>
  new Problem({
    code: 'host-no-memory',
    what:
      `the built-in Host needs memory from ${formatAddress(from)} to ${formatAddress(to)}, and the platform ` +
      `"${platform}" has it up to ${formatAddress(end)} only.`,
    fix: 'Make the image (its .bss, too) smaller, or choose the platform fvp or big.',
    blame: 'usage',
  });

export const hostImageOutside = (name: string, address: number, limit: number): Problem =>
  new Problem({
    code: 'host-image-outside',
    what: `the image or its RAM reaches ${formatAddress(address)}, but Protected IPAs end at ${formatAddress(limit)}.`,
    where: inRealm(name),
    fix: 'Link the guest lower, make its memory smaller, or make the IPA width larger (half of it is Protected).',
    blame: 'usage',
  });

export const hostRpvTooLong = (name: string, length: number): Problem =>
  new Problem({
    code: 'host-rpv',
    what: `the Realm personalization value has ${length} bytes.`,
    where: inRealm(name),
    fix: 'Give at most 64 bytes.',
    blame: 'usage',
  });

export const hostRecCount = (name: string, count: number, most: number): Problem =>
  new Problem({
    code: 'host-rec-count',
    what: `the number of RECs is ${count}.`,
    where: inRealm(name),
    fix: `Choose a whole number from 1 to ${most}.`,
    blame: 'usage',
  });

export const hostHash = (name: string, algorithm: string): Problem =>
  new Problem({
    code: 'host-hash-algorithm',
    what: `the hash algorithm is ${algorithm}.`,
    where: inRealm(name),
    fix: 'Choose sha-256 or sha-512: RMM 1.0 has no other.',
    blame: 'usage',
  });

export const hostChallenge = (length: number): Problem =>
  new Problem({
    code: 'host-challenge',
    what: `the challenge has ${length} bytes.`,
    fix: 'Give 1 to 64 bytes; fewer than 64 are zero-padded.',
    blame: 'usage',
  });
