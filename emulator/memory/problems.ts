/** Named errors of the memory. */
import { Problem } from '../../attestation/problem';
import { formatAddress } from '../format';

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
