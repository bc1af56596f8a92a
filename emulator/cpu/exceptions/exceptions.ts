/** Exceptions: entry, return, routing, and what is left of an instruction when the interpreter exits. */
export { takeAbort } from './aborts';
export { ExceptionClass, syndrome } from './classes';
export { handleExit } from './handle-exit';
export {
  endsWaitForEvent,
  hasWakeUp,
  isSignalled,
  type PendingInterrupt,
  pendingInterrupt,
  takePendingInterrupt,
  takePhysicalInterrupt,
} from './interrupts';
export { exceptionReturn, isLegalReturn } from './return';
export {
  defaultTarget,
  type Exception,
  type ExceptionKind,
  executeSmc,
  takeException,
  takeUndefined,
  vectorOffset,
} from './take';
