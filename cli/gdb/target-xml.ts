/** The target description: what gdb is told of the registers (`qXfer:features:read:target.xml`). */
import { GDB_REGISTERS, type GdbRegister } from './registers';

/** PSTATE in SPSR form, so that gdb names its bits. */
const CPSR_FLAGS = [
  ['SP', 0, 0],
  ['EL', 2, 3],
  ['nRW', 4, 4],
  ['F', 6, 6],
  ['I', 7, 7],
  ['A', 8, 8],
  ['D', 9, 9],
  ['BTYPE', 10, 11],
  ['SSBS', 12, 12],
  ['IL', 20, 20],
  ['SS', 21, 21],
  ['PAN', 22, 22],
  ['UAO', 23, 23],
  ['DIT', 24, 24],
  ['V', 28, 28],
  ['C', 29, 29],
  ['Z', 30, 30],
  ['N', 31, 31],
] as const;

/** Lanes of a vector register: name, type, how many. */
const VECTORS = [
  ['v2d', 'ieee_double', 2],
  ['v2u', 'uint64', 2],
  ['v2i', 'int64', 2],
  ['v4f', 'ieee_single', 4],
  ['v4u', 'uint32', 4],
  ['v4i', 'int32', 4],
  ['v8f', 'ieee_half', 8],
  ['v8u', 'uint16', 8],
  ['v8i', 'int16', 8],
  ['v16u', 'uint8', 16],
  ['v16i', 'int8', 16],
  ['v1u', 'uint128', 1],
  ['v1i', 'int128', 1],
] as const;

/** Views of a vector register by lane size: letter, and the vectors of that lane. */
const VIEWS = [
  ['d', ['v2d', 'v2u', 'v2i']],
  ['s', ['v4f', 'v4u', 'v4i']],
  ['h', ['v8f', 'v8u', 'v8i']],
  ['b', ['v16u', 'v16i']],
  ['q', ['v1u', 'v1i']],
] as const;

const flagsType = (): string =>
  [
    '<flags id="cpsr_flags" size="4">',
    ...CPSR_FLAGS.map(([name, start, end]) => `<field name="${name}" start="${start}" end="${end}"/>`),
    '</flags>',
  ].join('');

function vectorTypes(): string {
  const vectors = VECTORS.map(([id, type, count]) => `<vector id="${id}" type="${type}" count="${count}"/>`);
  const views = VIEWS.map(
    ([letter, lanes]) =>
      `<union id="vn${letter}">${lanes
        .map((lane) => `<field name="${lane.replace(/^v[0-9]+/, '')}" type="${lane}"/>`)
        .join('')}</union>`,
  );
  const all = VIEWS.map(([letter]) => `<field name="${letter}" type="vn${letter}"/>`).join('');
  return [...vectors, ...views, `<union id="aarch64v">${all}</union>`].join('');
}

const TYPES: Readonly<Record<string, () => string>> = {
  'org.gnu.gdb.aarch64.core': flagsType,
  'org.gnu.gdb.aarch64.fpu': vectorTypes,
};

const registerElement = ({ name, bits, type, group }: GdbRegister, number: number): string =>
  `<reg name="${name}" bitsize="${bits}" type="${type}" regnum="${number}"${group === undefined ? '' : ` group="${group}"`}/>`;

/** One document: features in the order of the registers. */
export function targetXml(): string {
  const features = [...new Set(GDB_REGISTERS.map(({ feature }) => feature))];
  const bodies = features.map((feature) => {
    const registers = GDB_REGISTERS.map((register, number) =>
      register.feature === feature ? registerElement(register, number) : '',
    );
    return `<feature name="${feature}">${TYPES[feature]?.() ?? ''}${registers.join('')}</feature>`;
  });
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    `<target version="1.0"><architecture>aarch64</architecture>${bodies.join('')}</target>`,
  ].join('\n');
}
