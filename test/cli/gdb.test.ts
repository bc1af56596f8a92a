/** The gdb server: framing as properties, its answers packet by packet, and a session of the real gdb. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { frame, fromDigits, type Unframer, unframe } from '../../cli/gdb/packets';
import { GDB_REGISTERS } from '../../cli/gdb/registers';
import { commandLine } from '../support/command-line';

const { folder, program } = commandLine();
const SAMPLE = join(process.cwd(), 'samples/attest/attest.elf');

const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => String.fromCharCode(...all));

test('every body survives framing, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (bodies, cut) => {
      const stream = bodies.map((body) => `+${frame(body)}`).join('');
      const unframer: Unframer = { rest: '' };
      const found = [];
      for (let at = 0; at < stream.length; at += cut) found.push(...unframe(unframer, stream.slice(at, at + cut)));
      assert.deepEqual(
        found,
        bodies.map((body) => ({ kind: 'packet', body })),
      );
    }),
  );
});

test('a damaged packet, an interrupt and a request to send again are told apart', () => {
  assert.deepEqual(unframe({ rest: '' }, '$m0,4#00'), [{ kind: 'damaged' }]);
  assert.deepEqual(unframe({ rest: '' }, '\x03-'), [{ kind: 'interrupt' }, { kind: 'again' }]);
});

/** A register that holds no value of its own. */
const VIEW = GDB_REGISTERS.findIndex(({ name }) => name === 'DAIF');

interface Serving {
  readonly child: ChildProcess;
  readonly port: number;
  readonly output: () => string;
}

/** Starts the server on a free port. */
function serve(): Promise<Serving> {
  const child = spawn(process.execPath, [program, 'gdb', SAMPLE, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`The server ended with ${code}: ${text}`)));
    child.stderr.on('data', (chunk) => {
      text += String(chunk);
    });
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      const port = /127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve({ child, port: Number(port), output: () => text });
    });
  });
}

/** Sends packets one after the other and gives back their answers. */
function talk(port: number, bodies: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const answers: string[] = [];
    const unframer: Unframer = { rest: '' };
    const socket = connect(port, '127.0.0.1', () => socket.write(frame(bodies[0] ?? ''), 'latin1'));
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      for (const incoming of unframe(unframer, String(chunk))) {
        if (incoming.kind !== 'packet') continue;
        answers.push(incoming.body);
        const next = bodies[answers.length];
        if (next === undefined) socket.destroy();
        else socket.write(frame(next), 'latin1');
      }
    });
    socket.on('close', () => resolve(answers));
  });
}

test('packets: registers, memory, points and what is malformed', async () => {
  const { child, port } = await serve();
  try {
    const answers = await talk(port, [
      'qSupported:multiprocess+',
      '?',
      'qfThreadInfo',
      'p20',
      'P0=efcdab8967452301',
      'p0',
      'M88000000,4:1f2003d5',
      'm88000000,4',
      'Z0,88000000,4',
      'Z2,88001000,8',
      'z2,88001000,8',
      'm0,4',
      'mxyz',
      'pffff',
      'P0=12',
      `P${VIEW.toString(16)}=0000000000000000`,
      'T9',
      'vMustReplyEmpty',
      'qRcmd,706573',
    ]);
    assert.ok(VIEW > 0);
    assert.match(answers[0] ?? '', /qXfer:features:read\+/);
    assert.equal(answers[1], 'T05thread:1;');
    assert.equal(answers[2], 'm1');
    assert.equal(answers[3], '0000008800000000');
    assert.equal(answers[5], 'efcdab8967452301');
    assert.equal(answers[7], '1f2003d5');
    assert.deepEqual(answers.slice(8, 11), ['OK', 'OK', 'OK']);
    assert.deepEqual(answers.slice(11, 18), ['E0e', 'E16', 'E16', 'E16', 'E16', 'E16', '']);
    assert.match(Buffer.from(fromDigits(answers[18] ?? '') ?? []).toString(), /^PE 0: Non-secure EL2/);
  } finally {
    child.kill();
  }
});

const GDB = 'gdb-multiarch';
const hasGdb = spawnSync(GDB, ['--version']).status === 0;

const SCRIPT = `
set pagination off
set confirm off
info threads
break main
continue
printf "sp %lx\\n", $sp
bt 2
watch *(long *) ($sp - 8)
continue
printf "EL %d\\n", ((int) $cpsr >> 2) & 3
printf "SCTLR %lx\\n", $SCTLR_EL1
printf "views %d %d %d\\n", $CurrentEL >> 2, $SP_EL1 == $sp, $CNTPCT_EL0 > 0
set var $x5 = 0x1234
printf "x5 %lx\\n", $x5
delete
stepi
printf "v0 %lx\\n", $v0.d.u[0]
continue
`;

test('the real gdb: breakpoint, watchpoint, registers, stepping, to the end', {
  skip: !hasGdb && 'no gdb-multiarch',
}, async () => {
  const { child, port, output } = await serve();
  try {
    const script = join(folder, 'session.gdb');
    writeFileSync(script, `target remote 127.0.0.1:${port}\n${SCRIPT}`);
    const gdb = spawn(GDB, ['-nx', '-batch', '-x', script, SAMPLE], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    gdb.stdout.on('data', (chunk) => {
      text += String(chunk);
    });
    gdb.stderr.on('data', (chunk) => {
      text += String(chunk);
    });
    await new Promise((resolve) => gdb.on('exit', resolve));
    assert.match(text, /Thread 1 \(Non-secure EL2, in the built-in Host\)/);
    assert.match(text, /Breakpoint 1, main/);
    assert.match(text, /atchpoint 2/);
    assert.match(text, /New value = /);
    assert.match(text, /EL 1\n/);
    assert.match(text, /SCTLR 30d00800/);
    assert.match(text, /views 1 1 1/);
    assert.match(text, /x5 1234/);
    assert.match(text, /exited normally/);
    assert.match(output(), /Goodbye/);
  } finally {
    child.kill();
  }
});

test('a port that is taken is refused by name', async () => {
  const { child, port } = await serve();
  try {
    const second = spawnSync(process.execPath, [program, 'gdb', SAMPLE, '--port', String(port)], { encoding: 'utf8' });
    assert.equal(second.status, 2);
    assert.match(second.stderr, /cli-cannot-listen/);
  } finally {
    child.kill();
  }
});
