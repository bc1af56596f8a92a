/**
 * The attributes of a launch configuration, each described once: the adapter validates by this table, and the extension's
 * `package.json` is generated from it, so that an attribute cannot exist undocumented.
 */
export interface LaunchAttribute {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer' | 'string[]' | 'string map';
  /** Shown by the editor of launch.json; Markdown. */
  readonly description: string;
  readonly default?: string | boolean | number | readonly string[] | Readonly<Record<string, string>>;
  /** Needed where this other attribute is not given. */
  readonly unless?: string;
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Strings: a regular expression in JSON Schema form, with words for a message. */
  readonly pattern?: { readonly expression: string; readonly words: string };
}

/** The debug type of launch configurations and of the adapter. */
export const DEBUG_TYPE = 'cca';

export const LAUNCH_ATTRIBUTES: readonly LaunchAttribute[] = [
  {
    name: 'program',
    type: 'string',
    unless: 'host',
    description:
      'Path of the Realm guest: a statically linked AArch64 ELF executable. With `host` it is optional and gives the symbols of the code that the Host runs in a Realm.',
    default: `\${workspaceFolder}/attest.elf`,
  },
  {
    name: 'host',
    type: 'string',
    description:
      'Path of a Host of real code instead of the built-in one: an A64 image, ELF or raw, entered at Non-secure EL2 as BL33. A raw one is loaded at `0x88000000`, or where `@ADDR` behind the path says.',
  },
  {
    name: 'load',
    type: 'string[]',
    description: 'With `host`: more files put into memory, `FILE@ADDR`; an ELF file needs no address.',
    default: [],
  },
  {
    name: 'entry',
    type: 'string',
    description: 'With `host`: PA at which PE 0 starts. Without it the entry of the image.',
    pattern: { expression: '^(0[xX][0-9a-fA-F_]+|[0-9_]+)$', words: 'an address, e.g. 0x88000000' },
  },
  {
    name: 'poke',
    type: 'string[]',
    description:
      'With `host`: words written into memory before the start, `ADDR=WORD`: 32 bits, or 64 when written with more than 8 hexadecimal digits.',
    default: [],
  },
  {
    name: 'pes',
    type: 'integer',
    description:
      'Number of PEs. Without it 8 with `host`, all but the first off until `PSCI_CPU_ON`; else what the platform has.',
    minimum: 1,
    maximum: 8,
  },
  {
    name: 'resetLimit',
    type: 'integer',
    description: 'With `host`: system resets carried out before the run ends. Without it 1000.',
    minimum: 0,
  },
  {
    name: 'stopOnEntry',
    type: 'boolean',
    description:
      "Stop at the Host's first RMI call, before anything has happened; with `host` at its first instruction.",
    default: true,
  },
  {
    name: 'breakOn',
    type: 'string[]',
    description:
      'Commands to stop at, e.g. `RMI_REALM_CREATE`, `RSI_ATTESTATION_TOKEN_INIT`; with ` after` when they return. These last as long as the run; function breakpoints take the same names.',
    default: [],
  },
  {
    name: 'platform',
    type: 'string',
    description: 'The machine to emulate.',
    values: ['fvp', 'trace-a', 'trace-b', 'trace-c', 'big'],
    default: 'fvp',
  },
  {
    name: 'rmmVersion',
    type: 'string',
    description: 'Version of the RMM: 1.0, or 1.1 with MEC as far as it is built.',
    values: ['1.0', '1.1-v0.8.0'],
    default: '1.0',
  },
  {
    name: 'mecid',
    type: 'integer',
    description:
      'MECID the Host names for the Realm, with RMM 1.1. Of several Realms the first gets it and the others those that follow; 0, which is Shared, is for all. Without it the Host names 0.',
    minimum: 0,
    maximum: 65535,
  },
  {
    name: 'ipaWidth',
    type: 'integer',
    description:
      'Width of the Realm’s IPA space in bits; the lower half is Protected. Above 48 the platform needs LPA2.',
    minimum: 32,
    maximum: 52,
    default: 33,
  },
  {
    name: 'lpa2',
    type: 'boolean',
    description: 'Ask for LPA2 even where the IPA width does not need it. `trace-c` has it.',
    default: false,
  },
  {
    name: 'levelStart',
    type: 'integer',
    description:
      'Level the Realm’s RTTs start at; how many tables are concatenated there follows. Without it the Host chooses what suits the IPA width.',
    minimum: -1,
    maximum: 2,
  },
  {
    name: 'recs',
    type: 'integer',
    description: 'RECs of the Realm. All but the first wait for `PSCI_CPU_ON`.',
    minimum: 1,
    maximum: 512,
    default: 1,
  },
  {
    name: 'realms',
    type: 'integer',
    description: 'Realms that run the program at the same time.',
    minimum: 1,
    maximum: 64,
    default: 1,
  },
  {
    name: 'memorySize',
    type: 'string',
    description:
      'Protected RAM the Realm gets from the start of its image: a multiple of 2 MiB, e.g. `16M` or `0x1000000`.',
    pattern: { expression: '^(0[xX][0-9a-fA-F]+|[0-9]+)[KMG]?$', words: 'a number of bytes, e.g. 16M or 0x1000000' },
    default: '16M',
  },
  {
    name: 'hashAlgorithm',
    type: 'string',
    description: 'Algorithm of the Realm’s measurements.',
    values: ['sha-256', 'sha-512'],
    default: 'sha-256',
  },
  {
    name: 'breakpoints',
    type: 'integer',
    description: 'Hardware breakpoints of the Realm.',
    minimum: 2,
    maximum: 64,
    default: 2,
  },
  {
    name: 'watchpoints',
    type: 'integer',
    description: 'Hardware watchpoints of the Realm.',
    minimum: 2,
    maximum: 64,
    default: 2,
  },
  {
    name: 'pmuCounters',
    type: 'integer',
    description: 'Gives the Realm a PMU with so many event counters. Without it there is none.',
    minimum: 0,
    maximum: 31,
  },
  {
    name: 'fold',
    type: 'boolean',
    description: 'Fold RTTs into blocks where memory allows (`RMI_RTT_FOLD`).',
    default: false,
  },
  {
    name: 'sharedMemory',
    type: 'string',
    description:
      'Host memory that every Realm sees 1 GiB into its Unprotected half, e.g. `64K` in pages, `2M` in a block; up to `1G`.',
    pattern: { expression: '^(0[xX][0-9a-fA-F]+|[0-9]+)[KMG]?$', words: 'a number of bytes, e.g. 64K or 0x200000' },
    default: '0',
  },
  {
    name: 'hostBehaviour',
    type: 'string[]',
    description:
      'How the Host is less obliging than usual: `ripas-in-steps` changes RIPAS a page at a time, `ripas-reject` rejects requests for RAM, `deny-cpu-on` denies `PSCI_CPU_ON`, `inject-sea` answers accesses to nothing with an external abort.',
    values: ['ripas-in-steps', 'ripas-reject', 'deny-cpu-on', 'inject-sea'],
    default: [],
  },
  {
    name: 'challenge',
    type: 'string',
    description:
      'The verifier’s challenge, up to 64 bytes in hexadecimal, given to a guest that asks. The token must carry it.',
    pattern: { expression: '^([0-9a-fA-F]{2}){1,64}$', words: '1 to 64 bytes in hexadecimal' },
  },
  {
    name: 'budget',
    type: 'integer',
    description: 'Steps after which the run is stopped as one that does not end. 0: no limit.',
    minimum: 0,
    default: 0,
  },
  {
    name: 'memoryLimit',
    type: 'string',
    description: 'Most host memory for emulated memory that was touched, e.g. `512M`.',
    pattern: { expression: '^(0[xX][0-9a-fA-F]+|[0-9]+)[KMG]?$', words: 'a number of bytes, e.g. 512M or 0x20000000' },
    default: '1G',
  },
  {
    name: 'sourceMap',
    type: 'string map',
    description: `Folders the guest was built in and where their sources are now: \`{ "/build": "\${workspaceFolder}" }\`.`,
    default: {},
  },
  {
    name: 'trace',
    type: 'boolean',
    description: 'Print every RMI, RSI and PSCI call with its result to the Debug Console.',
    default: false,
  },
];

/** The JSON Schema of `configurationAttributes.launch` in `package.json`. */
export function launchSchema(): { anyOf: { required: string[] }[]; properties: Record<string, unknown> } {
  return {
    anyOf: LAUNCH_ATTRIBUTES.flatMap(({ name, unless }) =>
      unless === undefined ? [] : [{ required: [name] }, { required: [unless] }],
    ),
    properties: Object.fromEntries(LAUNCH_ATTRIBUTES.map((attribute) => [attribute.name, attributeSchema(attribute)])),
  };
}

function attributeSchema(attribute: LaunchAttribute): Record<string, unknown> {
  const { type, description } = attribute;
  const schema: Record<string, unknown> = { type, markdownDescription: description };
  if (type === 'string[]') Object.assign(schema, { type: 'array', items: { type: 'string' } });
  if (type === 'string map') Object.assign(schema, { type: 'object', additionalProperties: { type: 'string' } });
  if (attribute.values && type === 'string[]') schema['items'] = { type: 'string', enum: attribute.values };
  else if (attribute.values) schema['enum'] = attribute.values;
  if (attribute.minimum !== undefined) schema['minimum'] = attribute.minimum;
  if (attribute.maximum !== undefined) schema['maximum'] = attribute.maximum;
  if (attribute.pattern)
    Object.assign(schema, {
      pattern: attribute.pattern.expression,
      patternErrorMessage: `Give ${attribute.pattern.words}.`,
    });
  if (attribute.default !== undefined) schema['default'] = attribute.default;
  return schema;
}
