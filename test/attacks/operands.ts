/**
 * Every operand of every RMI command, made hostile: off its boundary, outside memory, outside the Realm, all ones. Made
 * from the rows: the condition that must refuse it is the one whose text names the operand.
 */
import type { HostAction, Value, Values } from '../../emulator/host/actions/actions';
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import type { CatalogueCommand } from '../../emulator/rmm/commands/catalogue-types';
import type { Attack, AttackGroup } from './attack';
import { UNPROTECTED } from './fixtures';

/** Operands that would do, from the fixture `bank and new`. */
const GOOD: Readonly<Record<string, Values>> = {
  RMI_GRANULE_DELEGATE: { addr: 'normal' },
  RMI_GRANULE_UNDELEGATE: { addr: 'spare' },
  RMI_DATA_CREATE: { rd: 'new.rd', data: 'spare', ipa: '0x0', src: 'new.source', flags: 0 },
  RMI_DATA_CREATE_UNKNOWN: { rd: 'bank.rd', data: 'spare', ipa: '0x2000' },
  RMI_DATA_DESTROY: { rd: 'bank.rd', ipa: '0x1000' },
  RMI_REALM_ACTIVATE: { rd: 'new.rd' },
  RMI_REALM_CREATE: { rd: 'spare', params_ptr: 'realmParams' },
  RMI_REALM_DESTROY: { rd: 'new.rd' },
  RMI_REC_AUX_COUNT: { rd: 'bank.rd' },
  RMI_REC_CREATE: { rd: 'new.rd', rec: 'rec', params_ptr: 'recParams' },
  RMI_REC_DESTROY: { rec: 'bank.rec0' },
  RMI_REC_ENTER: { rec: 'bank.rec0', run_ptr: 'bank.run0' },
  RMI_RTT_CREATE: { rd: 'bank.rd', rtt: 'spare', ipa: '0x20_0000', level: 3 },
  RMI_RTT_DESTROY: { rd: 'bank.rd', ipa: '0x20_0000', level: 3 },
  RMI_RTT_FOLD: { rd: 'bank.rd', ipa: '0x20_0000', level: 3 },
  RMI_RTT_INIT_RIPAS: { rd: 'new.rd', base: '0x5000', top: '0x6000' },
  RMI_RTT_MAP_UNPROTECTED: { rd: 'bank.rd', ipa: `${UNPROTECTED} + 0x1000`, level: 3, desc: 'normal + 0xd8' },
  RMI_RTT_READ_ENTRY: { rd: 'bank.rd', ipa: '0x1000', level: 3 },
  RMI_RTT_SET_RIPAS: { rd: 'bank.rd', rec: 'bank.rec0', base: '0x0', top: '0x1000' },
  RMI_RTT_UNMAP_UNPROTECTED: { rd: 'bank.rd', ipa: UNPROTECTED, level: 3 },
  RMI_PSCI_COMPLETE: { calling_rec: 'bank.rec0', target_rec: 'bank.rec1', status: 0 },
};

/** Granules of every state, for operands that want another. */
const GRANULES = {
  'bank.rd': 'RD',
  'bank.level3': 'RTT',
  'bank.data': 'DATA',
  'bank.rec0': 'REC',
  'bank.aux0': 'REC_AUX',
  spare2: 'DELEGATED',
  normal: 'UNDELEGATED',
} as const;

const OUTSIDE: readonly Value[] = ['0x0', 'rmm', 'root', '0x1c09_0000', '0x10_0000_0000', '0xf_ffff_ffff_f000'];
const ABSURD: readonly Value[] = ['0xffff_ffff_ffff_ffff', '0x8000_0000_0000_0000'];

type Bad = readonly [value: Value, expected: { readonly because?: string; readonly fails?: string }];

/** The condition whose text matches, with the operand's name in it. */
const conditionOf = (command: CatalogueCommand, form: RegExp): string | undefined =>
  command.failures.find(({ text }) => form.test(text))?.id;

function badValues(command: CatalogueCommand, operand: string, good: Value): Bad[] {
  const name = operand.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const align = conditionOf(command, new RegExp(`^!AddrIsGranuleAligned\\(${name}\\)`));
  const bound = conditionOf(command, new RegExp(`^(!PaIsDelegable\\(${name}\\)|${name} is not a tracked)`));
  const state = command.failures.find(({ text }) => new RegExp(`^Granule\\(${name}\\)\\.state != `).test(text));
  const wanted = state?.text.split('!= ')[1];
  const pas = conditionOf(command, new RegExp(`^PAS of ${name} is not NS`));
  const level = operand === 'level' ? 'level_bound' : undefined;
  return [
    ...(align === undefined ? [] : [1, 8, 0x800, 0xfff].map((by): Bad => [`${good} + ${by}`, { because: align }])),
    ...(bound === undefined ? [] : OUTSIDE.map((value): Bad => [value, { because: bound }])),
    ...(state === undefined
      ? []
      : Object.entries(GRANULES).flatMap(([granule, is]): Bad[] =>
          is === wanted ? [] : [[granule, { because: state.id }]],
        )),
    ...(pas === undefined
      ? []
      : Object.entries(GRANULES).flatMap(([granule, is]): Bad[] =>
          is === 'UNDELEGATED' ? [] : [[granule, { because: pas }]],
        )),
    ...(level === undefined
      ? []
      : [-2, 4, 5, 0x100, 0x103, '0x1_0000_0003', ...ABSURD].map((value): Bad => [value, { because: level }])),
    ...(command.inputs.some(({ name: each }) => each === operand) && operand !== 'status'
      ? ABSURD.map((value): Bad => [value, { fails: 'RMI_ERROR_INPUT' }])
      : []),
  ];
}

const attacks: readonly Attack[] = CATALOGUE.flatMap((command): Attack[] => {
  const good = GOOD[command.name];
  if (good === undefined) return [];
  return command.inputs.map(
    ({ name }): Attack => ({
      name: `${command.name}: hostile values of ${name}`,
      defence: `each is refused by the condition for ${name}, and nothing has changed (RMM 1.0, ${command.name})`,
      from: 'bank and new',
      unchanged: true,
      actions: badValues(command, name, good[name] ?? 0).map(
        ([value, expected]): HostAction => ({ call: command.name, with: { ...good, [name]: value }, ...expected }),
      ),
    }),
  );
}).filter(({ actions }) => actions.length > 0);

export const OPERANDS: AttackGroup = { title: 'Hostile Host: operands', attacks };
