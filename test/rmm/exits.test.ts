/** The other rows of `rec_exit`: external aborts, SError, masks, traps, RSI buffers, RIPAS change, host call, SMCCC. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pa } from '../../emulator/address';
import { type Pe, readSysreg, readX, writeSysreg, writeX } from '../../emulator/cpu/pe';
import type { Machine } from '../../emulator/machine/machine';
import { presetPlatform } from '../../emulator/machine/presets/presets';
import { readU64 } from '../../emulator/memory/memory';
import { readRec, walkRtt } from '../../emulator/rmm/inspect';
import { HOST_CONTEXT } from '../../emulator/rmm/memory';
import {
  A64,
  CODE,
  enterCode,
  exitWord,
  freshGranule,
  readData,
  recPc,
  recSysreg,
  recX,
  setRec,
  setRipas,
  UNPROTECTED,
  writeCode,
  writeData,
} from './realm-code';
import {
  AT,
  beginCall,
  bootPe,
  buildRealm,
  delegate,
  fidOfName,
  must,
  newMachine,
  type RealmScript,
  rmi,
  smc,
  stepFirmware,
  writePage,
} from './support';

const DATA = 0x24n << 26n;
const FETCH = 0x20n << 26n;
const IL = 1n << 25n;

function newRealm(options: Parameters<typeof buildRealm>[1] = {}): Machine {
  const machine = newMachine('fvp');
  buildRealm(machine, options);
  return machine;
}

function enter(machine: Machine, script: RealmScript, words: Readonly<Record<number, number | bigint>> = {}): bigint {
  writePage(machine, AT.run, words);
  return rmi(machine, 'RMI_REC_ENTER', [AT.rec, AT.run], script)[0] ?? -1n;
}

/** Takes one exception, and tells how often the Realm was entered. */
function take(machine: Machine, exception: ReturnType<RealmScript>): number {
  let stays = 0;
  assert.equal(
    enter(machine, () => (stays++ === 0 ? exception : { kind: 'fiq' })),
    0n,
  );
  return stays;
}

/** Fields of RmiRecExit that may be other than zero. */
function assertOnly(machine: Machine, want: Readonly<Record<number, bigint>>): void {
  for (let offset = 0; offset < 0x800; offset += 8) {
    if (offset >= 0x300 && offset < 0x420) continue;
    const word = readU64(machine.memory, HOST_CONTEXT, pa(AT.run + 0x800 + offset));
    assert.equal(word, want[offset] ?? 0n, `exit + 0x${offset.toString(16)}`);
  }
}

const EXIT = { reason: 0, esr: 0x100, far: 0x108, hpfar: 0x110, gprs: 0x200 } as const;

describe('external aborts (rec_exit.external_abort)', () => {
  for (const [what, fsc] of [
    ['of the access', 0x10n],
    ['on a walk, level 0', 0x14n],
    ['on a walk, level 3', 0x17n],
    ['on a walk, level -1', 0x13n],
  ] as const) {
    for (const [name, set, injected] of [
      ['UER', 0n, true],
      ['UEO', 3n, false],
    ] as const) {
      for (const ec of [DATA, FETCH]) {
        test(`${ec === DATA ? 'Data' : 'Instruction'} Abort ${what}, ${name}`, () => {
          const machine = newRealm();
          const pc = recPc(machine);
          const rest = (1n << 24n) | (3n << 22n) | (1n << 15n) | (1n << 7n);
          const esr = ec | IL | rest | (set << 11n) | (1n << 10n) | (1n << 9n) | fsc;
          assert.equal(take(machine, { kind: 'sync', esr, far: 0x1234n, hpfar: 0x10_0000n }), 1);
          assertOnly(machine, { [EXIT.esr]: ec | (set << 11n) | (1n << 10n) | (1n << 9n) | fsc });
          assert.equal(recPc(machine), injected ? 0x200 : pc);
          if (injected) {
            assert.equal(recSysreg(machine, 'ESR_EL1') & 0xfc00_06bfn, ((ec >> 26n) + 1n) * 2n ** 26n + 0x210n);
            assert.equal(recSysreg(machine, 'FAR_EL1'), 0x1234n);
          }
        });
      }
    }
  }
});

test('an external abort that cannot be contained stops the system', () => {
  for (const ec of [DATA, FETCH]) {
    const machine = newRealm();
    const esr = ec | IL | (2n << 11n) | (1n << 9n) | 0x10n;
    let stopped = false;
    assert.throws(
      () =>
        enter(machine, () => {
          stopped = machine.schedule.halted;
          return { kind: 'sync', esr };
        }),
      /does not end/,
    );
    assert.equal(stopped, false);
    assert.equal(machine.schedule.halted, true);
    assert.match(machine.stop.requested?.text ?? '', /RMM stopped the system: an external abort/);
  }
});

describe('SError (rec_exit.serror)', () => {
  for (const [name, aet, told] of [
    ['UEU', 1n, true],
    ['UER', 3n, true],
    ['UEO', 2n, false],
    ['CE', 6n, false],
  ] as const) {
    test(name, () => {
      const machine = newRealm();
      assert.equal(take(machine, { kind: 'serror', esr: (0x2fn << 26n) | IL | (aet << 10n) | (1n << 9n) | 0x11n }), 1);
      assert.equal(exitWord(machine, 'exit_reason'), 6n);
      assert.equal(exitWord(machine, 'esr'), (0x2fn << 26n) | (aet << 10n) | (1n << 9n) | 0x11n, 'IL is hidden');
      let pending = false;
      enter(machine, (pe) => {
        pending = (readSysreg(pe, 'HCR_EL2') & 0x100n) !== 0n;
        return { kind: 'fiq' };
      });
      assert.equal(pending, told, 'a virtual SError waits for the Realm');
    });
  }
});

describe('masks of exit.esr (rec_exit.esr_masks)', () => {
  const ALL = 0x3ff_ffffn;
  for (const [what, esr, hpfar, mask] of [
    ['Data Abort, Protected', DATA | (ALL & ~0x3fn) | 7n, 0x10n, 0xfc00_1e3fn],
    ['Data Abort, Unprotected, no syndrome', DATA | (ALL & ~0x3fn & ~(1n << 24n)) | 7n, 0x100_0000n, 0xfe00_1e3fn],
    ['Data Abort, Unprotected, emulatable', DATA | (ALL & ~0x3fn) | 7n, 0x100_0000n, 0xfdc0_9e7fn],
    ['Instruction Abort', FETCH | (ALL & ~0x3fn) | 7n, 0x10n, 0xfc00_1e3fn],
    ['WFx', (1n << 26n) | ALL, 0n, 0xfc00_0001n],
  ] as const) {
    test(what, () => {
      const machine = newRealm();
      must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x1000);
      assert.equal(take(machine, { kind: 'sync', esr, hpfar, far: 0xffff_ffff_ffff_ffffn }), 1);
      assert.equal(exitWord(machine, 'esr').toString(16), (esr & mask).toString(16));
      assert.equal(exitWord(machine, 'far'), what.endsWith('emulatable') ? 0xfffn : 0n);
      assert.equal(exitWord(machine, 'hpfar'), what === 'WFx' ? 0n : hpfar);
    });
  }
});

describe('traps (rec_exit.other_sync)', () => {
  test('WFI and WFE exit only when the Host asked for it at this entry', () => {
    const machine = newRealm();
    writeCode(machine, CODE, [A64.wfe, A64.wfe, A64.sevl, A64.wfe, A64.wfi, A64.wfe, A64.wfi]);
    setRec(machine, { pc: CODE });
    // An exception return sets the event register: the first WFE after it does not wait, so it does not trap.
    enterCode(machine, { 0: 8 });
    assert.deepEqual([exitWord(machine, 'esr'), recPc(machine)], [(1n << 26n) | 1n, CODE + 8], 'WFE');
    enterCode(machine, { 0: 4 });
    assert.deepEqual([exitWord(machine, 'esr'), recPc(machine)], [1n << 26n, CODE + 20], 'WFE went by, WFI');
    enterCode(machine, { 0: 12 });
    assert.deepEqual([exitWord(machine, 'esr'), recPc(machine)], [1n << 26n, CODE + 28]);
  });

  test('HVC is UNDEFINED', () => {
    const machine = newRealm();
    writeCode(machine, 0x200, [A64.wfi]);
    writeCode(machine, CODE, [A64.hvc]);
    setRec(machine, { pc: CODE });
    enterCode(machine);
    assert.equal(recPc(machine), 0x204);
    assert.deepEqual([recSysreg(machine, 'ESR_EL1'), recSysreg(machine, 'ELR_EL1')], [IL, BigInt(CODE)]);
  });

  test('SVE and SME are UNDEFINED; what nobody traps ends the entry and shows nothing', () => {
    const machine = newRealm();
    for (const ec of [0x19n, 0x1dn]) {
      assert.equal(take(machine, { kind: 'sync', esr: (ec << 26n) | IL | 0x1234n }), 2, 'the Realm goes on');
      assert.equal(recSysreg(machine, 'ESR_EL1'), IL);
    }
    assert.equal(take(machine, { kind: 'sync', esr: (0x3cn << 26n) | IL | 0x1234n, far: 5n, hpfar: 16n }), 1);
    assertOnly(machine, {});
  });

  test('ID registers are read without an exit, other trapped registers are RAZ/WI', () => {
    const machine = newRealm();
    const mrs = (op0: bigint, op1: bigint, crn: bigint, crm: bigint, op2: bigint, read = 1n): bigint =>
      (0x18n << 26n) | IL | (op0 << 20n) | (op2 << 17n) | (op1 << 14n) | (crn << 10n) | (3n << 5n) | (crm << 1n) | read;
    const read = (esr: bigint): bigint => {
      let value = -1n;
      enter(machine, (pe, stay) => {
        if (stay === 0) {
          writeX(pe, 3, 0x5555n);
          return { kind: 'sync', esr };
        }
        value = readX(pe, 3);
        return { kind: 'fiq' };
      });
      assert.equal(exitWord(machine, 'exit_reason'), 2n);
      return value;
    };
    const pfr0 = read(mrs(3n, 0n, 0n, 4n, 0n));
    assert.equal(pfr0 & 0xffn, 0x11n, 'ID_AA64PFR0_EL1: EL0 and EL1 in AArch64');
    assert.equal((pfr0 >> 32n) & 0xfn, 0n, 'SVE is hidden');
    assert.equal(read(mrs(3n, 0n, 11n, 0n, 1n)), 0n, 'an IMPLEMENTATION DEFINED register');
    assert.equal(read(mrs(3n, 0n, 11n, 0n, 1n, 0n)), 0x5555n, 'a write changes nothing');
  });

  test('GIC registers exit to the Host: a write shows its value, a read gets gprs[0] at the next entry', () => {
    const machine = newRealm();
    const esr = (register: bigint, crn: bigint, crm: bigint, op2: bigint, read: bigint): bigint =>
      (0x18n << 26n) | IL | (3n << 20n) | (op2 << 17n) | (crn << 10n) | (register << 5n) | (crm << 1n) | read;
    const SGI1R = esr(3n, 12n, 11n, 5n, 0n);
    const pc = recPc(machine);
    enter(machine, (pe) => {
      writeX(pe, 3, 0xabc_0000_0001n);
      return { kind: 'sync', esr: SGI1R };
    });
    assertOnly(machine, { [EXIT.esr]: SGI1R, [EXIT.gprs]: 0xabc_0000_0001n });
    assert.equal(recPc(machine), pc + 4);
    take(machine, { kind: 'sync', esr: esr(31n, 12n, 11n, 5n, 0n) });
    assert.equal(exitWord(machine, 'gprs'), 0n, 'XZR');
    const PMR = esr(3n, 4n, 6n, 0n, 1n);
    enter(machine, (pe) => {
      writeX(pe, 3, 0x77n);
      return { kind: 'sync', esr: PMR };
    });
    assertOnly(machine, { [EXIT.esr]: PMR });
    let value = 0n;
    const script: RealmScript = (pe) => {
      value = readX(pe, 3);
      return { kind: 'fiq' };
    };
    enter(machine, script, { 512: 0xf8n });
    assert.equal(value, 0xf8n);
    enter(machine, script, { 512: 0x11n });
    assert.equal(value, 0xf8n, 'once');
  });

  test('IRQ and FIQ show nothing', () => {
    const machine = newRealm();
    for (const [kind, reason] of [
      ['irq', 1n],
      ['fiq', 2n],
    ] as const) {
      enter(machine, (pe) => {
        for (let register = 0; register < 31; register++) writeX(pe, register, 0x99n);
        writeSysreg(pe, 'ESR_EL2', 0x1234n);
        return { kind };
      });
      assertOnly(machine, { [EXIT.reason]: reason });
    }
  });
});

describe('buffers of RSI calls (rec_exit.rsi_buffer_fault)', () => {
  const CALLS = [
    ['RSI_HOST_CALL', 0x300],
    ['RSI_REALM_CONFIG', 0],
    ['RSI_ATTESTATION_TOKEN_CONTINUE', 0],
  ] as const;
  for (const [name, offset] of CALLS) {
    const call = (pe: Pe, at: number) => smc(pe, fidOfName(name), at, 0, 16);
    const begin: RealmScript = (pe, stay) =>
      stay === 0 ? smc(pe, fidOfName('RSI_ATTESTATION_TOKEN_INIT')) : { kind: 'fiq' };

    test(`${name}: EMPTY is an error, DESTROYED and unassigned RAM are aborts at the level of the walk`, () => {
      const machine = newRealm({ pages: 3 });
      if (name.includes('TOKEN')) enter(machine, begin);
      must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x1000);
      setRipas(machine, 0x1000, 0x2000, 1);
      must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x2000);
      const ram2 = 0x20_0000;
      setRipas(machine, ram2, ram2 + 0x20_0000, 1);
      for (const [at, level] of [
        [0x1000, 3n],
        [0x2000, 3n],
        [ram2, 2n],
      ] as const) {
        const pc = recPc(machine);
        let stays = 0;
        enter(machine, (pe) => (stays++ === 0 ? call(pe, at + offset) : { kind: 'fiq' }));
        assert.equal(stays, 1);
        assertOnly(machine, { [EXIT.esr]: DATA | (4n + level), [EXIT.hpfar]: BigInt(at) >> 8n });
        assert.equal(recPc(machine), pc, 'executed again');
        assert.equal(recX(machine, 1), BigInt(at + offset), 'registers are as they were');
      }
      const results: bigint[] = [];
      enter(machine, (pe, stay) => {
        if (stay > 0) results.push(readX(pe, 0));
        if (stay === 0) return call(pe, 0x10_0000 + offset);
        return stay === 1 ? call(pe, UNPROTECTED + offset) : { kind: 'fiq' };
      });
      assert.deepEqual(results, [1n, 1n], 'EMPTY, Unprotected: RSI_ERROR_INPUT');
    });
  }

  test('level -1 has a fault status of its own', () => {
    const machine = newMachine('trace-c');
    const RTT = 0x8020_0000;
    delegate(machine, AT.rd);
    delegate(machine, RTT);
    writePage(machine, AT.params, { 0: 1, 8: 52, 24: 1, 32: 1, 2048: 1, 2056: RTT, 2064: -1, 2072: 1 });
    must(machine, 'RMI_REALM_CREATE', AT.rd, AT.params);
    must(machine, 'RMI_RTT_INIT_RIPAS', AT.rd, 0, 2 ** 48);
    delegate(machine, AT.rec, 17);
    writePage(machine, AT.params, {
      0: 1,
      2048: 16,
      ...Object.fromEntries(Array.from({ length: 16 }, (_, slot) => [0x808 + slot * 8, AT.aux + slot * 4096])),
    });
    must(machine, 'RMI_REC_CREATE', AT.rd, AT.rec, AT.params);
    must(machine, 'RMI_REALM_ACTIVATE', AT.rd);
    enter(machine, (pe) => smc(pe, fidOfName('RSI_REALM_CONFIG'), 0x1_0000));
    assertOnly(machine, { [EXIT.esr]: DATA | 0x2bn, [EXIT.hpfar]: 0x100n });
  });
});

describe('RIPAS change (rec_exit.ripas_change)', () => {
  const SET = fidOfName('RSI_IPA_STATE_SET');
  const ask = (machine: Machine, base: number, top: number, ripas: number, flags = 0): void => {
    assert.equal(
      enter(machine, (pe) => smc(pe, SET, base, top, ripas, flags)),
      0n,
    );
  };
  /** X0..X2 of the Realm after the entry that completes the change. */
  const answer = (machine: Machine, flags = 0): bigint[] => {
    let seen: bigint[] = [];
    enter(
      machine,
      (pe) => {
        seen = [readX(pe, 0), readX(pe, 1), readX(pe, 2)];
        return { kind: 'fiq' };
      },
      { 0: flags },
    );
    return seen;
  };
  const REJECT = 16;

  test('the exit names the request and nothing else', () => {
    const machine = newRealm();
    ask(machine, 0x2000, 0x8000, 1, 1);
    assertOnly(machine, { [EXIT.reason]: 4n, 1280: 0x2000n, 1288: 0x8000n, 1296: 1n });
  });

  test('partly done, then the rest: each RMI_RTT_SET_RIPAS starts where the last one ended', () => {
    const machine = newRealm({ pages: 4 });
    ask(machine, 0, 0x20_0000, 0);
    assert.equal(rmi(machine, 'RMI_RTT_SET_RIPAS', [AT.rd, AT.rec, 0x1000, 0x2000])[0], 1n, 'not the base');
    assert.deepEqual(must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, 0, 0x2000).slice(0, 2), [0n, 0x2000n]);
    assert.equal(rmi(machine, 'RMI_RTT_SET_RIPAS', [AT.rd, AT.rec, 0, 0x2000])[0], 1n, 'done already');
    assert.deepEqual(must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, 0x2000, 0x3000).slice(0, 2), [0n, 0x3000n]);
    assert.equal(rmi(machine, 'RMI_RTT_SET_RIPAS', [AT.rd, AT.rec, 0x3000, 0x20_1000])[0], 1n, 'beyond the top');
    assert.deepEqual(answer(machine), [0n, 0x3000n, 0n]);
    assert.equal(rmi(machine, 'RMI_RTT_SET_RIPAS', [AT.rd, AT.rec, 0x3000, 0x4000])[0], 1n, 'no request');
    const { entries } = walkRtt(machine, pa(AT.rd), 0x2000 as never, 3);
    assert.deepEqual([entries.at(-1)?.hipas, entries.at(-1)?.ripas], ['ASSIGNED', 'EMPTY'], 'HIPAS never changes');
  });

  test('stops at DESTROYED unless the Realm allows it', () => {
    for (const [flags, top] of [
      [0, 0x2000],
      [1, 0x4000],
    ] as const) {
      const machine = newRealm({ pages: 4 });
      must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x2000);
      ask(machine, 0, 0x4000, 0, flags);
      assert.equal(must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, 0, 0x4000)[1], BigInt(top));
      if (flags === 0) {
        assert.equal(rmi(machine, 'RMI_RTT_SET_RIPAS', [AT.rd, AT.rec, 0x2000, 0x4000])[0], 0x304n, 'no progress');
      }
    }
  });

  test('stops before a table, and at the end of one', () => {
    const machine = newRealm();
    ask(machine, 0x1f_f000, 0x60_0000, 1);
    assert.equal(must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, 0x1f_f000, 0x60_0000)[1], 0x20_0000n);
    must(machine, 'RMI_RTT_CREATE', AT.rd, freshGranule(machine), 0x40_0000, 3);
    assert.equal(must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, 0x20_0000, 0x60_0000)[1], 0x40_0000n);
    assert.equal(must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, 0x40_0000, 0x60_0000)[1], 0x60_0000n);
    assert.deepEqual(answer(machine), [0n, 0x60_0000n, 0n]);
  });

  test('an entry larger than the range, or a base inside it, needs a deeper table', () => {
    const machine = newRealm();
    ask(machine, 0x20_1000, 0x20_3000, 1);
    assert.equal(rmi(machine, 'RMI_RTT_SET_RIPAS', [AT.rd, AT.rec, 0x20_1000, 0x20_3000])[0], 0x204n);
    must(machine, 'RMI_RTT_CREATE', AT.rd, freshGranule(machine), 0x20_0000, 3);
    assert.equal(must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, 0x20_1000, 0x20_3000)[1], 0x20_3000n);
  });

  test('only an unfinished request for RAM can be rejected', () => {
    for (const [ripas, done, flags, response] of [
      [1, false, REJECT, 1n],
      [1, false, 0, 0n],
      [1, true, REJECT, 0n],
      [0, false, REJECT, 0n],
    ] as const) {
      const machine = newRealm();
      ask(machine, 0x4000, 0x5000, ripas);
      if (done) must(machine, 'RMI_RTT_SET_RIPAS', AT.rd, AT.rec, 0x4000, 0x5000);
      assert.deepEqual(answer(machine, flags), [0n, done ? 0x5000n : 0x4000n, response]);
    }
  });
});

describe('host call (rec_exit.host_call)', () => {
  const HOST_CALL = fidOfName('RSI_HOST_CALL');

  test('the answer goes to the structure; the Realm keeps its registers but X0', () => {
    const machine = newRealm();
    writeData(machine, 0x1100, 0xffff_1234n);
    for (let slot = 0; slot < 31; slot++) writeData(machine, 0x1108 + slot * 8, BigInt(slot + 1));
    enter(machine, (pe) => {
      for (let register = 0; register < 31; register++) writeX(pe, register, BigInt(register + 100));
      return smc(pe, HOST_CALL, 0x1100);
    });
    const gprs = Object.fromEntries(Array.from({ length: 31 }, (_, slot) => [0x200 + slot * 8, BigInt(slot + 1)]));
    assertOnly(machine, { [EXIT.reason]: 5n, ...gprs, 1536: 0xffff_1234n });
    const seen: bigint[] = [];
    const words = Object.fromEntries(Array.from({ length: 31 }, (_, slot) => [0x200 + slot * 8, slot + 500]));
    enter(
      machine,
      (pe) => {
        for (let register = 0; register < 31; register++) seen.push(readX(pe, register));
        return { kind: 'fiq' };
      },
      words,
    );
    assert.deepEqual(seen.slice(0, 5), [0n, 0x1100n, 102n, 103n, 104n]);
    assert.equal(readData(machine, 0x1108 + 30 * 8), 530n);
  });

  test('a page that became EMPTY takes no answer; one that is gone ends the entry before the Realm runs', () => {
    const machine = newRealm({ pages: 3 });
    enter(machine, (pe) => smc(pe, HOST_CALL, 0x1100));
    must(machine, 'RMI_DATA_DESTROY', AT.rd, 0x1000);
    assert.equal(
      enter(machine, () => assert.fail('must not run')),
      0n,
    );
    assertOnly(machine, { [EXIT.esr]: DATA | 7n, [EXIT.hpfar]: 0x10n });
    assert.equal(readRec(machine, pa(AT.rec)).hostCallPending, true);
  });
});

describe('SMCCC', () => {
  /** X0..X17 after a call made with a pattern in all registers but the given ones. */
  function hostCall(machine: Machine, fid: bigint, ...registers: readonly (number | bigint)[]): bigint[] {
    const pe = bootPe(machine);
    for (let register = 9; register < 31; register++) writeX(pe, register, BigInt(0x900 + register));
    beginCallWith(machine, fid, registers);
    while (stepFirmware(machine));
    return Array.from({ length: 31 }, (_, register) => readX(pe, register));
  }
  function beginCallWith(machine: Machine, fid: bigint, registers: readonly (number | bigint)[]): void {
    const all = Array.from({ length: 8 }, (_, index) => registers[index] ?? 0x901 + index);
    beginCall(machine, Number(fid & 0xffff_ffffn), all);
  }

  test('RMI: X0 to X3 are results, X4 where it is one; all above are the caller’s', () => {
    const machine = newRealm();
    for (const [name, registers, results] of [
      ['RMI_VERSION', [0x1_0000], 4],
      ['RMI_FEATURES', [0], 4],
      ['RMI_GRANULE_DELEGATE', [1], 4],
      ['RMI_RTT_READ_ENTRY', [AT.rd, 0, 3], 5],
      ['RMI_REC_ENTER', [AT.rec, AT.run], 4],
      ['RMI_PSCI_COMPLETE', [AT.rec, AT.rec], 4],
    ] as const) {
      const after = hostCall(machine, BigInt(fidOfName(name)), ...registers);
      for (let register = results; register < 31; register++) {
        assert.equal(after[register], BigInt(0x900 + register), `${name} X${register}`);
      }
    }
  });

  test('the SVE hint is no part of any RMI or RSI function identifier', () => {
    const machine = newRealm();
    const hint = 0x1_0000n;
    for (const [name, ...registers] of [
      ['RMI_FEATURES', 0],
      ['RMI_REC_AUX_COUNT', AT.rd],
      ['RMI_RTT_READ_ENTRY', AT.rd, 0, 3],
      ['RMI_GRANULE_DELEGATE', 1],
    ] as const) {
      const fid = BigInt(fidOfName(name));
      assert.deepEqual(hostCall(machine, fid | hint, ...registers), hostCall(machine, fid, ...registers), name);
    }
    const results: bigint[] = [];
    enter(machine, (pe, stay) => {
      if (stay > 0) results.push(readX(pe, 0), readX(pe, 1));
      if (stay === 0) return smc(pe, BigInt(fidOfName('RSI_VERSION')) | hint | 0xdead_0000_0000_0000n, 0x1_0000);
      return stay === 1 ? smc(pe, 0x8401_0000n) : { kind: 'fiq' };
    });
    assert.deepEqual(results.slice(0, 3), [0n, 0x1_0000n, 0x1_0001n]);
  });

  test('a Realm keeps the registers that are no results, and all of them above X3 for an unknown call', () => {
    const machine = newRealm();
    for (const [name, results] of [
      ['RSI_VERSION', 4],
      ['RSI_FEATURES', 4],
      ['RSI_MEASUREMENT_READ', 9],
      ['RSI_MEASUREMENT_EXTEND', 4],
      ['RSI_IPA_STATE_GET', 4],
      ['PSCI_VERSION', 4],
      ['PSCI_FEATURES', 4],
      [undefined, 4],
    ] as const) {
      const after: bigint[] = [];
      enter(machine, (pe, stay) => {
        if (stay > 0) {
          for (let register = 0; register < 31; register++) after.push(readX(pe, register));
          return { kind: 'fiq' };
        }
        for (let register = 4; register < 31; register++) writeX(pe, register, BigInt(0x900 + register));
        return smc(pe, name === undefined ? 0xc400_01fe : fidOfName(name), 0, 0, 0);
      });
      for (let register = results; register < 31; register++) {
        assert.equal(after[register], BigInt(0x900 + register), `${name} X${register}`);
      }
      if (name === undefined) assert.deepEqual(after.slice(0, 4), [0xffff_ffff_ffff_ffffn, 0n, 0n, 0n]);
    }
  });
});

test('an entry shows the list registers and GIC state the platform has', () => {
  const platform = presetPlatform('fvp');
  for (const listRegisters of [1, 4, 16]) {
    const machine = newMachine({ ...platform, features: { ...platform.features, listRegisters } });
    buildRealm(machine);
    const lr = (index: number): bigint => (1n << 62n) | BigInt(32 + index);
    const words = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [0x308 + index * 8, lr(index)]));
    assert.equal(
      enter(machine, () => ({ kind: 'fiq' }), words),
      0n,
    );
    for (let index = 0; index < 16; index++) {
      assert.equal(exitWord(machine, 'gicv3_lrs', index), index < listRegisters ? lr(index) : 0n, `LR ${index}`);
    }
    // A register that does not exist is not looked at.
    const twice = { ...words, [0x308 + 15 * 8]: lr(0) };
    assert.equal(
      enter(machine, () => ({ kind: 'fiq' }), twice),
      listRegisters === 16 ? 3n : 0n,
    );
  }
});
