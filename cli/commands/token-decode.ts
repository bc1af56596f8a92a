/** `token decode`: what a CCA token says, without believing it. */
import { decodeToken } from '../../attestation/token/decode';
import { type Command, ExitCode, JSON_SWITCH, NO_COLOUR } from '../command';
import { readToken } from '../files';
import { jsonOfToken, printToken } from '../report/token';

export const tokenDecode: Command = {
  syntax: {
    name: 'token decode',
    summary: 'show the claims of a CCA token',
    arguments: ['FILE'],
    options: [JSON_SWITCH, NO_COLOUR],
    notes: ['FILE is binary CBOR or the same in hexadecimal; - reads standard input. Signatures are not checked.'],
  },
  run: (options, output) => {
    const token = decodeToken(readToken(options.positional[0] ?? ''));
    if (options.switches.has('--json')) {
      output.line(JSON.stringify({ schema: 'realmscope.token/1', token: jsonOfToken(token) }, null, 2));
    } else {
      printToken(output, token);
      output.line(output.paint('dim', 'Not verified: "realmscope token verify" checks signatures and binding.'));
    }
    return ExitCode.Good;
  },
};
