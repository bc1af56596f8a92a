/** Platforms the RMM cannot work on. */
import { Problem } from '../../attestation/problem';

export const rmmMemoryTooSmall = (has: number, needs: number): Problem =>
  new Problem({
    code: 'rmm-memory',
    what: `The RMM's memory has ${has} bytes and needs ${needs} to track every granule.`,
    where: 'platform.rmm.memory',
    fix: 'Make the region larger, or DRAM smaller.',
    blame: 'usage',
  });

export const tooFewAuxGranules = (has: number, needs: number): Problem =>
  new Problem({
    code: 'rmm-aux',
    what: `A REC has ${has} auxiliary granules; the RMM uses ${needs}.`,
    where: 'platform.rmm.recAuxCount',
    fix: `Use ${needs} to 16.`,
    blame: 'usage',
  });
