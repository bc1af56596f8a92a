/** `version`. */
import { version } from '../../package.json';
import { type Command, ExitCode } from '../command';

export const versionCommand: Command = {
  syntax: { name: 'version', summary: 'print the version', arguments: [], options: [] },
  run: (_, output) => {
    output.line(`realmscope ${version}`);
    return ExitCode.Good;
  },
};
