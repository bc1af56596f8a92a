/** PSCI between the RECs of a Realm: exits, completion, races, and the state a REC starts in (rec_exit.psci). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pa } from '../../emulator/address';
import { readSysreg, readX } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { readRec } from '../../emulator/rmm/inspect';
import { exitWord, recPc, recPstate, recSysreg, recX, setRec } from './realm-code';
import { AT, buildRealm, delegate, newMachine, type RealmScript, rmi, smc, writePage } from './support';

const CPU_ON = 0xc400_0003;
const CPU_ON_32 = 0x8400_0003;
const CPU_OFF = 0x8400_0002;
const AFFINITY_INFO = 0xc400_0004;
const SUCCESS = 0n;
const code = (value: number): bigint => BigInt.asUintN(64, BigInt(value));
const [INVALID_PARAMETERS, DENIED, ALREADY_ON, INVALID_ADDRESS] = [code(-2), code(-3), code(-4), code(-9)];
const NOT_SUPPORTED = code(-1);

/** RECs 0 to 2 of the small Realm; the first is on. */
const RECS = [AT.rec, AT.rec + 0x2_0000, AT.rec + 0x4_0000] as const;
const FIRST = RECS[0];
const SECOND = RECS[1];
const THIRD = RECS[2];

function newRealm(on: readonly boolean[] = [true, false, false]): Machine {
  const machine = newMachine('fvp');
  buildRealm(machine, { unfinished: true });
  RECS.forEach((rec, index) => {
    delegate(machine, rec, 17);
    writePage(machine, AT.params, {
      0: on[index] ? 1 : 0,
      256: index,
      512: 0x1000,
      768: 7,
      2048: 16,
      ...Object.fromEntries(Array.from({ length: 16 }, (_, slot) => [0x808 + slot * 8, rec + (slot + 1) * 4096])),
    });
    assert.equal(rmi(machine, 'RMI_REC_CREATE', [AT.rd, rec, AT.params])[0], 0n);
  });
  assert.equal(rmi(machine, 'RMI_REALM_ACTIVATE', [AT.rd])[0], 0n);
  writePage(machine, AT.run, {});
  return machine;
}

function enter(machine: Machine, rec: number, script: RealmScript): bigint {
  writePage(machine, AT.run, {});
  return rmi(machine, 'RMI_REC_ENTER', [rec, AT.run], script)[0] ?? -1n;
}

/** The REC makes one call; X0 afterwards, or undefined when it left for the Host. */
function call(machine: Machine, rec: number, ...registers: readonly (bigint | number)[]): bigint | undefined {
  let result: bigint | undefined;
  const x0 = enter(machine, rec, (pe, stay) => {
    if (stay === 0) return smc(pe, ...registers);
    result = readX(pe, 0);
    return { kind: 'fiq' };
  });
  assert.equal(x0, 0n);
  return result;
}

const complete = (machine: Machine, from: number, to: number, status: bigint): bigint =>
  rmi(machine, 'RMI_PSCI_COMPLETE', [from, to, status])[0] ?? -1n;

/** What the Host was shown. */
function assertExit(machine: Machine, ...gprs: readonly (bigint | number)[]): void {
  assert.equal(exitWord(machine, 'exit_reason'), 3n, 'RMI_EXIT_PSCI');
  for (let register = 0; register < 31; register++) {
    assert.equal(exitWord(machine, 'gprs', register), BigInt(gprs[register] ?? 0));
  }
}

describe('CPU_ON', () => {
  test('starts the target with its context, entry point and reset state', () => {
    const machine = newRealm();
    setRec(
      machine,
      { x: { 0: 0x55n, 5: 0x66n }, pstate: 0x6000_0000n, sysregs: { SCTLR_EL1: 0x30d0_1805n, VBAR_EL1: 0x77n } },
      SECOND,
    );
    setRec(machine, { sysregs: { SCTLR_EL1: 0x32d0_0801n } }, FIRST);
    assert.equal(call(machine, FIRST, CPU_ON, 1, 0x1234_5670, 0xabcd_ef01_2345_6789n), undefined);
    assertExit(machine, CPU_ON, 1);
    assert.equal(
      enter(machine, FIRST, () => assert.fail('pending')),
      3n,
      'RMI_ERROR_REC',
    );
    assert.equal(complete(machine, FIRST, SECOND, SUCCESS), 0n);
    assert.equal(readRec(machine, pa(SECOND)).runnable, true);
    assert.equal(recX(machine, 0, SECOND), 0xabcd_ef01_2345_6789n, 'context id');
    assert.equal(recX(machine, 5, SECOND), 0x66n, 'other registers are left alone');
    assert.equal(recPc(machine, SECOND), 0x1234_5670);
    assert.equal(recPstate(machine, SECOND), 0x3c5n, 'EL1h, DAIF masked');
    assert.equal(
      recSysreg(machine, 'SCTLR_EL1', SECOND),
      0x30d0_0800n | (1n << 25n),
      'MMU off, endianness of the caller',
    );
    assert.deepEqual(
      [0, 1, 2, 3].map((register) => recX(machine, register, FIRST)),
      [0n, 0n, 0n, 0n],
    );
    const entered: bigint[] = [];
    enter(machine, SECOND, (pe) => {
      entered.push(readX(pe, 0), readSysreg(pe, 'VMPIDR_EL2'));
      return { kind: 'fiq' };
    });
    assert.deepEqual(entered, [0xabcd_ef01_2345_6789n, 0x8000_0001n]);
    assert.equal(
      enter(machine, FIRST, () => ({ kind: 'fiq' })),
      0n,
    );
  });

  test('refused by the RMM: entry point, target, self, in this order', () => {
    const machine = newRealm();
    const beyond = 0x1_0000_0000;
    assert.equal(call(machine, FIRST, CPU_ON, 9, beyond, 0), INVALID_ADDRESS);
    assert.equal(call(machine, FIRST, CPU_ON, 9, 2n ** 60n, 0), INVALID_ADDRESS);
    assert.equal(call(machine, FIRST, CPU_ON, 9, 0x1000, 0), INVALID_PARAMETERS);
    assert.equal(call(machine, FIRST, CPU_ON, 0x100, 0x1000, 0), INVALID_PARAMETERS);
    assert.equal(call(machine, FIRST, CPU_ON, 0, 0x1000, 0), ALREADY_ON);
    assert.equal(call(machine, FIRST, CPU_ON, 0xf0n << 40n, 0x1000, 0), ALREADY_ON, 'bits outside the affinity');
  });

  test('two RECs turn the same target on: the second is told that it is', () => {
    const machine = newRealm([true, true, false]);
    call(machine, FIRST, CPU_ON, 2, 0x1000, 0x11);
    call(machine, SECOND, CPU_ON, 2, 0x2000, 0x22);
    assert.equal(complete(machine, SECOND, THIRD, SUCCESS), 0n);
    assert.equal(complete(machine, FIRST, THIRD, SUCCESS), 0n);
    assert.deepEqual([recX(machine, 0, FIRST), recX(machine, 0, SECOND)], [ALREADY_ON, 0n]);
    assert.deepEqual([recPc(machine, THIRD), recX(machine, 0, THIRD)], [0x2000, 0x22n], 'the first completion counts');
  });

  test('the target is on when the Host completes', () => {
    const machine = newRealm([true, true, false]);
    call(machine, FIRST, CPU_ON, 1, 0x1000, 0x11);
    assert.equal(complete(machine, FIRST, SECOND, SUCCESS), 0n);
    assert.equal(recX(machine, 0, FIRST), ALREADY_ON);
    assert.equal(recX(machine, 0, SECOND), 7n, 'untouched');
  });

  test('the target went off and on meanwhile', () => {
    const machine = newRealm([true, true, true]);
    call(machine, SECOND, CPU_OFF);
    call(machine, FIRST, CPU_ON, 1, 0x1000, 0x11);
    call(machine, THIRD, CPU_ON, 1, 0x3000, 0x33);
    assert.equal(complete(machine, THIRD, SECOND, SUCCESS), 0n);
    enter(machine, SECOND, () => ({ kind: 'irq' }));
    assert.equal(complete(machine, FIRST, SECOND, SUCCESS), 0n);
    assert.equal(recX(machine, 0, FIRST), ALREADY_ON);
    assert.equal(recX(machine, 0, SECOND), 0x33n);
  });

  test('denied by the Host', () => {
    const machine = newRealm();
    call(machine, FIRST, CPU_ON, 1, 0x1000, 0x11);
    assert.equal(complete(machine, FIRST, SECOND, DENIED), 0n);
    assert.equal(recX(machine, 0, FIRST), DENIED);
    assert.equal(readRec(machine, pa(SECOND)).runnable, false);
    assert.equal(
      enter(machine, SECOND, () => assert.fail('off')),
      3n,
    );
  });

  test('denied although the target is on: an error, and the caller is told ALREADY_ON', () => {
    const machine = newRealm([true, true, false]);
    call(machine, FIRST, CPU_ON, 1, 0x1000, 0x11);
    assert.equal(complete(machine, FIRST, SECOND, DENIED), 1n);
    assert.equal(recX(machine, 0, FIRST), ALREADY_ON);
    assert.equal(
      enter(machine, FIRST, () => ({ kind: 'fiq' })),
      0n,
      'nothing is pending',
    );
  });

  test('a status, a target or a caller that is not the one: nothing changes', () => {
    const machine = newRealm([true, true, false]);
    call(machine, FIRST, CPU_ON, 2, 0x1000, 0x11);
    for (const [from, to, status] of [
      [FIRST, THIRD, 1n],
      [FIRST, THIRD, code(-2)],
      [FIRST, THIRD, 0xffff_fffdn],
      [FIRST, SECOND, 0n],
      [SECOND, THIRD, 0n],
      [FIRST, FIRST, 0n],
    ] as const) {
      assert.equal(complete(machine, from, to, status), 1n);
      assert.equal(readRec(machine, pa(FIRST)).psciPending, true);
    }
    assert.equal(complete(machine, FIRST, THIRD, SUCCESS), 0n);
  });

  test('by SMC32, with rubbish above W registers and the SVE hint, it is the same call', () => {
    const rubbish = 0xdead_beef_0000_0000n;
    for (const fid of [CPU_ON_32, CPU_ON_32 | 0x1_0000]) {
      const machine = newRealm();
      call(machine, FIRST, rubbish | BigInt(fid), rubbish | 1n, rubbish | 0x1000n, rubbish | 0x99n);
      assertExit(machine, CPU_ON_32, 1);
      assert.equal(complete(machine, FIRST, SECOND, SUCCESS), 0n);
      assert.deepEqual(
        [recX(machine, 0, FIRST), recX(machine, 0, SECOND), recPc(machine, SECOND)],
        [0n, 0x99n, 0x1000],
      );
    }
    const machine = newRealm();
    call(machine, FIRST, rubbish | BigInt(CPU_ON | 0x1_0000), 1, 0x1000, 0x99);
    assertExit(machine, CPU_ON, 1);
    assert.equal(complete(machine, FIRST, SECOND, DENIED), 0n, 'DENIED is an answer to CPU_ON alone');
  });
});

describe('AFFINITY_INFO', () => {
  test('of each state a REC may be in', () => {
    const machine = newRealm([true, true, false]);
    const ask = (target: number, index: number): bigint => {
      assert.equal(call(machine, FIRST, AFFINITY_INFO, index, 0), undefined);
      assertExit(machine, AFFINITY_INFO, index);
      assert.equal(complete(machine, FIRST, target, SUCCESS), 0n);
      return recX(machine, 0, FIRST);
    };
    assert.equal(ask(SECOND, 1), 0n, 'on');
    assert.equal(ask(THIRD, 2), 1n, 'never started');
    call(machine, SECOND, CPU_OFF);
    assert.equal(ask(SECOND, 1), 1n, 'off');
    call(machine, FIRST, CPU_ON, 1, 0x1000, 0);
    complete(machine, FIRST, SECOND, SUCCESS);
    assert.equal(ask(SECOND, 1), 0n, 'on again');
    assert.equal(call(machine, FIRST, AFFINITY_INFO, 0, 0), 0n, 'the caller itself, without an exit');
  });

  test('refused by the RMM', () => {
    const machine = newRealm();
    assert.equal(call(machine, FIRST, AFFINITY_INFO, 9, 1), INVALID_PARAMETERS);
    assert.equal(call(machine, FIRST, AFFINITY_INFO, 9, 0), INVALID_PARAMETERS);
  });

  test('cannot be denied', () => {
    const machine = newRealm();
    call(machine, FIRST, AFFINITY_INFO, 1, 0);
    assert.equal(complete(machine, FIRST, SECOND, DENIED), 1n);
    assert.equal(complete(machine, FIRST, SECOND, SUCCESS), 0n);
  });
});

describe('calls that need no completion', () => {
  test('CPU_SUSPEND goes on at the next entry', () => {
    const machine = newRealm();
    for (const fid of [0xc400_0001, 0x8400_0001]) {
      const pc = recPc(machine, FIRST);
      assert.equal(call(machine, FIRST, fid, 1, 2, 3), undefined);
      assertExit(machine, fid);
      assert.equal(recX(machine, 0, FIRST), 0n);
      assert.equal(recPc(machine, FIRST), pc + 4);
      assert.equal(
        enter(machine, FIRST, () => ({ kind: 'fiq' })),
        0n,
      );
    }
  });

  test('CPU_OFF', () => {
    const machine = newRealm();
    assert.equal(call(machine, FIRST, CPU_OFF, 1, 2, 3), undefined);
    assertExit(machine, CPU_OFF);
    assert.equal(
      enter(machine, FIRST, () => assert.fail('off')),
      3n,
    );
    assert.equal(complete(machine, FIRST, SECOND, SUCCESS), 1n, 'nothing is pending');
  });

  test('SYSTEM_OFF and SYSTEM_RESET end the Realm', () => {
    for (const fid of [0x8400_0008, 0x8400_0009]) {
      const machine = newRealm([true, true, false]);
      assert.equal(call(machine, FIRST, fid, 1, 2, 3), undefined);
      assertExit(machine, fid);
      for (const rec of RECS)
        assert.equal(
          enter(machine, rec, () => assert.fail('off')),
          0x102n,
        );
    }
  });

  test('answered by the RMM', () => {
    const machine = newRealm();
    assert.equal(call(machine, FIRST, 0x8400_0000), 0x1_0001n);
    assert.equal(call(machine, FIRST, 0x8000_0000), 0x1_0002n);
    for (const fid of [0x8400_0001, 0xc400_0003, 0x8400_000a, 0x8000_0000]) {
      assert.equal(call(machine, FIRST, 0x8400_000a, fid), 0n, fid.toString(16));
      assert.equal(call(machine, FIRST, 0x8400_000a, 0xffff_0000_0000_0000n | BigInt(fid)), 0n, 'W1 alone counts');
    }
    for (const fid of [0x8400_0000, 0xc400_0002, 0x8400_0005, 0xc400_0190]) {
      assert.equal(call(machine, FIRST, 0x8400_000a, fid), NOT_SUPPORTED, fid.toString(16));
    }
  });
});
