/** Action lists in the Host's seat, as others use them. */
export { checkActions } from './check';
export { stepGuestScript } from './guest';
export { reportOf, runActions, seatActions } from './run';
export type { ActionSeat } from './state';
export { stepActions } from './step';
export type {
  ActionReport,
  ActionResult,
  CallAction,
  Content,
  GuestAction,
  HostAction,
  Value,
  Values,
} from './types';
