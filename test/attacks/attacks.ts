/** All attacks, in the order they are listed in docs/attacks.md. */
import type { AttackGroup } from './attack';
import { ALIASING } from './host/aliasing';
import { FORGED_GIC } from './host/gic';
import { OWNERSHIP } from './host/ownership';
import { RACES } from './host/races';
import { REMAPPING } from './host/remapping';
import { RIPAS } from './host/ripas';
import { TABLES } from './host/tables';
import { REUSE, VIEWS } from './host/views';

export const ATTACKS: readonly AttackGroup[] = [
  ALIASING,
  REMAPPING,
  OWNERSHIP,
  VIEWS,
  REUSE,
  FORGED_GIC,
  TABLES,
  RIPAS,
  RACES,
];
