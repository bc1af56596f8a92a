/** General registers of a frame: X0 to X30, SP, PC and PSTATE with its fields. */
import { currentEl, readPc, readPstate, readSp, readX } from '../../emulator/cpu/pe';
import { formatReference } from '../address-space/address-space';
import { type Place, programOfPlace } from '../evaluate/names';
import { plainHex, showHex } from '../format';
import { symbolName } from '../stack/frames';
import { leaf, type Node } from './node';

export interface GeneralRegisters {
  readonly pc: bigint;
  /** X0 to X30, SP at 31. Undefined: not known in this frame. */
  readonly x: readonly (bigint | undefined)[];
  /** In SPSR form. */
  readonly pstate: number;
}

/** Of a guest's frame what unwinding knows; elsewhere what the PE has. */
export function generalRegisters(place: Place): GeneralRegisters | undefined {
  const pe = place.target.machine.pes[place.pe];
  if (!pe) return undefined;
  const frame = place.entry?.guest;
  if (frame) return { ...frame.unwound.registers, pstate: frame.guest.pstate };
  const pstate = readPstate(pe);
  const sp = readSp(pe, pstate % 2 === 1 ? currentEl(pe) : 0);
  return { pc: readPc(pe), x: [...Array.from({ length: 31 }, (_, n) => readX(pe, n)), sp], pstate };
}

export function registersNode(place: Place): Node | undefined {
  const program = programOfPlace(place);
  const frame = place.entry?.guest;
  const values = generalRegisters(place);
  if (!values) return undefined;
  const register = (name: string, value: bigint | undefined): Node => {
    if (value === undefined) return leaf(name, '<not known in this frame>', { hint: { attributes: ['readOnly'] } });
    const symbol = frame && value !== 0n ? codeSymbol(program, value) : undefined;
    return leaf(name, symbol ? `${showHex(value)} <${symbol}>` : showHex(value), {
      type: 'u64',
      evaluateName: `$${name.toLowerCase()}`,
      memoryReference: frame ? formatReference({ space: { kind: 'focus' }, address: value }) : undefined,
    });
  };
  const codeSymbol = (owner: typeof program, value: bigint): string | undefined => symbolName(owner, value);
  return {
    name: 'Registers',
    value: '',
    children: () => [
      ...Array.from({ length: 31 }, (_, n) => register(`X${n}`, values.x[n])),
      register('SP', values.x[31]),
      register('PC', values.pc),
      pstateNode(values.pstate),
    ],
  };
}

const MODES: Readonly<Record<number, string>> = {
  0: 'EL0t',
  4: 'EL1t',
  5: 'EL1h',
  8: 'EL2t',
  9: 'EL2h',
  12: 'EL3t',
  13: 'EL3h',
};

/** Fields of PSTATE in SPSR form: name, lowest bit, width, meaning. */
const PSTATE_FIELDS = [
  ['N', 31, 1, 'negative'],
  ['Z', 30, 1, 'zero'],
  ['C', 29, 1, 'carry'],
  ['V', 28, 1, 'overflow'],
  ['DIT', 24, 1, 'data independent timing'],
  ['UAO', 23, 1, 'user access override'],
  ['PAN', 22, 1, 'privileged access never'],
  ['SS', 21, 1, 'software step'],
  ['IL', 20, 1, 'illegal execution state'],
  ['SSBS', 12, 1, 'speculative store bypass safe'],
  ['BTYPE', 10, 2, 'branch type'],
  ['D', 9, 1, 'debug exceptions masked'],
  ['A', 8, 1, 'SError masked'],
  ['I', 7, 1, 'IRQ masked'],
  ['F', 6, 1, 'FIQ masked'],
  ['M', 0, 5, 'mode'],
] as const;

export function pstateNode(pstate: number, name = 'PSTATE'): Node {
  const field = (low: number, width: number): number => Math.floor(pstate / 2 ** low) % 2 ** width;
  const flags = ['N', 'Z', 'C', 'V'].map((flag, i) => (field(31 - i, 1) ? flag : flag.toLowerCase())).join('');
  const masks = ['D', 'A', 'I', 'F'].filter((_, i) => field(9 - i, 1)).join('');
  const mode = MODES[field(0, 5)] ?? `mode ${plainHex(field(0, 5))}`;
  return {
    name,
    value: `${showHex(pstate)} ${mode} ${flags}${masks ? ` masked ${masks}` : ''}`,
    type: 'PSTATE',
    evaluateName: name === 'PSTATE' ? '$pstate' : undefined,
    children: () =>
      PSTATE_FIELDS.map(([key, low, width, meaning]) =>
        leaf(key, key === 'M' ? `${plainHex(field(low, width))} ${mode}` : String(field(low, width)), {
          type: meaning,
          hint: { attributes: ['readOnly'] },
        }),
      ),
  };
}
