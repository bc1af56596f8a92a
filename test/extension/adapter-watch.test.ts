import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watchAdapter } from '../../extension/debug/adapter-watch';

function watched() {
  const lines: string[] = [];
  const deaths: string[] = [];
  const to = (level: string) => (text: string) => lines.push(`${level} ${text}`);
  const log = { info: to('info'), warn: to('warn'), error: to('error'), trace: to('trace') };
  return { lines, deaths, watch: watchAdapter('attest', log, (how) => deaths.push(how)) };
}

describe('a debug adapter that ends', () => {
  it('unexpectedly is reported once, with its exit code', () => {
    const { watch, deaths, lines } = watched();
    watch.onWillStartSession();
    watch.onExit(3, undefined);
    watch.onError(new Error('pipe'));
    assert.deepEqual(deaths, ['the debug adapter ended unexpectedly (exit code 3)']);
    assert.equal(lines.filter((line) => line.startsWith('error')).length, 2);
  });

  it('by a signal is reported with it', () => {
    const { watch, deaths } = watched();
    watch.onExit(undefined, 'SIGSEGV');
    assert.deepEqual(deaths, ['the debug adapter ended unexpectedly (SIGSEGV)']);
  });

  it('after it was told to, or said so, is not reported', () => {
    const ends = [
      (watch: ReturnType<typeof watchAdapter>) =>
        watch.onWillReceiveMessage({ type: 'request', command: 'disconnect' }),
      (watch: ReturnType<typeof watchAdapter>) => watch.onWillReceiveMessage({ type: 'request', command: 'terminate' }),
      (watch: ReturnType<typeof watchAdapter>) => watch.onDidSendMessage({ type: 'event', event: 'terminated' }),
      (watch: ReturnType<typeof watchAdapter>) => watch.onWillStopSession(),
    ];
    for (const end of ends) {
      const { watch, deaths } = watched();
      end(watch);
      watch.onExit(0, undefined);
      assert.deepEqual(deaths, []);
    }
  });

  it('leaves refused requests in the log with their reason', () => {
    const { watch, lines } = watched();
    const error = { format: 'launch.json: "program" is missing.' };
    watch.onDidSendMessage({ type: 'response', command: 'launch', success: false, body: { error } });
    assert.ok(lines.includes('warn attest: launch refused: launch.json: "program" is missing.'));
  });
});
