/**
 * A device that copies memory: a bus master to try the granule protection check with. Its register layout is our own and
 * it lies where the model has nothing. Every granule it touches is checked as an access in the PAS it names; it may name a
 * PAS only that whoever starts it may use.
 */
import { GRANULE_SIZE, granuleOffset, type Pa, pa } from '../address';
import { emit } from '../machine/event-ring';
import type { Machine } from '../machine/machine';
import { checkGranule } from '../memory/gpc';
import { copyBytes, isRam } from '../memory/memory';
import { encryptionContext, Pas } from '../memory/pas';
import { type Device, drive, type Register, type Requester, registerDevice } from './model';

interface BusMaster {
  SRC: number;
  SRC_HIGH: number;
  DST: number;
  DST_HIGH: number;
  LENGTH: number;
  ATTRIBUTES: number;
  CONTROL: number;
  STATUS: number;
  COUNT: number;
  FAULT: number;
  FAULT_HIGH: number;
}

const GO = 1;
const INTERRUPT_ENABLE = 2;
const DONE = 1;
const FAULTED = 2;
const AT_WRITE = 4;
/** STATUS bits 7:4. */
const Cause = { gpf: 1, walk: 2, addressSize: 3, eabt: 4, noMemory: 5, refused: 6 } as const;
type Cause = (typeof Cause)[keyof typeof Cause];

const TWO_32 = 0x1_0000_0000;

/** PASs that an agent in the Security state of a PAS may access. */
const mayUse = (own: Pas, wanted: Pas): boolean => own === Pas.Root || wanted === own || wanted === Pas.NonSecure;

/** Why a granule cannot be accessed, or undefined. */
function refusal(machine: Machine, pas: Pas, address: Pa): Cause | undefined {
  const fault = checkGranule(machine, pas, address);
  if (fault !== undefined) return Cause[fault.kind];
  return isRam(machine.memory, address) ? undefined : Cause.noMemory;
}

interface Refusal {
  readonly cause: Cause;
  readonly address: number;
  readonly atWrite: boolean;
}

/** Copies up to the end or to the first granule that is refused. */
function copy(machine: Machine, { state }: Device<BusMaster>, own: Pas): Refusal | undefined {
  const source = state.SRC_HIGH * TWO_32 + state.SRC;
  const target = state.DST_HIGH * TWO_32 + state.DST;
  const sourcePas = (state.ATTRIBUTES & 3) as Pas;
  const targetPas = ((state.ATTRIBUTES >>> 4) & 3) as Pas;
  if (!mayUse(own, sourcePas)) return { cause: Cause.refused, address: source, atWrite: false };
  if (!mayUse(own, targetPas)) return { cause: Cause.refused, address: target, atWrite: true };
  while (state.COUNT < state.LENGTH) {
    const [at, to] = [pa(source + state.COUNT), pa(target + state.COUNT)];
    const unreadable = refusal(machine, sourcePas, at);
    if (unreadable !== undefined) return { cause: unreadable, address: at, atWrite: false };
    const unwritable = refusal(machine, targetPas, to);
    if (unwritable !== undefined) return { cause: unwritable, address: to, atWrite: true };
    const size = Math.min(
      state.LENGTH - state.COUNT,
      GRANULE_SIZE - granuleOffset(at),
      GRANULE_SIZE - granuleOffset(to),
    );
    copyBytes(machine.memory, encryptionContext(targetPas), to, encryptionContext(sourcePas), at, size);
    state.COUNT += size;
  }
  return undefined;
}

/** One transfer from start to end, and the event that tells of it. */
function transfer(machine: Machine, device: Device<BusMaster>, { pe, pas }: Requester): void {
  const { state } = device;
  state.COUNT = 0;
  const refused = copy(machine, device, pas);
  state.STATUS = DONE;
  if (refused !== undefined) {
    state.STATUS |= FAULTED | (refused.atWrite ? AT_WRITE : 0) | (refused.cause << 4);
    state.FAULT = refused.address % TWO_32;
    state.FAULT_HIGH = Math.floor(refused.address / TWO_32);
  }
  const source = state.SRC_HIGH * TWO_32 + state.SRC;
  const target = state.DST_HIGH * TWO_32 + state.DST;
  const { LENGTH, ATTRIBUTES, COUNT, STATUS } = state;
  emit(machine, 'dma', pe, source, target, LENGTH, ATTRIBUTES, COUNT, STATUS, refused?.address ?? 0);
}

function update(machine: Machine, device: Device<BusMaster>): void {
  const { CONTROL, STATUS } = device.state;
  drive(machine, device, (CONTROL & INTERRUPT_ENABLE) !== 0 && (STATUS & DONE) !== 0);
}

type Kept = Exclude<keyof BusMaster, 'CONTROL' | 'STATUS'>;
const kept = (name: Kept, offset: number, summary: string, writable = 0xffff_ffff): Register<BusMaster> => ({
  name,
  offset,
  access: 'RW',
  reset: 0,
  summary,
  writable,
});
const shown = (name: Kept, offset: number, summary: string): Register<BusMaster> => ({
  name,
  offset,
  access: 'RO',
  reset: 0,
  summary,
});

export const busMaster = registerDevice<BusMaster>({
  kind: 'bus-master',
  title: 'Bus master',
  summary:
    'Ours, not of the FVP: copies memory as soon as it is started, each granule checked by the GPC in the PAS it names. What starts it must be able to use that PAS itself: Non-secure code only Non-secure. Realm memory is accessed under MECID 0.',
  widest: 8,
  update,
  registers: [
    { name: 'ID', offset: 0x00, access: 'RO', reset: 0x4d41_5354, summary: 'identification' },
    kept('SRC', 0x08, 'PA to read from'),
    kept('SRC_HIGH', 0x0c, 'bits 51:32 of SRC', 0xf_ffff),
    kept('DST', 0x10, 'PA to write to'),
    kept('DST_HIGH', 0x14, 'bits 51:32 of DST', 0xf_ffff),
    kept('LENGTH', 0x18, 'bytes', 0xff_ffff),
    kept(
      'ATTRIBUTES',
      0x1c,
      'bits 1:0 PAS of reads, bits 5:4 PAS of writes: 0 Secure, 1 Non-secure, 2 Root, 3 Realm',
      0x33,
    ),
    {
      name: 'CONTROL',
      offset: 0x20,
      access: 'RW',
      reset: 0,
      summary: 'bit 0 starts, reads 0; bit 1 enables the interrupt',
      read: (_machine, { state }) => state.CONTROL,
      write: (machine, device, value, from) => {
        const { state } = device;
        state.CONTROL = value & INTERRUPT_ENABLE;
        if ((value & GO) !== 0) transfer(machine, device, from);
      },
    },
    {
      name: 'STATUS',
      offset: 0x24,
      access: 'RW',
      reset: 0,
      summary:
        'bit 0 done, bit 1 faulted, bit 2 at a write, bits 7:4 cause: 1 granule protection fault, 2 to 4 the table cannot be walked, 5 no memory, 6 PAS refused; any write clears it',
      read: (_machine, { state }) => state.STATUS,
      write: (_machine, { state }) => {
        state.STATUS = 0;
      },
    },
    shown('COUNT', 0x28, 'bytes copied'),
    shown('FAULT', 0x30, 'PA that was refused'),
    shown('FAULT_HIGH', 0x34, 'bits 51:32 of FAULT'),
  ],
});
