/** Every reason for which a Host image, or something loaded beside it, is refused. */
import { Problem } from '../../../attestation/problem';
import { formatAddress, formatSize } from '../../format';

const refuse = (code: string, where: string, what: string, fix: string): Problem =>
  new Problem({ code, where, what, fix, blame: 'usage' });

const CHOOSE = 'Choose Non-secure memory: DRAM from 0x8000_0000 or 0x8_8000_0000 on (docs/host.md has the map).';

export const hostImageEmpty = (name: string): Problem =>
  refuse('host-image-empty', name, 'the file is empty.', 'Give an A64 image: ELF or raw.');

export const loadNeedsAddress = (name: string): Problem =>
  refuse('host-load-address', name, 'a raw file does not say where it goes.', 'Write file@address.');

export const loadMisplaced = (name: string, base: number, size: number, place: string): Problem =>
  refuse(
    'host-load-misplaced',
    name,
    `its ${formatSize(size)} at ${formatAddress(base)} do not fit into Non-secure memory: ${place}.`,
    CHOOSE,
  );

export const loadsOverlap = (name: string, other: string, address: number): Problem =>
  refuse(
    'host-load-overlap',
    name,
    `it overlaps ${other} at ${formatAddress(address)}.`,
    'Load one of them at another address.',
  );

export const entryOutside = (address: number, misaligned: boolean): Problem =>
  new Problem({
    code: 'host-entry',
    what: misaligned
      ? `The entry ${formatAddress(address)} is not a multiple of 4.`
      : `The entry ${formatAddress(address)} is not in Non-secure memory.`,
    fix: 'Give the PA of the first instruction.',
    blame: 'usage',
  });

export const pokeOutside = (address: number, size: number): Problem =>
  new Problem({
    code: 'host-poke',
    what:
      address % size === 0
        ? `Nothing can be poked at ${formatAddress(address)}: it is not in Non-secure memory.`
        : `Nothing can be poked at ${formatAddress(address)}: it is not a multiple of ${size}.`,
    fix: `Give an aligned address. ${CHOOSE}`,
    blame: 'usage',
  });

export const tooManyPes = (count: number, most: number): Problem =>
  new Problem({
    code: 'platform-pes',
    what: `A machine cannot have ${count} PEs.`,
    fix: `Give a number from 1 to ${most}.`,
    blame: 'usage',
  });

export const resetLimitBad = (limit: number): Problem =>
  new Problem({
    code: 'host-reset-limit',
    what: `The reset limit ${limit} is not a count.`,
    fix: 'Give a whole number, 0 or more.',
    blame: 'usage',
  });

export const hostTwice = (): Problem =>
  new Problem({
    code: 'host-twice',
    what: 'A machine has either the built-in Host or a Host image, not both.',
    fix: 'Leave one of them out.',
    blame: 'usage',
  });
