/** System registers in groups, from the register table, with decoded fields. */
import type { Pe } from '../../emulator/cpu/pe';
import { observeSysreg } from '../../emulator/cpu/sysreg/observe';
import { decodeSysreg, SYSREG_ROWS, type SysregName } from '../../emulator/cpu/sysreg/sysreg';
import type { Machine } from '../../emulator/machine/machine';
import type { Place } from '../evaluate/names';
import { showHex } from '../format';
import { group, leaf, type Node } from './node';
import { pstateNode } from './registers';

/** Group titles by what a register's name says; the first that fits. */
const GROUPS: readonly (readonly [string, RegExp])[] = [
  ['Exceptions', /^(ELR|SPSR|ESR|FAR|HPFAR|VBAR|ISR|AFSR|VDISR|VSESR|DISR|MFAR)_?/],
  ['Translation', /^(TTBR|TCR|MAIR|AMAIR|VTTBR|VTCR|VSTTBR|VSTCR|PAR|CONTEXTIDR|GPTBR|GPCCR|MECID|VMECID)/],
  ['Hypervisor', /^(HCR|HCRX|HSTR|HACR|MDCR|CNTHCTL|CNTVOFF|VPIDR|VMPIDR|HFG|CPTR_EL2)/],
  ['Monitor', /^(SCR|CPTR_EL3|MDCR_EL3)|_EL3$/],
  ['Timers', /^CNT/],
  ['Interrupts', /^ICC_|^ICH_|^ICV_/],
  ['Performance and debug', /^(PM|MDSCR|DBG|OS|OSLAR|MDRAR)/],
  ['Identification', /^(ID_|MIDR|MPIDR|REVIDR|CTR|CLIDR|CCSIDR|CSSELR|DCZID|AIDR|GMID)/],
  ['Control', /^/],
];

export function systemRegistersNode(place: Place): Node | undefined {
  const { machine } = place.target;
  const pe = machine.pes[place.pe];
  if (!pe) return undefined;
  const rows = SYSREG_ROWS.filter((row) => row.of === undefined && (row.advertised?.(machine.platform) ?? true));
  const groups = new Map<string, SysregName[]>();
  for (const row of rows) {
    const title = GROUPS.find(([, pattern]) => pattern.test(row.name))![0];
    groups.set(title, [...(groups.get(title) ?? []), row.name]);
  }
  return {
    name: 'System registers',
    value: '',
    children: () =>
      GROUPS.flatMap(([title]) => {
        const names = groups.get(title) ?? [];
        return names.length === 0
          ? []
          : [
              group(title, `${names.length} registers`, () =>
                [...names].sort().map((name) => registerNode(machine, pe, name)),
              ),
            ];
      }),
  };
}

function registerNode(machine: Machine, pe: Pe, name: SysregName): Node {
  const value = observeSysreg(machine, pe, name);
  const summary = SYSREG_ROWS.find((row) => row.name === name)?.summary;
  if (name.startsWith('SPSR_'))
    return { ...pstateNode(Number(BigInt.asUintN(32, value)), name), evaluateName: `$${name}` };
  const fields = decodeSysreg(name, value);
  const set = fields
    .filter((field) => field.value !== 0n)
    .map((field) => (field.value === 1n ? field.name : `${field.name}=${field.value}`));
  return {
    name,
    value: set.length > 0 ? `${showHex(value)} ${set.slice(0, 12).join(' ')}` : showHex(value),
    type: summary,
    evaluateName: `$${name}`,
    children:
      fields.length === 0
        ? undefined
        : () =>
            fields.map((field) =>
              leaf(field.name, showHex(field.value), {
                key: `${field.name}${field.bits}`,
                type: `[${field.bits}] ${field.meaning}`,
                hint: { attributes: ['readOnly'] },
              }),
            ),
  };
}
