/** Errors of the built-in VMM's configuration, by name. */
import { Problem } from '../../attestation/problem';
import { formatAddress, formatSize } from './format';

const inRealm = (name: string): string => `Realm "${name}"`;

export const hostNoRealm = (): Problem =>
  new Problem({
    code: 'host-no-realm',
    what: 'the built-in Host has no Realm to run.',
    fix: 'Give at least one guest image.',
    blame: 'usage',
  });

export const hostIpaWidth = (name: string, width: number, widest = 48): Problem =>
  new Problem({
    code: 'host-ipa-width',
    what: `the IPA width is ${width} bits.`,
    where: inRealm(name),
    fix: `Choose a whole number from 32 to ${widest}.`,
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

export const hostRecCount = (name: string, count: number): Problem =>
  new Problem({
    code: 'host-rec-count',
    what: `the number of RECs is ${count}.`,
    where: inRealm(name),
    fix: 'Choose a whole number from 1 to 16.',
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
