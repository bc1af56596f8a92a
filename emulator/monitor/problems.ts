/** What can go wrong at EL3. */
import { Problem } from '../../attestation/problem';

/** EL3 took an exception it has no business with: a fault of the software below it, or a granule protection fault. */
export const exceptionAtEl3 = (esr: bigint, elr: bigint): Problem =>
  new Problem({
    code: 'monitor-exception',
    what: `EL3 took an exception it cannot handle: ESR_EL3 0x${esr.toString(16)} from 0x${elr.toString(16)}.`,
    where: 'Monitor',
    fix: 'Look at the instruction at ELR_EL3: it faulted in a way that SCR_EL3 routes to EL3.',
    blame: 'subject',
  });
