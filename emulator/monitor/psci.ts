/**
 * PSCI 1.1 for the Non-secure world (Arm DEN0022). Power states are in the original format: bits 15:0 are zero, bit 16
 * says power-down, bits 25:24 the level. Levels: 0 a PE, 1 a cluster, 2 the system.
 */
import { type Pe, readX, writeX } from '../cpu/pe';
import { isEntryPoint } from '../machine/boot/plan';
import type { Machine } from '../machine/machine';
import { COUNTER_FREQUENCY, mpidrOf } from '../machine/platform';
import { requestReset } from '../machine/reset';
import { haltSystem } from '../machine/schedule';
import { domainOf, Level, powerDown, standBy, turnOff, turnOn } from './power';

const PSCI_1_1 = 0x1_0001n;
const SUCCESS = 0n;
const NOT_SUPPORTED = -1n;
const INVALID_PARAMETERS = -2n;
const DENIED = -3n;
const ALREADY_ON = -4n;
const ON_PENDING = -5n;
const INVALID_ADDRESS = -9n;
/** PSCI_MIGRATE_INFO_TYPE: no Trusted OS to migrate. */
const MIGRATE_NOT_NEEDED = 2n;
/** PSCI_AFFINITY_INFO. */
const Affinity = { on: 0n, off: 1n, onPending: 2n } as const;
/** PSCI_NODE_HW_STATE. */
const Hardware = { on: 0n, off: 1n, standby: 2n } as const;

const POWER_DOWN = 1 << 16;

interface Call {
  readonly machine: Machine;
  readonly pe: Pe;
  /** X1 to X3, or W1 to W3 of a call by SMC32. */
  readonly args: readonly [bigint, bigint, bigint];
}

/** The value of X0; undefined when the call does not return, or has returned. */
type Answer = bigint | undefined;

interface Function {
  readonly name: string;
  /** Number of the function; `wide` when there is an SMC64 form beside (or instead of) the SMC32 one. */
  readonly number: number;
  readonly forms: 'both' | 'smc32';
  readonly run: (call: Call) => Answer;
}

/** MPIDR affinity fields: Aff3 in bits 39:32, Aff2 to Aff0 in bits 23:0. */
const AFFINITY = 0xff_00ff_ffffn;
/** U, MT and the RES1 bit: no part of an affinity, but left in by software that passes on what it read. */
const IGNORED = 0xff00_0000n;

/** The PE that a target names; undefined when there is none, or another bit is set. */
function targetOf({ pes }: Machine, target: bigint): Pe | undefined {
  const affinity = target & ~IGNORED;
  return pes.find(({ index }) => (mpidrOf(index) & AFFINITY) === affinity);
}

function cpuOn({ machine, args: [target, entry, context] }: Call): Answer {
  const pe = targetOf(machine, target);
  if (pe === undefined) return INVALID_PARAMETERS;
  if (!isEntryPoint(machine.platform, Number(entry))) return INVALID_ADDRESS;
  if (pe.runner !== 'off') return machine.monitor.starting[pe.index] === true ? ON_PENDING : ALREADY_ON;
  turnOn(machine, pe, entry, context);
  return SUCCESS;
}

function affinityInfo({ machine, args: [target, level] }: Call): Answer {
  const pe = targetOf(machine, target);
  if (pe === undefined || level !== 0n) return INVALID_PARAMETERS;
  if (pe.runner === 'off') return Affinity.off;
  return machine.monitor.starting[pe.index] === true ? Affinity.onPending : Affinity.on;
}

const levelOf = (powerState: number): number => (powerState >>> 24) & 3;

/** Whether a power state is one of ours: stand-by of a PE, power-down of any level. */
function isPowerState(powerState: number): boolean {
  const level = levelOf(powerState);
  const down = (powerState & POWER_DOWN) !== 0;
  return (powerState & ~(POWER_DOWN | (3 << 24))) === 0 && (down ? level <= Level.system : level === Level.pe);
}

function suspend({ machine, pe }: Call, level: number, entry: bigint, context: bigint): Answer {
  if (!isEntryPoint(machine.platform, Number(entry))) return INVALID_ADDRESS;
  powerDown(machine, pe, level, entry, context);
  return undefined;
}

function cpuSuspend(call: Call): Answer {
  const [state, entry, context] = call.args;
  const powerState = Number(state);
  if (state >> 32n !== 0n || !isPowerState(powerState)) return INVALID_PARAMETERS;
  if ((powerState & POWER_DOWN) !== 0) return suspend(call, levelOf(powerState), entry, context);
  standBy(call.machine, call.pe);
  return undefined;
}

function systemSuspend(call: Call): Answer {
  const { machine, pe, args } = call;
  if (machine.pes.some((other) => other !== pe && other.runner !== 'off')) return DENIED;
  return suspend(call, Level.system, args[0], args[1]);
}

function systemReset({ machine, pe }: Call): Answer {
  requestReset(machine, 'PSCI_SYSTEM_RESET');
  pe.runner = 'off';
  return undefined;
}

/** Type 0 is SYSTEM_WARM_RESET; those with bit 31 set are the vendor's, and there is none. */
const systemReset2 = (call: Call): Answer => (call.args[0] === 0n ? systemReset(call) : INVALID_PARAMETERS);

function nodeState({ machine, args: [target, level] }: Call): Answer {
  const { monitor } = machine;
  const pe = targetOf(machine, target);
  if (pe === undefined || level > BigInt(Level.system)) return INVALID_PARAMETERS;
  const isDown = (monitor.powerDown[domainOf(monitor, pe.index, Number(level))]?.since ?? -1) >= 0;
  if (isDown) return Hardware.off;
  const standsBy = level === 0n && (monitor.standby[pe.index]?.since ?? -1) >= 0;
  return standsBy ? Hardware.standby : Hardware.on;
}

const TICKS_PER_MICROSECOND = COUNTER_FREQUENCY / 1_000_000;

/** PSCI_STAT_COUNT and PSCI_STAT_RESIDENCY (in µs): zero for what is no PE or power state. */
function statistic({ machine, args: [target, state] }: Call, what: 'count' | 'ticks'): Answer {
  const { monitor } = machine;
  const pe = targetOf(machine, target);
  const powerState = Number(state);
  if (pe === undefined || state >> 32n !== 0n || !isPowerState(powerState)) return 0n;
  const found =
    (powerState & POWER_DOWN) === 0
      ? monitor.standby[pe.index]
      : monitor.powerDown[domainOf(monitor, pe.index, levelOf(powerState))];
  if (found === undefined) return 0n;
  return BigInt(what === 'count' ? found.count : Math.floor(found.ticks / TICKS_PER_MICROSECOND));
}

const BASE32 = 0x8400_0000;
const BASE64 = 0xc400_0000;

/** PSCI_FEATURES answers 0 for what there is; the flags of PSCI_CPU_SUSPEND are those of the original format. */
function features({ args: [fid] }: Call): Answer {
  const number = Number(BigInt.asUintN(32, fid));
  return number === SMCCC_VERSION || functionOf(number) !== undefined ? SUCCESS : NOT_SUPPORTED;
}

export const SMCCC_VERSION = 0x8000_0000;

const smc32 = (number: number, name: string, run: Function['run']): Function => ({ name, number, forms: 'smc32', run });
const both = (number: number, name: string, run: Function['run']): Function => ({ name, number, forms: 'both', run });

const FUNCTIONS: readonly Function[] = [
  smc32(0x00, 'PSCI_VERSION', () => PSCI_1_1),
  both(0x01, 'PSCI_CPU_SUSPEND', cpuSuspend),
  smc32(0x02, 'PSCI_CPU_OFF', ({ machine, pe }) => {
    turnOff(machine, pe);
    return undefined;
  }),
  both(0x03, 'PSCI_CPU_ON', cpuOn),
  both(0x04, 'PSCI_AFFINITY_INFO', affinityInfo),
  smc32(0x06, 'PSCI_MIGRATE_INFO_TYPE', () => MIGRATE_NOT_NEEDED),
  smc32(0x08, 'PSCI_SYSTEM_OFF', ({ machine }) => {
    haltSystem(machine);
    return undefined;
  }),
  smc32(0x09, 'PSCI_SYSTEM_RESET', systemReset),
  smc32(0x0a, 'PSCI_FEATURES', features),
  both(0x0c, 'PSCI_CPU_DEFAULT_SUSPEND', (call) => suspend(call, Level.pe, call.args[0], call.args[1])),
  both(0x0d, 'PSCI_NODE_HW_STATE', nodeState),
  both(0x0e, 'PSCI_SYSTEM_SUSPEND', systemSuspend),
  both(0x10, 'PSCI_STAT_RESIDENCY', (call) => statistic(call, 'ticks')),
  both(0x11, 'PSCI_STAT_COUNT', (call) => statistic(call, 'count')),
  both(0x12, 'PSCI_SYSTEM_RESET2', systemReset2),
];

const BY_FID = new Map(
  FUNCTIONS.flatMap((row) => [
    [BASE32 + row.number, row] as const,
    ...(row.forms === 'both' ? ([[BASE64 + row.number, row]] as const) : []),
  ]),
);

/** The PSCI function of a function identifier. */
const functionOf = (fid: number): Function | undefined => BY_FID.get(fid);

/** Answers a PSCI call in X0. False when the identifier is no function of PSCI that there is. */
export function callPsci(machine: Machine, pe: Pe, fid: number): boolean {
  const row = functionOf(fid);
  if (row === undefined) return false;
  const mask = (value: bigint): bigint => (fid < BASE64 ? BigInt.asUintN(32, value) : value);
  const answer = row.run({ machine, pe, args: [mask(readX(pe, 1)), mask(readX(pe, 2)), mask(readX(pe, 3))] });
  if (answer !== undefined) writeX(pe, 0, answer);
  return true;
}

/** Name of a PSCI function that there is. */
export const psciName = (fid: number): string | undefined => functionOf(fid)?.name;
