import type { ColourKey, MemoryMapKey } from '../../../debug-adapter/protocol';
import { NO_SESSION, type SessionStatus } from '../../debug/session-state';
import { KEYS } from './data';
import type { Level } from './geometry';
import type { SortColumn } from './table';

/** What the user looks at: everything that is not the machine's. */
export interface View {
  status: SessionStatus;
  key: MemoryMapKey;
  level: Level;
  /** PA under the cursor. */
  cursor: number;
  /** PA of the granule whose card is open. */
  selected: number | undefined;
  gpt: boolean;
  table: boolean;
  sort: SortColumn;
  /** Values that keep their colour; empty: all. */
  isolated: Set<ColourKey>;
  /** Why the last request failed. */
  problem: string | undefined;
}

export const newView = (key: MemoryMapKey): View => ({
  status: NO_SESSION,
  key,
  level: 'overview',
  cursor: 0,
  selected: undefined,
  gpt: true,
  table: false,
  sort: 'start',
  isolated: new Set(),
  problem: undefined,
});

/** The part that survives closing the window. */
export const savedView = ({ key, level, cursor, selected, gpt, table }: View) => ({
  key,
  level,
  cursor,
  selected,
  gpt,
  table,
});

/** Takes over what an earlier panel saved, as far as it makes sense. */
export function restoreView(view: View, saved: unknown): void {
  const { key, level, cursor, selected, gpt, table } = (saved ?? {}) as Partial<View>;
  if (KEYS.some((each) => each === key)) view.key = key!;
  if (level === 'tile') view.level = level;
  if (Number.isSafeInteger(cursor)) view.cursor = cursor!;
  if (Number.isSafeInteger(selected)) view.selected = selected;
  if (gpt === false) view.gpt = false;
  if (table === true) view.table = true;
}
