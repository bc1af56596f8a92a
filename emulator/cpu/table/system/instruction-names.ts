/** Names of the SYS aliases: cache maintenance, address translation, TLB maintenance, prediction restriction. */

/** op1, CRn, CRm, op2 as one number. */
export const systemKey = (op1: number, n: number, m: number, op2: number): number =>
  ((op1 * 16 + n) * 16 + m) * 8 + op2;

type Entry = readonly [key: number, name: string];

/** op1, CRm, op2 and name of those with CRn 7. */
const MAINTENANCE: readonly (readonly [number, number, number, string])[] = [
  [0, 1, 0, 'ic ialluis'],
  [0, 5, 0, 'ic iallu'],
  [3, 5, 1, 'ic ivau'],
  [0, 6, 1, 'dc ivac'],
  [0, 6, 2, 'dc isw'],
  [0, 10, 2, 'dc csw'],
  [0, 14, 2, 'dc cisw'],
  [3, 4, 1, 'dc zva'],
  [3, 10, 1, 'dc cvac'],
  [3, 11, 1, 'dc cvau'],
  [3, 12, 1, 'dc cvap'],
  [3, 13, 1, 'dc cvadp'],
  [3, 14, 1, 'dc civac'],
  [3, 3, 4, 'cfp rctx'],
  [3, 3, 5, 'dvp rctx'],
  [3, 3, 7, 'cpp rctx'],
  [0, 8, 0, 'at s1e1r'],
  [0, 8, 1, 'at s1e1w'],
  [0, 8, 2, 'at s1e0r'],
  [0, 8, 3, 'at s1e0w'],
  [0, 9, 0, 'at s1e1rp'],
  [0, 9, 1, 'at s1e1wp'],
  [4, 8, 0, 'at s1e2r'],
  [4, 8, 1, 'at s1e2w'],
  [4, 8, 4, 'at s12e1r'],
  [4, 8, 5, 'at s12e1w'],
  [4, 8, 6, 'at s12e0r'],
  [4, 8, 7, 'at s12e0w'],
  [6, 8, 0, 'at s1e3r'],
  [6, 8, 1, 'at s1e3w'],
];

/** op1, op2 and name: CRm 7 for this PE, 3 inner and 1 outer shareable. */
const TLBI: readonly (readonly [number, number, string])[] = [
  [0, 0, 'vmalle1'],
  [0, 1, 'vae1'],
  [0, 2, 'aside1'],
  [0, 3, 'vaae1'],
  [0, 5, 'vale1'],
  [0, 7, 'vaale1'],
  [4, 0, 'alle2'],
  [4, 1, 'vae2'],
  [4, 4, 'alle1'],
  [4, 5, 'vale2'],
  [4, 6, 'vmalls12e1'],
  [6, 0, 'alle3'],
  [6, 1, 'vae3'],
  [6, 5, 'vale3'],
];

/** By IPA and by PA: op1, CRm, op2. */
const TLBI_OTHERS: readonly (readonly [number, number, number, string])[] = [
  [4, 4, 0, 'ipas2e1os'],
  [4, 4, 1, 'ipas2e1'],
  [4, 4, 2, 'ripas2e1'],
  [4, 4, 3, 'ripas2e1os'],
  [4, 4, 4, 'ipas2le1os'],
  [4, 4, 5, 'ipas2le1'],
  [4, 4, 6, 'ripas2le1'],
  [4, 4, 7, 'ripas2le1os'],
  [4, 0, 1, 'ipas2e1is'],
  [4, 0, 2, 'ripas2e1is'],
  [4, 0, 5, 'ipas2le1is'],
  [4, 0, 6, 'ripas2le1is'],
  [6, 7, 4, 'paall'],
  [6, 1, 4, 'paallos'],
  [6, 4, 3, 'rpaos'],
  [6, 4, 7, 'rpalos'],
];

/** TLBI with CRn 8, and with CRn 9 the forms that need not wait for accesses with the XS attribute. */
const tlbi = (op1: number, crm: number, op2: number, name: string): readonly Entry[] => [
  [systemKey(op1, 8, crm, op2), `tlbi ${name}`],
  [systemKey(op1, 9, crm, op2), `tlbi ${name}nxs`],
];

const NAMES = new Map<number, string>([
  ...MAINTENANCE.map(([op1, crm, op2, name]): Entry => [systemKey(op1, 7, crm, op2), name]),
  ...TLBI.flatMap(([op1, op2, name]) => {
    const all = [...tlbi(op1, 7, op2, name), ...tlbi(op1, 3, op2, `${name}is`), ...tlbi(op1, 1, op2, `${name}os`)];
    if (!/^va/.test(name)) return all;
    const range = `r${name}`;
    return [
      ...all,
      ...tlbi(op1, 6, op2, range),
      ...tlbi(op1, 2, op2, `${range}is`),
      ...tlbi(op1, 5, op2, `${range}os`),
    ];
  }),
  ...TLBI_OTHERS.flatMap(([op1, crm, op2, name]) => tlbi(op1, crm, op2, name)),
]);

const NO_REGISTER = /^(ic iallu|tlbi (vmall|alle|paall))/;

/** The alias of a SYS encoding and whether it takes a register; undefined where there is none. */
export function systemInstructionName(key: number): { readonly name: string; readonly register: boolean } | undefined {
  const name = NAMES.get(key);
  return name === undefined ? undefined : { name, register: !NO_REGISTER.test(name) };
}
