/** `token verify`: is this CCA token genuine, fresh, and from the Realm we mean? */
import { publicKeyOf } from '../../attestation/cose/key';
import { Problem } from '../../attestation/problem';
import { decodeToken } from '../../attestation/token/decode';
import { TEST_CPAK } from '../../attestation/token/test-keys';
import { type VerifyOptions, verifyToken } from '../../attestation/verify/verify';
import { type Command, ExitCode, JSON_SWITCH, NO_COLOUR } from '../command';
import { hexOption, readKey, readToken } from '../files';
import type { ParsedOptions } from '../options';
import { jsonOfReport, jsonOfToken, printToken, printVerification } from '../report/token';
import { nodeSignatureCheck } from '../services';

function verifyOptions(options: ParsedOptions): VerifyOptions {
  const { values } = options;
  const key = values.get('--cpak');
  const challenge = values.get('--challenge');
  const rim = values.get('--rim');
  const rpv = values.get('--rpv');
  return {
    cpak: key === undefined ? publicKeyOf(TEST_CPAK) : readKey(key),
    check: nodeSignatureCheck,
    ...(challenge === undefined ? {} : { challenge: hexOption('--challenge', challenge, 1, 64) }),
    ...(rim === undefined ? {} : { rim: hexOption('--rim', rim, 32, 64) }),
    ...(rpv === undefined ? {} : { rpv: hexOption('--rpv', rpv, 1, 64) }),
  };
}

/** The decoded token; undefined when it is malformed, which the report says. */
function decodeIfPossible(bytes: Uint8Array) {
  try {
    return decodeToken(bytes);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

export const tokenVerify: Command = {
  syntax: {
    name: 'token verify',
    summary: 'check signatures, binding, challenge and measurements of a CCA token',
    arguments: ['FILE'],
    options: [
      { name: '--cpak', value: 'KEY.jwk', summary: "trust anchor: the platform's public key (default: our test CPAK)" },
      { name: '--challenge', value: 'HEX', summary: 'the challenge that was sent, up to 64 bytes' },
      { name: '--rim', value: 'HEX', summary: 'the expected RIM' },
      { name: '--rpv', value: 'HEX', summary: 'the expected personalization value, up to 64 bytes' },
      JSON_SWITCH,
      NO_COLOUR,
    ],
    notes: ['Exit code 0 when the token is accepted, 1 when it is refused.'],
  },
  run: (options, output) => {
    const bytes = readToken(options.positional[0] ?? '');
    const report = verifyToken(bytes, verifyOptions(options));
    const token = decodeIfPossible(bytes);
    if (options.switches.has('--json')) {
      const document = {
        schema: 'realmscope.verification/1',
        token: token === undefined ? null : jsonOfToken(token),
        verification: jsonOfReport(report),
      };
      output.line(JSON.stringify(document, null, 2));
    } else {
      if (token !== undefined) {
        printToken(output, token);
        output.line('');
      }
      printVerification(output, report);
    }
    return report.accepted ? ExitCode.Good : ExitCode.Failed;
  },
};
