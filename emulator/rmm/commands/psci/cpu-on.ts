import { hex } from '../../../format';
import { protectedLimit } from '../../realm/rd';
import { isProtectedIpa, psciExit, recOf, spaceOf } from '../../realm-entry/guest';
import { REC, recField, setRecField } from '../../rec/rec';
import { type CommandRow, VERSION_SETS } from '../row';
import { arg, fail, input, PSCI_RESULT, raw } from '../stages';
import { isSelf, targetCheck, targetIndex } from './target';

export const cpuOn: CommandRow = {
  name: 'PSCI_CPU_ON',
  interface: 'psci',
  fid: 0xc400_0003,
  fidAlt: 0x8400_0003,
  versions: VERSION_SETS,
  summary: 'Power on another REC.',
  ticks: 300,
  inputs: [
    input(1, 'target_cpu', 'Bits64', 'MPIDR_EL1 format'),
    input(2, 'entry_point_address', 'Address', 'must be Protected'),
    input(3, 'context_id', 'UInt64', 'value for X0 of the target'),
  ],
  outputs: [PSCI_RESULT],
  stages: [
    fail(
      'entry',
      '!AddrIsProtected(entry_point_address)',
      'PSCI_INVALID_ADDRESS',
      (context) => !isProtectedIpa(context, arg(context.frame, 2)),
      (context) => [
        ['entry_point_address', hex(raw(context.frame, 2))],
        ['Protected below', hex(protectedLimit(spaceOf(context).ipaWidth))],
      ],
    ),
    targetCheck('mpidr'),
    fail('self', 'target is the caller', 'PSCI_ALREADY_ON', isSelf, (context) => [
      ['target_cpu', hex(raw(context.frame, 1))],
      ['RecIndex(target_cpu)', targetIndex(context)],
      ['RecIndex of the caller', recField(context.machine, recOf(context), REC.index)],
    ]),
    psciExit(
      'Rec.psci_pending := PSCI_REQUEST_PENDING; exit RMI_EXIT_PSCI with the target MPIDR',
      (context) => setRecField(context.machine, recOf(context), REC.psciPending, 1),
      [1],
    ),
  ],
  notes: [
    'Completed by RMI_PSCI_COMPLETE, which also answers ALREADY_ON and DENIED.',
    'Entry point and context id are not shown to the Host.',
  ],
};
