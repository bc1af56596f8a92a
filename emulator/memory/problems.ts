/** Named errors of the memory. */
import { Problem } from '../../attestation/problem';

/** 0x9004_4000: groups of four digits, as the documentation writes addresses. */
export function formatAddress(address: number | bigint): string {
  const digits = address.toString(16).toUpperCase().padStart(8, '0');
  return `0x${digits
    .padStart(Math.ceil(digits.length / 4) * 4, ' ')
    .match(/.{4}/g)
    ?.join('_')
    .trim()}`;
}

export const memoryLimitReached = (limit: number, pa: number): Problem =>
  new Problem({
    code: 'memory-limit',
    what: `The machine has touched ${limit / 2 ** 20} MiB of memory and needs another page.`,
    where: formatAddress(pa),
    fix: 'Raise "memoryLimit" in the platform, or find out why the guest writes that much.',
    blame: 'subject',
  });

export const notMemory = (pa: number): Problem =>
  new Problem({
    code: 'not-memory',
    what: `There is no memory at ${formatAddress(pa)}.`,
    fix: 'Use an address inside a RAM region of the platform.',
    blame: 'usage',
  });

export const outsideGpt = (pa: number): Problem =>
  new Problem({
    code: 'gpt-no-entry',
    what: `The granule at ${formatAddress(pa)} has no level 1 GPT entry, so its PAS cannot change.`,
    fix: 'Change the PAS of granules in DRAM only.',
    blame: 'defect',
  });
