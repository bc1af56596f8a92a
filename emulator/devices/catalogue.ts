/** Every model of a device, by kind. */
import type { DeviceKind } from '../machine/platform';
import { busMaster } from './bus-master';
import { genericWatchdog } from './generic-watchdog';
import { distributor, redistributors } from './gic/model';
import { counterControl, counterRead, timerControl, timerFrame } from './memory-timer';
import type { DeviceModel, DeviceState } from './model';
import { norFlash } from './nor-flash';
import { pl011 } from './pl011';
import { pl031 } from './pl031';
import { sp804 } from './sp804';
import { sp805 } from './sp805';
import { powerController, sp810 } from './system-controllers';
import { veRegisters } from './ve-registers';
import { ones, virtio, zeros } from './windows';

/** In the order of the documentation. Outside its own file a device's state is numbers under names. */
const MODELS = [
  pl011,
  sp805,
  genericWatchdog,
  timerControl,
  timerFrame,
  counterControl,
  counterRead,
  sp804,
  pl031,
  veRegisters,
  sp810,
  powerController,
  norFlash,
  busMaster,
  virtio,
  ones,
  zeros,
  distributor,
  redistributors,
] as unknown as readonly DeviceModel<DeviceState>[];

export const DEVICE_MODELS = Object.fromEntries(MODELS.map((model) => [model.kind, model])) as Readonly<
  Record<DeviceKind, DeviceModel<DeviceState>>
>;
