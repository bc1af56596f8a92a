import { ASSEMBLY_LANGUAGE } from '../ids';

/** `.asm` is left alone: most files of that name are for other processors. */
export const languageContributions = (): unknown[] => [
  {
    id: ASSEMBLY_LANGUAGE,
    aliases: ['A64 Assembly', 'AArch64 Assembly'],
    extensions: ['.s', '.S', '.a64'],
    configuration: './syntaxes/a64-language-configuration.json',
  },
];

export const grammarContributions = (): unknown[] => [
  { language: ASSEMBLY_LANGUAGE, scopeName: 'source.a64', path: './syntaxes/a64.tmLanguage.json' },
];
