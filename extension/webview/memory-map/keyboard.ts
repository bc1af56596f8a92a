import type { Direction } from './geometry';

/** What keys do while the picture has the focus. */
export interface KeyActions {
  move(direction: Direction): void;
  /** To the next cell that is different. */
  jump(direction: Direction): void;
  zoomIn(): void;
  zoomOut(): void;
  nextKey(step: 1 | -1): void;
  search(): void;
  change(step: 1 | -1): void;
  escape(): void;
}

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'rowStart',
  End: 'rowEnd',
};

/** Handles a key. False: it is not ours and goes on to VS Code. */
export function handleKey(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
  actions: KeyActions,
): boolean {
  const direction = ARROWS[event.key];
  if (event.altKey) return false;
  if (direction !== undefined) {
    if (event.ctrlKey || event.metaKey) actions.jump(direction);
    else actions.move(direction);
    return true;
  }
  if (event.ctrlKey || event.metaKey) return false;
  switch (event.key) {
    case 'Enter':
      actions.zoomIn();
      return true;
    case 'Backspace':
      actions.zoomOut();
      return true;
    case 'c':
    case 'C':
      actions.nextKey(event.shiftKey ? -1 : 1);
      return true;
    case 'g':
    case 'G':
    case '/':
      actions.search();
      return true;
    case 'n':
    case 'N':
      actions.change(event.shiftKey ? -1 : 1);
      return true;
    case 'Escape':
      actions.escape();
      return true;
    default:
      return false;
  }
}
