/** Where FP and AdvSIMD are trapped, and to which EL: CPACR_EL1, CPTR_EL2 with and without E2H, CPTR_EL3. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CPU_FLAG, FLAGS } from '../../../emulator/cpu/layout';
import { currentEl, readPc, readSysreg, writeSysreg } from '../../../emulator/cpu/pe';
import type { SysregName } from '../../../emulator/cpu/sysreg/sysreg';
import { peBase } from '../../../emulator/memory/map';
import { Pas } from '../../../emulator/memory/pas';
import { bench, CODE, Exit, exits } from './support';

const E2H = 1n << 34n;
const TGE = 1n << 27n;
const TFP = 1n << 10n;
const fpen = (value: bigint): bigint => value << 20n;
/** EC 0x07 with the condition of an instruction that has none; an UNDEFINED instruction. */
const FP_ACCESS = 0x1fe0_0000n;
const UNKNOWN = 0x0200_0000n;

type Values = Partial<Record<SysregName, bigint>>;
const OPEN: Values = { CPACR_EL1: fpen(3n), CPTR_EL2: 0n, CPTR_EL3: 0n, HCR_EL2: 0n };
const HOSTED: Values = { HCR_EL2: E2H | TGE, CPTR_EL2: fpen(3n) };

/** What is set at an EL, and the EL that takes the exception, if any. */
const CASES: readonly [what: string, el: number, values: Values, target?: number, esr?: bigint][] = [
  ['nothing traps at EL0', 0, {}],
  ['nothing traps at EL1', 1, {}],
  ['nothing traps at EL2', 2, {}],
  ['nothing traps at EL3', 3, {}],
  ['FPEN 0 at EL1', 1, { CPACR_EL1: 0n }, 1],
  ['FPEN 2 at EL1', 1, { CPACR_EL1: fpen(2n) }, 1],
  ['FPEN 1 at EL1', 1, { CPACR_EL1: fpen(1n) }],
  ['FPEN 1 at EL0', 0, { CPACR_EL1: fpen(1n) }, 1],
  ['FPEN 0 at EL0', 0, { CPACR_EL1: 0n }, 1],
  ['FPEN 0 at EL2', 2, { CPACR_EL1: 0n }],
  ['FPEN 0 at EL0 under TGE is UNDEFINED at EL2', 0, { CPACR_EL1: 0n, HCR_EL2: TGE }, 2, UNKNOWN],
  ['CPTR_EL2.TFP at EL0', 0, { CPTR_EL2: TFP }, 2],
  ['CPTR_EL2.TFP at EL1', 1, { CPTR_EL2: TFP }, 2],
  ['CPTR_EL2.TFP at EL2', 2, { CPTR_EL2: TFP }, 2],
  ['CPTR_EL2.TFP at EL3', 3, { CPTR_EL2: TFP }],
  ['CPACR_EL1 before CPTR_EL2', 1, { CPACR_EL1: 0n, CPTR_EL2: TFP }, 1],
  ['TFP means nothing under E2H', 1, { ...HOSTED, CPTR_EL2: fpen(3n) | TFP }],
  ['FPEN 0 of CPTR_EL2 at EL2 under E2H', 2, { ...HOSTED, CPTR_EL2: 0n }, 2],
  ['FPEN 0 of CPTR_EL2 at EL1 under E2H', 1, { HCR_EL2: E2H, CPTR_EL2: 0n }, 2],
  ['FPEN 1 of CPTR_EL2 at EL2 under E2H', 2, { ...HOSTED, CPTR_EL2: fpen(1n) }],
  ['FPEN 1 of CPTR_EL2 at EL0 of a host', 0, { ...HOSTED, CPTR_EL2: fpen(1n) }, 2],
  ['FPEN 1 of CPTR_EL2 at EL0 of a guest', 0, { HCR_EL2: E2H, CPTR_EL2: fpen(1n) }],
  ['CPACR_EL1 has no say over EL0 of a host', 0, { ...HOSTED, CPACR_EL1: 0n }],
  ['CPTR_EL3.TFP at EL1', 1, { CPTR_EL3: TFP }, 3],
  ['CPTR_EL3.TFP at EL3', 3, { CPTR_EL3: TFP }, 3],
  ['CPTR_EL2 before CPTR_EL3', 2, { CPTR_EL2: TFP, CPTR_EL3: TFP }, 2],
];

for (const [what, el, values, target, esr] of CASES) {
  test(what, () => {
    const it = bench(el);
    for (const [name, value] of Object.entries({ ...OPEN, ...values })) writeSysreg(it.pe, name as SysregName, value);
    const flags = it.machine.memory.view().getUint32(peBase(it.pe.index) + FLAGS, true);
    assert.equal((flags & CPU_FLAG.FP_ENABLED) !== 0, target === undefined);
    if (target === undefined) return;
    exits(it, Exit.FpTrap);
    assert.equal(currentEl(it.pe), target);
    assert.equal(readSysreg(it.pe, `ESR_EL${target}` as SysregName), esr ?? FP_ACCESS);
    assert.equal(readSysreg(it.pe, `ELR_EL${target}` as SysregName), BigInt(CODE));
    assert.notEqual(readPc(it.pe), BigInt(CODE));
  });
}

test('CPTR_EL2 traps nothing in Secure state without EL2', () => {
  const it = bench(1, Pas.Secure);
  for (const [name, value] of Object.entries({ ...OPEN, CPTR_EL2: TFP })) writeSysreg(it.pe, name as SysregName, value);
  const trapped = (): boolean =>
    (it.machine.memory.view().getUint32(peBase(it.pe.index) + FLAGS, true) & CPU_FLAG.FP_ENABLED) === 0;
  assert.equal(trapped(), true);
  writeSysreg(it.pe, 'SCR_EL3', readSysreg(it.pe, 'SCR_EL3') & ~(1n << 18n));
  assert.equal(trapped(), false);
});
