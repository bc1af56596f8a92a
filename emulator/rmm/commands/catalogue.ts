/**
 * Every command of RMM 1.0 as plain data, for hover, completion, breakpoint lists, trace and docs: no machine code behind
 * it. `catalogue.json` is made from the rows by scripts/catalogue.mjs; test/rmm/rows.test.ts keeps the two equal.
 */
import data from './catalogue.json';
import type { CatalogueCommand } from './catalogue-types';

export const CATALOGUE = data as readonly CatalogueCommand[];
