/** Expectation on what RMI_REC_ENTER has told the Host: these fields, and nothing else of the Realm. */
import { pa } from '../../address';
import type { Machine } from '../../machine/machine';
import { peekBytes } from '../../memory/memory';
import { HOST_CONTEXT } from '../../rmm/memory';
import { ENUMERATIONS } from '../../rmm/structures/enumerations';
import { RMI_REC_EXIT, RMI_REC_RUN, type StructureField } from '../../rmm/structures/structures';
import { leakIn } from './content';
import { differs, differsText, type Finding } from './results';
import type { ActionProgress } from './state';
import { placeOf, readPlace } from './structures';
import type { ExitAction } from './types';
import { resolveValue } from './values';

/** Interrupt and timer state: always valid, so never zero by rule. */
const ALWAYS: ReadonlySet<string> = new Set([
  'exit_reason',
  'gicv3_hcr',
  'gicv3_lrs',
  'gicv3_misr',
  'gicv3_vmcr',
  'cntp_ctl',
  'cntp_cval',
  'cntv_ctl',
  'cntv_cval',
  'pmu_ovf_status',
]);

/** Members in which something of the Realm could stand. */
const TELLING: readonly string[] = Object.values(RMI_REC_EXIT.fields as Readonly<Record<string, StructureField>>)
  .filter(({ name }) => !ALWAYS.has(name))
  .flatMap(({ name, count }) =>
    count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}[${index}]`),
  );

export function checkExit(machine: Machine, progress: ActionProgress, action: ExitAction, path: string): Finding {
  const run = Number(resolveValue(progress, action.exit, path)) + RMI_REC_RUN.fields.exit.offset;
  const bytes = peekBytes(machine.memory, HOST_CONTEXT, pa(run), RMI_REC_EXIT.size);
  const read = (field: string): bigint => readPlace(bytes, placeOf('RmiRecExit', field, path));
  const reason = Number(read('exit_reason'));
  const name = Object.entries(ENUMERATIONS.RmiRecExitReason).find(([, value]) => value === reason)?.[0];
  const fields = action.fields ?? {};
  const leak = leakIn(progress, bytes);
  return (
    differsText('reason', action.is, name ?? String(reason)) ??
    (leak === undefined ? undefined : { expected: `nothing of the secret ${leak}`, actual: 'bytes of it' }) ??
    Object.entries(fields)
      .map(([field, value]) => differs(`exit.${field}`, resolveValue(progress, value, path), read(field)))
      .find((found) => found !== undefined) ??
    TELLING.filter((field) => !(field in fields))
      .map((field) => differs(`exit.${field}`, 0n, read(field)))
      .find((found) => found !== undefined)
  );
}
