/** PSCI calls that the RMM passes on to the Host (RMM 1.0, REC exit due to PSCI). */
import { formatAddress } from '../format';
import type { RealmLayout } from './layout';
import { mpidrOfRec, type RecExit } from './rmi';
import type { HostRealmProgress } from './saved';
import { waitForInterrupt, yieldTurn } from './scheduler';
import { endRealm, fault, type ServiceScope } from './scope';

/** X0 of the exit: the PSCI function. */
const PSCI_CPU_SUSPEND = 0xc400_0001n;
const PSCI_CPU_SUSPEND_32 = 0x8400_0001n;
const PSCI_CPU_OFF = 0x8400_0002n;
const PSCI_CPU_ON = 0xc400_0003n;
const PSCI_CPU_ON_32 = 0x8400_0003n;
const PSCI_AFFINITY_INFO = 0xc400_0004n;
const PSCI_AFFINITY_INFO_32 = 0x8400_0004n;
const PSCI_SYSTEM_OFF = 0x8400_0008n;
const PSCI_SYSTEM_RESET = 0x8400_0009n;

const DENIED = -3;

export function servePsci(scope: ServiceScope, exit: RecExit): void {
  const { own, progress } = scope;
  const state = own.states[own.turn];
  const fid = exit.gprs[0] ?? 0n;
  if (state === undefined) return;
  switch (fid) {
    case PSCI_CPU_SUSPEND:
    case PSCI_CPU_SUSPEND_32:
      waitForInterrupt(progress, state);
      break;
    case PSCI_CPU_OFF:
      state.on = false;
      yieldTurn(progress);
      if (!own.states.some(({ on }) => on)) {
        endRealm(own, { kind: 'off', code: 0, text: 'The guest turned its last REC off (PSCI_CPU_OFF).' });
      }
      break;
    case PSCI_CPU_ON:
    case PSCI_CPU_ON_32:
    case PSCI_AFFINITY_INFO:
    case PSCI_AFFINITY_INFO_32:
      completePsci(scope, exit, fid === PSCI_CPU_ON || fid === PSCI_CPU_ON_32);
      break;
    case PSCI_SYSTEM_OFF:
      endRealm(own, { kind: 'off', code: 0, text: 'The guest turned its Realm off (PSCI_SYSTEM_OFF).' });
      break;
    case PSCI_SYSTEM_RESET:
      endRealm(own, {
        kind: 'off',
        code: 0,
        text: 'The guest asked for a reset (PSCI_SYSTEM_RESET); a Realm cannot be reset, so it ends here.',
      });
      break;
    default:
      fault(own, `The guest made PSCI call ${formatAddress(fid)}, which RMM 1.0 does not pass on.`);
      break;
  }
}

/** MPIDR_EL1 form: Aff0 to Aff2 in bits 23:0. */
const recOfMpidr = (layout: RealmLayout, mpidr: bigint): number =>
  layout.recs.findIndex((_, index) => BigInt(mpidrOfRec(index)) === (mpidr & 0xff_ffffn));

function completePsci(scope: ServiceScope, exit: RecExit, turnOn: boolean): void {
  const { progress, layout, own, realm } = scope;
  const target = recOfMpidr(layout, exit.gprs[1] ?? 0n);
  const rec = layout.recs[target];
  const state = own.states[target];
  if (rec === undefined || state === undefined) {
    fault(own, `The guest's PSCI call names MPIDR ${formatAddress(exit.gprs[1] ?? 0n)}, which is no REC.`);
    return;
  }
  // A target that is on cannot be denied: the RMM answers ALREADY_ON.
  const denies = turnOn && !state.on && layout.behaviour.includes('deny-cpu-on');
  const caller = layout.recs[own.turn]?.pa ?? 0;
  const text = `${denies ? 'deny' : 'complete'} PSCI call about REC ${target}`;
  const args = [caller, rec.pa, denies ? DENIED : 0];
  progress.service.push({ name: 'RMI_PSCI_COMPLETE', args, effect: 'psci', realm, text });
  if (turnOn && !denies && !state.on) turnedOn(own, target);
}

/** PSCI_CPU_ON resets the target: nothing that was pending for it stays. */
function turnedOn(own: HostRealmProgress, target: number): void {
  const state = own.states[target];
  if (state === undefined) return;
  Object.assign(state, {
    on: true,
    waiting: false,
    lrs: [],
    pending: [],
    virtualTimer: -1,
    physicalTimer: -1,
    overflow: false,
  });
}
