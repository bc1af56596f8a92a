/** Stage 2 aborts of a Realm's real loads, stores, fetches and table walks: what the Host sees, what the Realm gets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Machine } from '../../emulator/machine/machine';
import {
  A64,
  CODE,
  enterCode,
  exitWord,
  freshGranule,
  makeTables,
  recPc,
  recPstate,
  recSysreg,
  recX,
  setRec,
  setRipas,
  UNPROTECTED,
  writeCode,
  writeData,
} from './realm-code';
import { AT, buildRealm, must, newMachine, writePage } from './support';

const SHARED = 0x8000_8000;
const RW = 0xd8;
const RO = 0x58;
const WO = 0x98;
const NO_ACCESS = 0x18;

/** Where a Realm may reach, each kind of entry at an IPA of its own. */
const PLACES = {
  empty: 0x10_0000,
  ram: 0x10_1000,
  destroyed: 0x10_2000,
  assignedEmpty: 0x10_3000,
  assignedDestroyed: 0x10_4000,
  assigned: 0x10_5000,
  emptyAbove: 0x4000_0000,
  unmapped: UNPROTECTED + 0x4000_0000,
  unmappedPage: UNPROTECTED + 0x1000,
  shared: UNPROTECTED + 0x2000,
  readOnly: UNPROTECTED + 0x3000,
  writeOnly: UNPROTECTED + 0x4000,
  barred: UNPROTECTED + 0x5000,
  realmPas: UNPROTECTED + 0x6000,
  beyond: 2 ** 33 + 0x7000,
} as const;

/** The small Realm with an entry of each kind; the code page ends in WFI, the vectors are WFI. */
function newRealm(): Machine {
  const machine = newMachine('fvp');
  buildRealm(machine);
  const { ram, destroyed, assignedEmpty, assignedDestroyed, assigned } = PLACES;
  setRipas(machine, ram, ram + 4096, 1);
  for (const at of [destroyed, assignedDestroyed, assignedEmpty, assigned]) {
    setRipas(machine, at, at + 4096, 1);
    must(machine, 'RMI_DATA_CREATE_UNKNOWN', AT.rd, freshGranule(machine), at);
  }
  must(machine, 'RMI_DATA_DESTROY', AT.rd, destroyed);
  must(machine, 'RMI_DATA_DESTROY', AT.rd, assignedDestroyed);
  must(machine, 'RMI_DATA_CREATE_UNKNOWN', AT.rd, freshGranule(machine), assignedDestroyed);
  setRipas(machine, assignedEmpty, assignedEmpty + 4096, 0);
  makeTables(machine, UNPROTECTED, 3);
  writePage(machine, SHARED, { 0: 0x1122_3344_5566_7788n });
  must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, PLACES.shared, 3, SHARED + RW);
  must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, PLACES.readOnly, 3, SHARED + RO);
  must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, PLACES.writeOnly, 3, SHARED + WO);
  must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, PLACES.barred, 3, SHARED + NO_ACCESS);
  must(machine, 'RMI_RTT_MAP_UNPROTECTED', AT.rd, PLACES.realmPas, 3, AT.rd + RW);
  for (const vector of [0, 0x200, 0x400]) writeCode(machine, vector, [A64.wfi]);
  return machine;
}

/** Runs one instruction with an address in X2, then WFI. */
function access(machine: Machine, word: number, at: number | bigint, x1 = 0xffff_fedc_ba98_7654n): void {
  writeCode(machine, CODE, [word, A64.wfi]);
  setRec(machine, { x: { 1: x1, 2: BigInt(at), 30: 0x30n }, pc: CODE, pstate: 0x3c5n });
  assert.equal(enterCode(machine), 0n);
}

const DATA = 0x24n << 26n;
const FETCH = 0x20n << 26n;
const IL = 1n << 25n;
const WNR = 1n << 6n;
/** ISV, SAS 3, SF: the syndrome of a 64-bit access as the Host sees it (SRT and SSE are hidden). */
const X_ACCESS = (1n << 24n) | (3n << 22n) | (1n << 15n);
const WFX = 1n << 26n;

interface Seen {
  readonly esr: bigint;
  readonly hpfar?: boolean;
  readonly far?: boolean;
  readonly gpr?: bigint;
}

/** The access ended in an exit that shows this much and nothing else; the instruction will be executed again. */
function assertExit(machine: Machine, at: number, { esr, hpfar = true, far = false, gpr = 0n }: Seen): void {
  assert.equal(exitWord(machine, 'exit_reason'), 0n, 'RMI_EXIT_SYNC');
  assert.equal(exitWord(machine, 'esr').toString(16), esr.toString(16));
  assert.equal(exitWord(machine, 'hpfar'), hpfar ? BigInt(Math.floor(at / 4096)) << 4n : 0n);
  assert.equal(exitWord(machine, 'far'), far ? BigInt(at % 4096) : 0n);
  assert.equal(exitWord(machine, 'gprs'), gpr);
  for (let register = 1; register < 31; register++) assert.equal(exitWord(machine, 'gprs', register), 0n);
  assert.equal(recPc(machine), CODE);
}

/** The Realm took an exception to its own EL1 and stands at the WFI behind the vector. */
function assertInjected(machine: Machine, esr: bigint, far: bigint, elr = CODE, vector = 0x200): void {
  assert.equal(exitWord(machine, 'esr'), WFX, 'the handler ran');
  assert.equal(recPc(machine), vector + 4);
  assert.equal(recSysreg(machine, 'ESR_EL1').toString(16), esr.toString(16));
  assert.equal(recSysreg(machine, 'FAR_EL1'), far);
  assert.equal(recSysreg(machine, 'ELR_EL1'), BigInt(elr));
  assert.equal(recSysreg(machine, 'SPSR_EL1') & 0x3cfn, 0x3c5n);
  assert.equal(recPstate(machine) & 0x3cfn, 0x3c5n, 'EL1h, DAIF masked');
}

const assertDone = (machine: Machine): void => {
  assert.equal(exitWord(machine, 'esr'), WFX);
  assert.equal(recPc(machine), CODE + 8);
};

/** ISS as the PE reports it for `ldr x1, [x2]`: ISV, SAS, SRT 1, SF. */
const LDR_ISS = X_ACCESS | (1n << 16n);

describe('data aborts (rec_exit.data_abort)', () => {
  const cases: readonly [string, keyof typeof PLACES, keyof typeof A64, Seen | 'sea' | 'size' | 'done'][] = [
    ['EMPTY, UNASSIGNED', 'empty', 'ldr_x', 'sea'],
    ['EMPTY, UNASSIGNED, entry of level 1', 'emptyAbove', 'ldr_x', 'sea'],
    ['EMPTY, ASSIGNED', 'assignedEmpty', 'ldr_x', 'sea'],
    ['RAM, UNASSIGNED, load', 'ram', 'ldr_x', { esr: DATA | 7n }],
    ['RAM, UNASSIGNED, store', 'ram', 'str_x', { esr: DATA | 7n }],
    ['RAM, ASSIGNED', 'assigned', 'str_x', 'done'],
    ['DESTROYED, UNASSIGNED', 'destroyed', 'ldr_x', { esr: DATA | 7n }],
    ['DESTROYED, ASSIGNED', 'assignedDestroyed', 'ldr_x', { esr: DATA | 7n }],
    ['UNASSIGNED_NS at level 1, load', 'unmapped', 'ldr_x', { esr: DATA | X_ACCESS | 5n, far: true }],
    ['UNASSIGNED_NS, load', 'unmappedPage', 'ldr_x', { esr: DATA | X_ACCESS | 7n, far: true }],
    [
      'UNASSIGNED_NS, store',
      'unmappedPage',
      'str_x',
      { esr: DATA | X_ACCESS | WNR | 7n, far: true, gpr: 0xffff_fedc_ba98_7654n },
    ],
    ['UNASSIGNED_NS, no syndrome (pair)', 'unmappedPage', 'ldp', { esr: DATA | IL | 7n }],
    ['UNASSIGNED_NS, no syndrome (writeback)', 'unmappedPage', 'ldr_post', { esr: DATA | IL | 7n }],
    ['ASSIGNED_NS, permitted load', 'shared', 'ldr_x', 'done'],
    ['ASSIGNED_NS, permitted store', 'shared', 'str_x', 'done'],
    ['ASSIGNED_NS, read-only, load', 'readOnly', 'ldr_x', 'done'],
    ['ASSIGNED_NS, read-only, store', 'readOnly', 'str_x', { esr: DATA | IL | 0xfn }],
    ['ASSIGNED_NS, write-only, store', 'writeOnly', 'str_x', 'done'],
    ['ASSIGNED_NS, write-only, load', 'writeOnly', 'ldr_x', { esr: DATA | IL | 0xfn }],
    ['ASSIGNED_NS, no access', 'barred', 'ldr_x', { esr: DATA | IL | 0xfn }],
    ['beyond the IPA space', 'beyond', 'ldr_x', 'size'],
  ];
  const machine = newRealm();
  for (const [what, place, instruction, want] of cases) {
    test(what, () => {
      const at = PLACES[place] + 0x128;
      access(machine, A64[instruction], at);
      if (want === 'done') assertDone(machine);
      else if (want === 'sea') assertInjected(machine, (0x25n << 26n) | IL | LDR_ISS | 0x210n, BigInt(at));
      else if (want === 'size') assertInjected(machine, (0x25n << 26n) | IL | LDR_ISS, BigInt(at));
      else assertExit(machine, at, want);
    });
  }

  test('the value of a permitted load is the shared page', () => {
    writePage(machine, SHARED, { 296: 0x1122_3344_5566_7788n });
    access(machine, A64.ldr_x, PLACES.readOnly + 0x128);
    assert.equal(recX(machine, 1), 0x1122_3344_5566_7788n);
  });

  test('a granule that is not Non-secure is a granule protection fault, a Data Abort of the Realm', () => {
    access(machine, A64.ldr_x, PLACES.realmPas);
    assertInjected(machine, (0x25n << 26n) | IL | 0x28n, BigInt(PLACES.realmPas));
  });

  test('from EL0 the exception class and the vector are those of a lower EL', () => {
    writeCode(machine, CODE, [A64.ldr_x, A64.wfi]);
    setRec(machine, { x: { 2: BigInt(PLACES.empty) }, pc: CODE, pstate: 0n });
    enterCode(machine);
    assert.equal(recPc(machine), 0x404);
    assert.equal(recSysreg(machine, 'ESR_EL1'), (0x24n << 26n) | IL | LDR_ISS | 0x210n);
    assert.equal(recSysreg(machine, 'SPSR_EL1'), 0n);
  });

  test('from EL1t the vector is the first one', () => {
    writeCode(machine, CODE, [A64.ldr_x, A64.wfi]);
    setRec(machine, { x: { 2: BigInt(PLACES.empty) }, pc: CODE, pstate: 0x3c4n });
    enterCode(machine);
    assert.equal(recPc(machine), 4);
  });
});

describe('instruction aborts (rec_exit.instruction_abort)', () => {
  const cases: readonly [string, keyof typeof PLACES, bigint | 'sea' | 'size'][] = [
    ['EMPTY', 'empty', 'sea'],
    ['ASSIGNED, EMPTY', 'assignedEmpty', 'sea'],
    ['RAM, UNASSIGNED', 'ram', FETCH | 7n],
    ['DESTROYED', 'destroyed', FETCH | 7n],
    ['UNASSIGNED_NS', 'unmappedPage', 'sea'],
    ['ASSIGNED_NS', 'shared', 'sea'],
    ['beyond the IPA space', 'beyond', 'size'],
  ];
  const machine = newRealm();
  for (const [what, place, want] of cases) {
    test(what, () => {
      const at = PLACES[place];
      access(machine, A64.br_x2, at);
      if (want === 'sea') assertInjected(machine, (0x21n << 26n) | IL | 0x210n, BigInt(at), at);
      else if (want === 'size') assertInjected(machine, (0x21n << 26n) | IL, BigInt(at), at);
      else {
        assert.equal(exitWord(machine, 'esr'), want);
        assert.equal(exitWord(machine, 'hpfar'), BigInt(at / 4096) << 4n);
        assert.equal(exitWord(machine, 'far'), 0n);
        assert.equal(recPc(machine), at);
      }
    });
  }
});

describe('stage 1 on', () => {
  /** TCR: 39-bit VAs from level 1, 4 KiB granule, 40-bit output; MAIR attribute 0 Normal, 1 Device-nGnRE. */
  const TCR = 25n | (1n << 23n) | (2n << 32n);
  const SYSREGS = { TCR_EL1: TCR, MAIR_EL1: 0x04ffn, SCTLR_EL1: 0x30d0_0801n, VBAR_EL1: 0n };
  const AF = 1n << 10n;
  const TABLE = 3n;
  const TTBR = 0x2000;
  /** Tables in DATA pages 2 and 3: level 1 at 0x2000, level 2 at 0x3000. */
  function newWalker(): Machine {
    const machine = newMachine('fvp');
    buildRealm(machine, { pages: 4 });
    for (const vector of [0, 0x200, 0x400]) writeCode(machine, vector, [A64.wfi]);
    writeData(machine, TTBR, 0x3000n | TABLE);
    // VA 0: 2 MiB of the same IPA; the cases fill the rest.
    writeData(machine, 0x3000, 0x1n | AF);
    setRec(machine, { sysregs: { ...SYSREGS, TTBR0_EL1: BigInt(TTBR) } });
    return machine;
  }
  const UNMAPPED = BigInt(UNPROTECTED);
  const BEYOND = 2n ** 33n;

  test('an output beyond the IPA space: the level is that of the leaf', () => {
    const machine = newWalker();
    writeData(machine, 0x3008, BEYOND | 1n | AF);
    writeData(machine, TTBR + 8, BEYOND | 1n | AF);
    access(machine, A64.ldr_x, 0x20_0010);
    assertInjected(machine, (0x25n << 26n) | IL | LDR_ISS | 2n, 0x20_0010n);
    access(machine, A64.str_x, 0x4000_0020);
    assertInjected(machine, (0x25n << 26n) | IL | LDR_ISS | WNR | 1n, 0x4000_0020n);
    access(machine, A64.br_x2, 0x20_0000);
    assertInjected(machine, (0x21n << 26n) | IL | 2n, 0x20_0000n, 0x20_0000);
  });

  test('a table beyond the IPA space: the level is that of the descriptor that named it', () => {
    const machine = newWalker();
    writeData(machine, TTBR + 8, BEYOND | TABLE);
    access(machine, A64.ldr_x, 0x4000_0000);
    assertInjected(machine, (0x25n << 26n) | IL | 1n, 0x4000_0000n);
  });

  test('a table where nothing is: an abort on a stage 1 walk has no syndrome to emulate', () => {
    const machine = newWalker();
    for (const [table, want] of [
      [UNMAPPED, DATA | IL | 5n],
      [0x10_0000n, undefined],
    ] as const) {
      writeData(machine, TTBR + 8, table | TABLE);
      access(machine, A64.ldr_x, 0x4000_0008);
      if (want === undefined) {
        assertInjected(machine, (0x25n << 26n) | IL | 0x210n, 0x4000_0008n);
        continue;
      }
      assert.equal(exitWord(machine, 'esr'), want, 'S1PTW is hidden');
      assert.equal(exitWord(machine, 'hpfar'), (UNMAPPED >> 12n) << 4n, 'the table, not the data');
      assert.equal(exitWord(machine, 'far'), 0n);
    }
  });

  test('a fetch whose tables lie in Unprotected memory is an Instruction Abort at an Unprotected IPA', () => {
    const machine = newWalker();
    writeData(machine, TTBR + 8, UNMAPPED | TABLE);
    access(machine, A64.br_x2, 0x4000_0000);
    assertInjected(machine, (0x21n << 26n) | IL | 0x210n, 0x4000_0000n, 0x4000_0000);
  });

  test('AT S1 does not ask stage 2 about its result, only about its tables', () => {
    const machine = newWalker();
    // Device memory at an IPA that stage 2 does not map.
    writeData(machine, 0x3008, UNMAPPED | (1n << 2n) | 1n | AF);
    writeCode(machine, CODE, [A64.at_s1e1r, A64.mrs_par, A64.wfi]);
    const run = (va: number): bigint => {
      setRec(machine, { x: { 2: BigInt(va) }, pc: CODE, pstate: 0x3c5n });
      enterCode(machine);
      return recX(machine, 1);
    };
    const par = run(0x20_1000);
    assert.equal(par & 1n, 0n, 'translated');
    assert.equal(par & 0xf_ffff_ffff_f000n, UNMAPPED + 0x1000n);
    assert.equal(par >> 56n, 0x04n, 'Device-nGnRE');
    assert.equal(run(0x40_0000) & 0x7fn, 1n | (6n << 1n), 'translation fault at level 2 of stage 1');
    // Its tables are another matter: the Host is asked for the page.
    writeData(machine, TTBR + 8, UNMAPPED | TABLE);
    run(0x4000_0000);
    assert.equal(exitWord(machine, 'esr'), DATA | IL | 5n, 'WnR and CM are hidden');
    assert.equal(recPc(machine), CODE, 'not executed');
  });

  test('an unaligned access to Device memory is an Alignment fault, permitted or not', () => {
    const machine = newWalker();
    const READ_ONLY = 1n << 7n;
    writeData(machine, 0x3008, 0n | (1n << 2n) | READ_ONLY | 1n | AF);
    access(machine, A64.str_x, 0x20_1001);
    assert.equal(recSysreg(machine, 'ESR_EL1') & 0x3fn, 0x21n);
    access(machine, A64.str_x, 0x20_1008);
    assert.equal(recSysreg(machine, 'ESR_EL1') & 0x3fn, 0xen, 'aligned: permission fault at level 2');
  });
});
