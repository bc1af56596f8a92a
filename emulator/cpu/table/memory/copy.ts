/** Memory copy and memory set (FEAT_MOPS, Arm ARM C4.1.94): TypeScript executes them, a part at a time. */
import { Exit } from '../../exit';
import type { Fields, Row } from '../row';
import { row } from '../row';
import { join, xr } from '../text';

const STAGES = ['p', 'm', 'e'] as const;
const STAGE_BITS = ['00', '01', '10'];
/** By op2 of a copy: unprivileged and non-temporal reads and writes. */
const COPY_OPTIONS = [
  '',
  'wt',
  'rt',
  't',
  'wn',
  'wtwn',
  'rtwn',
  'twn',
  'rn',
  'wtrn',
  'rtrn',
  'trn',
  'n',
  'wtn',
  'rtn',
  'tn',
] as const;
const SET_OPTIONS = ['', 't', 'n', 'tn'] as const;

/** CONSTRAINED UNPREDICTABLE otherwise: UNDEFINED here. */
const areDistinct = (f: Fields): boolean => f['Rd'] !== f['Rn'] && f['Rd'] !== f['Rs'] && f['Rs'] !== f['Rn'];
const address = (n: number): string => `[${xr(n)}]!`;

const copies = ([0, 1] as const).flatMap((both) =>
  STAGES.map((stage, at) => {
    const mnemonic = `cpy${both === 0 ? 'f' : ''}${stage}`;
    return row({
      name: mnemonic.toUpperCase(),
      section: 'C4.1.94 Memory copy and memory set',
      feature: 'FEAT_MOPS',
      encoding: `00 011 ${both} 01 ${STAGE_BITS[at]} 0 Rs:5 op2:4 01 Rn:5 Rd:5`,
      where: (f) => areDistinct(f) && f['Rd'] !== 31 && f['Rs'] !== 31 && f['Rn'] !== 31,
      emit: (s) => s.exit(Exit.MemoryCopy),
      text: (f) =>
        join(`${mnemonic}${COPY_OPTIONS[f['op2']!]}`, address(f['Rd']!), address(f['Rs']!), `${xr(f['Rn']!)}!`),
    });
  }),
);

const sets = STAGES.map((stage, at) =>
  row({
    name: `SET${stage.toUpperCase()}`,
    section: 'C4.1.94 Memory copy and memory set',
    feature: 'FEAT_MOPS',
    encoding: `00 011 0 01 11 0 Rs:5 ${STAGE_BITS[at]} op2:2 01 Rn:5 Rd:5`,
    where: (f) => areDistinct(f) && f['Rd'] !== 31 && f['Rn'] !== 31,
    emit: (s) => s.exit(Exit.MemoryCopy),
    text: (f) => join(`set${stage}${SET_OPTIONS[f['op2']!]}`, address(f['Rd']!), `${xr(f['Rn']!)}!`, xr(f['Rs']!)),
  }),
);

export const MEMORY_COPY: readonly Row[] = [...copies, ...sets];
