/** The debug adapter as a client sees it: start, steps, pause, panel requests, memory. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { type DapClient, startDapClient } from '../support/dap-client';
import { median, percentile, type Row } from './row';

const PROGRAM = resolve('samples/attest/attest.elf');
const THREAD = { threadId: 1 };
/** Breakpoints set while steps are measured; they lie where the steps do not come. */
const BREAKPOINTS = 1000;

type Stopped = DebugProtocol.StoppedEvent['body'];

/** A session at its first stop, and the milliseconds it took from starting the process. */
async function start(program: string, functions: readonly string[] = []): Promise<{ client: DapClient; took: number }> {
  const begin = performance.now();
  const client = startDapClient({ patience: 60_000 });
  await client.request('initialize', { adapterID: 'cca', linesStartAt1: true, columnsStartAt1: true });
  const launched = client.request('launch', { program, stopOnEntry: true });
  await client.event('initialized');
  await client.request('setFunctionBreakpoints', { breakpoints: functions.map((name) => ({ name })) });
  await client.request('configurationDone');
  await launched;
  await client.event<Stopped>('stopped');
  return { client, took: performance.now() - begin };
}

async function goTo(client: DapClient, command: string): Promise<void> {
  await client.request(command, THREAD);
  await client.event<Stopped>('stopped');
}

/** Milliseconds of each of several steps, from the request to the stopped event. */
async function steps(client: DapClient, count: number, command: string, granularity: string): Promise<number[]> {
  const times: number[] = [];
  for (let step = 0; step < count; step++) {
    const begin = performance.now();
    await client.request(command, { ...THREAD, granularity });
    await client.event<Stopped>('stopped');
    times.push(performance.now() - begin);
  }
  return times;
}

/** Resident memory of the adapter's process in MB (Linux). */
const residentMegabytes = (client: DapClient): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${client.process.pid}/status`, 'utf8'))?.[1]) / 1024;

async function startup(): Promise<Row[]> {
  const times: number[] = [];
  let memory = 0;
  for (let run = 0; run < 5; run++) {
    const { client, took } = await start(PROGRAM);
    times.push(took);
    memory = process.platform === 'linux' ? residentMegabytes(client) : 0;
    await client.stop();
  }
  const rows: Row[] = [{ name: 'F5 to first stop', value: median(times), unit: 'ms', goal: { atMost: 1500 } }];
  if (memory) rows.push({ name: 'adapter memory at the first stop', value: memory, unit: 'MB', goal: { atMost: 200 } });
  return rows;
}

async function stepping(): Promise<Row[]> {
  const { client } = await start(PROGRAM, ['main']);
  try {
    await goTo(client, 'continue');
    const { breakpoints } = await client.request<DebugProtocol.SetInstructionBreakpointsResponse['body']>(
      'setInstructionBreakpoints',
      {
        breakpoints: Array.from({ length: BREAKPOINTS }, (_, index) => ({
          instructionReference: `0x${(0x8040_0000 + 4 * index).toString(16)}`,
        })),
      },
    );
    const name = `with ${breakpoints.length} breakpoints set`;
    const over = await steps(client, 3, 'next', 'line'); // main's first lines: each calls into RMM and Host
    const source = await steps(client, 60, 'stepIn', 'line');
    const instructions = await steps(client, 200, 'stepIn', 'instruction');
    const map: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const begin = performance.now();
      await client.request('cca/memoryMap', { base: '0x80000000', size: '0x80000000', cell: 0x20_0000, key: 'state' });
      map.push(performance.now() - begin);
    }
    return [
      { name: `source step, p95, ${name}`, value: percentile(source, 0.95), unit: 'ms', goal: { atMost: 15 } },
      { name: 'step over a function that calls RMM and Host', value: median(over), unit: 'ms' },
      {
        name: `instruction step, p95, ${name}`,
        value: percentile(instructions, 0.95),
        unit: 'ms',
        goal: { atMost: 10 },
      },
      { name: 'memory map of 2 GiB, p95', value: percentile(map, 0.95), unit: 'ms', goal: { atMost: 30 } },
    ];
  } finally {
    await client.stop();
  }
}

async function pausing(): Promise<Row[]> {
  const { client } = await start(resolve('test/guests/endless-loop.elf'));
  try {
    const times: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      await client.request('continue', THREAD);
      await new Promise((wake) => setTimeout(wake, turn === 0 ? 2000 : 100));
      const begin = performance.now();
      await client.request('pause', THREAD);
      await client.event<Stopped>('stopped', ({ reason }) => reason === 'pause');
      times.push(performance.now() - begin);
    }
    return [{ name: 'pause, p95', value: percentile(times, 0.95), unit: 'ms', goal: { atMost: 50 } }];
  } finally {
    await client.stop();
  }
}

export async function measure(): Promise<Row[]> {
  return [...(await startup()), ...(await stepping()), ...(await pausing())];
}
