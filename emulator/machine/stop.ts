/**
 * How a run ends early. A stop takes effect at the next step boundary. Nothing here is machine state: breakpoints and
 * requests belong to whoever looks at the machine, are never saved and never change what the machine does.
 */

/** Why a run stopped: a plain record the debugger shows. */
export interface StopReason {
  readonly kind: 'breakpoint' | 'step' | 'pause' | 'watch' | 'event' | 'error';
  readonly text: string;
  /** Breakpoint or subscription identifier of whoever asked. */
  readonly id?: number;
  /** PE that hit a breakpoint, and the VA it is at. */
  readonly pe?: number;
  readonly va?: bigint;
}

/** A code breakpoint: a VA, in every regime or in one (`tlbBankOf` number). */
export interface CodeBreakpoint {
  readonly va: bigint;
  readonly id?: number;
  readonly regime?: number;
}

export interface StopControl {
  /** Set by `requestStop`, cleared when `run` starts. The first request of a run wins. */
  requested: StopReason | undefined;
  /** VA pages (VA >> 12) that hold a breakpoint. The bus refuses fast fetches there (Exit.BreakpointPage). */
  readonly pages: Set<bigint>;
  readonly breakpoints: Map<bigint, CodeBreakpoint[]>;
  /**
   * The run loop executes one instruction of a page with breakpoints: the bus answers its fetch without entering the
   * page in the TLB. Otherwise it refuses fetches from `pages` with Exit.BreakpointPage.
   */
  stepping: boolean;
  /** Skip the code breakpoint at the first step of the next run: how one resumes from it. */
  skipOnce: boolean;
  /** Called when `pages` changed, so that cached translations of fetches go. */
  onPagesChanged: () => void;
}

export const createStopControl = (): StopControl => ({
  requested: undefined,
  pages: new Set(),
  breakpoints: new Map(),
  stepping: false,
  skipOnce: false,
  onPagesChanged: () => {},
});

/** Asks the run loop to stop at the next step boundary. */
export function requestStop(holder: { readonly stop: StopControl }, reason: StopReason): void {
  holder.stop.requested ??= reason;
}

/** Replaces all code breakpoints. */
export function setCodeBreakpoints(holder: { readonly stop: StopControl }, list: readonly CodeBreakpoint[]): void {
  const { stop } = holder;
  stop.pages.clear();
  stop.breakpoints.clear();
  for (const breakpoint of list) {
    stop.pages.add(breakpoint.va >> 12n);
    const there = stop.breakpoints.get(breakpoint.va);
    if (there === undefined) stop.breakpoints.set(breakpoint.va, [breakpoint]);
    else there.push(breakpoint);
  }
  stop.onPagesChanged();
}

/** True when a fetch from this VA page must be looked at instruction by instruction. */
export const hasBreakpointInPage = (stop: StopControl, va: bigint): boolean =>
  stop.pages.size !== 0 && stop.pages.has(va >> 12n);

/** The breakpoint that stops a fetch at `va` in this regime (`tlbBankOf`). */
export function breakpointAt(stop: StopControl, va: bigint, regime: number): CodeBreakpoint | undefined {
  return stop.breakpoints
    .get(va)
    ?.find((breakpoint) => breakpoint.regime === undefined || breakpoint.regime === regime);
}
