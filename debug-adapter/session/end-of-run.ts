/** The end of a run: its outcome, the verdict on every token, and the events that end the session. */
import { publicKeyOf } from '../../attestation/cose/key';
import { TEST_CPAK } from '../../attestation/token/test-keys';
import { verifyToken } from '../../attestation/verify/verify';
import { type HostConfig, hostOutcome, hostTokens, predictRim } from '../../emulator/host/host';
import { flushOutput, tell } from './output';
import { forgetStacks } from './stacks';
import type { Session, Target } from './state';

/** The guest's exit code as a process would give it: -1 for a fault becomes 1. */
const exitCode = (code: number): number => (code < 0 ? 1 : code);

/** `broken`: why the run was cut short, when it did not end by itself. */
export function endOfRun(session: Session, target: Target, broken?: string): void {
  flushOutput(target.output);
  session.goal = undefined;
  session.status = 'ended';
  session.stop = undefined;
  session.generation++;
  forgetStacks(session);
  if (broken !== undefined) tell(session.send, broken, 'important');
  const code = target.host ? tellOutcomes(session, target, target.host, broken) : tellHalt(session, target, broken);
  session.send('cca/changed', { generation: session.generation, reason: 'ended' });
  session.send('exited', { exitCode: code });
  terminate(session);
}

/** A Host that is an image ends with the system: 0 when it was turned off. */
function tellHalt(session: Session, { machine }: Target, broken: string | undefined): number {
  if (broken !== undefined) return 1;
  const off = machine.schedule.halted || machine.pes.every(({ runner }) => runner === 'off');
  const text = off ? 'The system was turned off.' : 'Every PE waits for an interrupt, and none will come.';
  tell(session.send, text, off ? 'console' : 'important');
  return off ? 0 : 1;
}

/** What the built-in Host says of each Realm; the exit code. */
function tellOutcomes(session: Session, target: Target, host: HostConfig, broken: string | undefined): number {
  const { realms } = host;
  const outcomes = realms.map((_, realm) => hostOutcome(target.machine.host, realm));
  for (const [realm, outcome] of outcomes.entries()) {
    const prefix = realms.length === 1 ? '' : `Realm "${realms[realm]?.name}": `;
    const text = prefix + (outcome?.text ?? 'Every PE waits or is off before the guest has ended.');
    const abnormal = outcome && outcome.kind !== 'exit' && outcome.kind !== 'off';
    if (broken === undefined) tell(session.send, text, abnormal ? 'important' : 'console');
    for (const verdict of tokenVerdicts(target, host, realm)) tell(session.send, prefix + verdict);
  }
  const outcome = outcomes.every((each) => each?.code === 0) ? outcomes[0] : outcomes.find((each) => each?.code !== 0);
  return outcome && broken === undefined ? exitCode(outcome.code) : 1;
}

/** One block of lines for each token that a Realm has published. */
function tokenVerdicts({ machine }: Target, host: HostConfig, realm: number): string[] {
  const { layout } = machine.host;
  const tokens = hostTokens(machine.host, realm);
  if (tokens.length === 0) return ['The guest published no token.'];
  const rim = predictRim(host, realm);
  const rpv = layout?.realms[realm]?.rpv;
  return tokens.map((bytes, i) => {
    const report = verifyToken(bytes, {
      cpak: publicKeyOf(TEST_CPAK),
      rim,
      ...(layout ? { challenge: layout.challenge } : {}),
      ...(rpv ? { rpv } : {}),
    });
    const checks = report.checks.map((check) => `  ${MARKS[check.verdict]} ${check.title}: ${check.reason}`);
    return [`Token ${i + 1} of ${tokens.length} (${bytes.length} bytes): ${report.verdict}`, ...checks].join('\n');
  });
}

const MARKS = { pass: '✓', warn: '!', fail: '✗', skipped: '-', unreached: '·' } as const;

/** Tells the client that the session is over, once. */
export function terminate(session: Session): void {
  if (session.terminated) return;
  session.terminated = true;
  session.send('terminated', {});
}
