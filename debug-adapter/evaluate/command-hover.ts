/** A command's name in a hover, a watch or the console: the same row that runs, as a tree. */
import { CATALOGUE } from '../../emulator/rmm/commands/catalogue';
import type { CatalogueCommand, CatalogueOperand } from '../../emulator/rmm/commands/catalogue-types';
import { showHex } from '../format';
import { group, leaf, type Node } from '../variables/node';

/** What headers add to a command's name: SMC_RSI_VERSION, RSI_VERSION_FID. */
const DECORATION = /^(?:SMC(?:32|64)?_|FID_)|_FID$/gi;

/** The command a macro or constant of the guest's source stands for. */
export function commandNamed(text: string): CatalogueCommand | undefined {
  const name = text.replace(DECORATION, '').toUpperCase();
  return CATALOGUE.find((command) => command.name === name);
}

const operands = (title: string, list: readonly CatalogueOperand[]): readonly Node[] =>
  list.length === 0
    ? []
    : [
        group(title, `${list.length}`, () =>
          list.map(({ reg, name, type, summary, validWhen }) =>
            leaf(`${reg} ${name}`, validWhen === undefined ? summary : `${summary} (valid when ${validWhen})`, {
              type,
            }),
          ),
        ),
      ];

const only = (versions: readonly string[] | undefined): string =>
  versions === undefined ? '' : ` (RMM ${versions.join(', ')} only)`;

/** Name, FID, versions; inputs, outputs, failure conditions in their order, effects. */
export function commandNode(command: CatalogueCommand): Node {
  const { fid, fidAlt, versions, summary, failures, effects } = command;
  const twin = fidAlt === undefined ? '' : ` or ${showHex(fidAlt)}`;
  return {
    name: command.name,
    value: `${command.name}: FID ${showHex(fid)}${twin}, RMM ${versions.join(', ')}. ${summary}`,
    type: 'command',
    hint: { attributes: ['readOnly'] },
    children: () => [
      ...operands('inputs', command.inputs),
      ...operands('outputs', command.outputs),
      ...(failures.length === 0
        ? []
        : [
            group('fails, in this order', `${failures.length} conditions`, () =>
              failures.map((failure) =>
                leaf(failure.id, `${failure.text} → ${failure.status}${only(failure.versions)}`),
              ),
            ),
          ]),
      ...(effects.length === 0
        ? []
        : [group('else', `${effects.length} effects`, () => effects.map((effect) => leaf(effect.name, effect.text)))]),
    ],
  };
}
