/** Platforms that cannot be laid out. */
import { Problem } from '../../../attestation/problem';

export const noRoomForFirmware = (size: number, paBits: number): Problem =>
  new Problem({
    code: 'platform-no-room',
    what: `No ${Math.ceil(size / 2 ** 20)} MiB are free for firmware beside DRAM below 2^${paBits}.`,
    where: 'platform.dram',
    fix: 'Make DRAM smaller, or the PA width larger.',
    blame: 'usage',
  });
