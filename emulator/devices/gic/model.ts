/** The GIC's frames as devices. Their state is `Devices.gic`; a write brings what is signalled to every PE up to date. */
import type { DeviceKind } from '../../machine/platform';
import type { DeviceModel, Register } from '../model';
import { refreshAllSignals } from './delivery';
import { readDistributor, writeDistributor } from './distributor';
import { REDISTRIBUTOR_SIZE, readRedistributor, writeRedistributor } from './redistributor';

type Frame = Pick<DeviceModel<object>, 'title' | 'summary' | 'registers' | 'read' | 'write'>;
const gicFrame = (kind: DeviceKind, parts: Frame): DeviceModel<object> => ({
  kind,
  widest: 8,
  timed: false,
  keeps: false,
  create: () => ({}),
  update: undefined,
  ...parts,
});

const register = (
  name: string,
  offset: number,
  access: Register<object>['access'],
  summary: string,
  reset = 0,
): Register<object> => ({ name, offset, access, summary, reset });

/** Registers with a bit, two bits or a byte for each interrupt, from the first word on. */
const banked = (suffix: string, from: number): Register<object>[] => [
  register(`ISENABLER${suffix}`, from + 0x100, 'RW', 'ones enable'),
  register(`ICENABLER${suffix}`, from + 0x180, 'RW', 'ones disable'),
  register(`ISPENDR${suffix}`, from + 0x200, 'RW', 'ones make pending'),
  register(`ICPENDR${suffix}`, from + 0x280, 'RW', 'ones clear pending'),
  register(`ISACTIVER${suffix}`, from + 0x300, 'RW', 'ones make active'),
  register(`ICACTIVER${suffix}`, from + 0x380, 'RW', 'ones make inactive'),
  register(`IPRIORITYR${suffix}`, from + 0x400, 'RW', 'priorities, a byte each; four bits as Non-secure sees them'),
  register(`ICFGR${suffix}`, from + 0xc00, 'RW', 'two bits each: the upper one is edge-triggered'),
];

export const distributor = gicFrame('gicd', {
  title: 'GICv3 distributor',
  summary:
    'As Non-secure accesses see it: 256 INTIDs, two Security states, affinity routing. Secure interrupts read as zero. Registers of an array are listed by their first.',
  registers: [
    register('GICD_CTLR', 0x0000, 'RW', 'bit 0 EnableGrp1, bit 1 EnableGrp1A, bit 4 ARE_NS, bit 31 RWP: 0', 0x10),
    register('GICD_TYPER', 0x0004, 'RO', 'ITLinesNumber 7, SecurityExtn, 16 INTID bits, A3V, No1N', 0x0378_0407),
    register('GICD_IIDR', 0x0008, 'RO', 'implementer Arm', 0x43b),
    ...banked('<n>', 0),
    register('GICD_IROUTER<n>', 0x6000, 'RW', '64 bits an interrupt from 32 on: affinity of its PE'),
    register('GICD_PIDR2', 0xffe8, 'RO', 'GICv3', 0x3b),
  ],
  read: ({ devices }, _device, offset) => readDistributor(devices.gic, offset) >>> 0,
  write(machine, _device, offset, value, mask) {
    writeDistributor(machine.devices.gic, offset, value, mask);
    refreshAllSignals(machine);
  },
});

export const redistributors = gicFrame('gicr', {
  title: 'GICv3 redistributors',
  summary: 'A frame of control registers and a frame of SGIs and PPIs for each PE. There are no LPIs.',
  registers: [
    register('GICR_CTLR', 0x0000, 'RO', 'no LPIs'),
    register('GICR_IIDR', 0x0004, 'RO', 'implementer Arm', 0x43b),
    register('GICR_TYPER', 0x0008, 'RO', '64 bits: affinity, number of the PE, bit 4 Last'),
    register('GICR_WAKER', 0x0014, 'RW', 'bit 1 ProcessorSleep, bit 2 ChildrenAsleep'),
    register('GICR_PIDR2', 0xffe8, 'RO', 'GICv3', 0x3b),
    ...banked('0', 0x1_0000),
  ],
  read({ devices: { gic } }, _device, offset) {
    const pe = Math.floor(offset / REDISTRIBUTOR_SIZE);
    return pe < gic.privates.length ? readRedistributor(gic, pe, offset % REDISTRIBUTOR_SIZE) >>> 0 : 0;
  },
  write(machine, _device, offset, value, mask) {
    const { gic } = machine.devices;
    const pe = Math.floor(offset / REDISTRIBUTOR_SIZE);
    if (pe >= gic.privates.length) return;
    writeRedistributor(gic, pe, offset % REDISTRIBUTOR_SIZE, value, mask);
    refreshAllSignals(machine);
  },
});
