/** The default platform: like Arm's Base RevC model, with RME and MEC. */
import { layOut } from './layout';

const features = {
  paBits: 48,
  lpa2: false,
  vmidBits: 16,
  hpmn0: false,
  numBps: 5,
  numWps: 3,
  pmuCounters: 6,
  listRegisters: 4,
  fp: true,
  general: true,
} as const;

export const fvp = () =>
  layOut({
    name: 'fvp',
    summary: 'FVP-Base-RevC-like: 4 GiB of DRAM in two banks, 16-bit MECIDs',
    bank2Size: 2 * 2 ** 30,
    features,
    ipaBits: 48,
    maxRecsOrder: 10,
    mecidBits: 16,
  });

/** The same with 64 GiB of DRAM. */
export const big = () =>
  layOut({
    name: 'big',
    summary: 'Like fvp, with 64 GiB of DRAM',
    bank2Size: 62 * 2 ** 30,
    features,
    ipaBits: 48,
    maxRecsOrder: 10,
    mecidBits: 16,
  });
