// Writes the reference pages of docs/ from the tables the product runs on: command rows, system registers, events, launch
// attributes, the types of the custom requests and the attacks of the test suite. With --check it only says which pages are out of step (exit code 1).
// `--folder DIR` takes another folder than docs.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import './preflight.mjs';

const esbuild = await import('esbuild');
const { default: ts } = await import('typescript');

const SOURCES = `
export { ROWS } from './emulator/rmm/commands/rows';
export { STRUCTURES } from './emulator/rmm/structures/structures';
export { BIT_FIELDS } from './emulator/rmm/structures/bit-fields';
export { ENUMERATIONS } from './emulator/rmm/structures/enumerations';
export { STATUS_CODES } from './emulator/rmm/status';
export { CONTROL } from './emulator/cpu/sysreg/rows/control';
export { EXCEPTIONS } from './emulator/cpu/sysreg/rows/exceptions';
export { TRANSLATION } from './emulator/cpu/sysreg/rows/translation';
export { HYPERVISOR } from './emulator/cpu/sysreg/rows/hypervisor';
export { TIMERS } from './emulator/cpu/sysreg/rows/timers';
export { GIC } from './emulator/cpu/sysreg/rows/gic';
export { DEBUG } from './emulator/cpu/sysreg/rows/debug';
export { PMU } from './emulator/cpu/sysreg/rows/pmu';
export { IDENTIFICATION } from './emulator/cpu/sysreg/rows/identification';
export { PRESET_NAMES, presetPlatform } from './emulator/machine/presets/presets';
export { EVENTS } from './emulator/machine/event-table';
export { DEVICE_MODELS } from './emulator/devices/catalogue';
export { LAUNCH_ATTRIBUTES } from './debug-adapter/protocol/launch-attributes';
export { CUSTOM_REQUESTS } from './debug-adapter/protocol';
export { ATTACKS } from './test/attacks/attacks';
export { FIXTURES } from './test/attacks/fixtures';`;

const bundle = await esbuild.build({
  stdin: { contents: SOURCES, resolveDir: '.' },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
const encoded = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const product = await import(`data:text/javascript;base64,${encoded}`);

const HEAD = '<!-- Written by `npm run docs`; change the source, not this page. -->\n';
const hex = (value, width = 1) => {
  const digits = value.toString(16).padStart(width, '0');
  return `0x${digits.length > 4 ? digits.replace(/(?=(?:.{4})+$)(?!^)/g, '_') : digits}`;
};
/** Text inside a cell of a table. */
const cell = (text) => String(text).replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
const code = (text) => (String(text).includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
const table = (head, rows) =>
  rows.length === 0
    ? ''
    : [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
const page = (...parts) => `${HEAD}\n${parts.filter((part) => part !== '').join('\n\n')}\n`;
const anchor = (name) => `[${name}](#${name.toLowerCase().replace(/[^a-z0-9_-]/g, '')})`;

// --- commands ---------------------------------------------------------------------------------------------------------

const INTERFACES = {
  rmi: 'RMI: the Host calls the RMM',
  rsi: 'RSI: a Realm calls the RMM',
  psci: 'PSCI and SMCCC: a Realm calls the RMM',
};

/** Bits 15:8 of X0 in words. Rows have a function; those that need the call are known by their text. */
function indexText(row, stage) {
  if (stage.index === undefined) return '';
  if (stage.index.length === 0) return String(stage.index());
  const text = String(stage.index);
  if (/walk(Level|Index)\d*/.test(`${stage.index.name} ${text}`) || /walkOf|'walk'|"walk"/.test(text))
    return 'level where the walk ended';
  const argument = /argSigned\(frame, (\d)\)( - 1)?\s*$/.exec(text);
  const input = row.inputs.find(({ reg }) => reg === `X${argument?.[1]}`);
  if (!input) throw new Error(`${row.name} ${stage.id}: no words for the index ${text}`);
  return `${input.name}${argument[2] ?? ''}`;
}

const TYPED = new Set();
const typeText = (type) => {
  if (!(type in product.STRUCTURES) && !(type in product.BIT_FIELDS) && !(type in product.ENUMERATIONS)) return type;
  TYPED.add(type);
  return anchor(type);
};

function commandText(row) {
  const operands = (list) =>
    list.map(({ reg, name, type, summary, validWhen }) => [
      reg,
      code(name),
      typeText(type),
      validWhen ? `${summary}; valid when ${validWhen}` : summary,
    ]);
  const stages = row.stages.map((stage, number) => {
    if (stage.kind !== 'fail') return [number, `${stage.kind} ${code(stage.name)}`, stage.text, ''];
    const index = indexText(row, stage);
    if (stage.effects && row.name !== 'RMI_PSCI_COMPLETE')
      throw new Error(`${row.name} ${stage.id}: no words for its effects`);
    const also = stage.effects ? '; the request is completed all the same' : '';
    const status = index === '' ? stage.status : `${stage.status}, index ${index}`;
    const only = stage.versions ? ` (RMM ${stage.versions.join(', ')} only)` : '';
    return [number, `fail ${code(stage.id)}`, `${stage.text}${only}`, `${status}${also}`];
  });
  const twin = row.fidAlt === undefined ? '' : `, SMC32 ${code(hex(row.fidAlt, 8))}`;
  return [
    `### ${row.name}`,
    row.summary,
    `FID ${code(hex(row.fid, 8))}${twin} · RMM ${row.versions.join(', ')} · ${row.ticks} ticks`,
    table(['in', 'name', 'type', 'meaning'], operands(row.inputs)),
    table(['out', 'name', 'type', 'meaning'], operands(row.outputs)),
    table(['stage', 'what', 'condition or effect', 'result'], stages),
    (row.notes ?? []).map((note) => `- ${note}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function typeSection(name) {
  const structure = product.STRUCTURES[name];
  const bits = product.BIT_FIELDS[name];
  if (structure) {
    const rows = Object.values(structure.fields).map((field) => [
      hex(field.offset),
      field.count === 1 ? field.size : `${field.count} × ${field.size}`,
      code(field.name),
      typeText(field.type),
      field.summary,
    ]);
    return [
      `### ${name}`,
      `${hex(structure.size)} bytes: ${structure.summary}.`,
      table(['offset', 'bytes', 'field', 'type', 'meaning'], rows),
    ].join('\n\n');
  }
  if (bits) {
    const rows = bits.map(({ name: field, lsb, width, type, summary }) => [
      width === 1 ? lsb : `${lsb + width - 1}:${lsb}`,
      code(field),
      typeText(type),
      summary,
    ]);
    return [`### ${name}`, table(['bits', 'field', 'type', 'meaning'], rows)].join('\n\n');
  }
  const values = Object.entries(product.ENUMERATIONS[name]).map(([value, number]) => [number, code(value)]);
  return [`### ${name}`, table(['value', 'name'], values)].join('\n\n');
}

function commandsPage() {
  const { ROWS } = product;
  const groups = Object.entries(INTERFACES).map(([key, title]) => {
    const rows = ROWS.filter((row) => row.interface === key);
    return [`## ${title}`, ...rows.map(commandText)].join('\n\n');
  });
  const sections = [];
  for (const done = new Set(); done.size < TYPED.size; ) {
    for (const name of [...TYPED].filter((each) => !done.has(each))) {
      done.add(name);
      sections.push([name, typeSection(name)]);
    }
  }
  sections.sort(([a], [b]) => (a < b ? -1 : 1));
  return page(
    '# Commands',
    `The ${ROWS.length} commands of the built-in RMM, from the rows it runs. Stages run in order, one a step of the machine: \`fail\` ends the command with its result when the condition holds, \`let\` names a value, \`do\` has an effect, \`exit\` leaves the command without a result of its own, to the Host or into the Realm. After the last stage X0 is success. A tick is 10 ns of the system counter.`,
    `A FID that no row has, or that is not the caller's (RMI from a Realm, RSI from the Host), returns SMCCC_NOT_SUPPORTED, all ones.`,
    ...groups,
    '## Types',
    ...sections.map(([, text]) => text),
  );
}

// --- system registers -------------------------------------------------------------------------------------------------

const GROUPS = [
  ['CONTROL', 'Process state and control'],
  ['EXCEPTIONS', 'Exceptions'],
  ['TRANSLATION', 'Translation'],
  ['HYPERVISOR', 'EL2 and EL3 control'],
  ['TIMERS', 'Generic timer'],
  ['GIC', 'GIC CPU interface'],
  ['DEBUG', 'Self-hosted debug'],
  ['PMU', 'Performance monitors'],
  ['IDENTIFICATION', 'Identification'],
];

const level = (el) => (el === undefined ? '–' : `EL${el}`);
const encodingText = ([op0, op1, crn, crm, op2]) => `S${op0}_${op1}_C${crn}_C${crm}_${op2}`;

/** Registers that differ in a number only are one line: `DBGBVR0_EL1` to `DBGBVR15_EL1`. */
function families(rows) {
  const shape = (row) =>
    `${row.name.replace(/\d+(?=_EL\d$)/, '<n>')} ${row.summary.replace(/\d+$/, '')} ${level(row.read)} ${level(row.write)}`;
  const fields = (row) => JSON.stringify(row.fields);
  const result = [];
  for (const row of rows) {
    const last = result.at(-1);
    if (last && shape(last[0]) === shape(row) && fields(last[0]) === fields(row)) last.push(row);
    else result.push([row]);
  }
  return result;
}

/** Lines of the table of fields: families that have the same ones share a line. */
function fieldLines(list) {
  const lines = new Map();
  for (const family of list.filter(([row]) => row.fields.length > 0)) {
    const names = code(family[0].name) + (family.length > 1 ? ` to ${code(family.at(-1).name)}` : '');
    const text = family[0].fields
      .map(([name, high, low, meaning]) => `**${name}** ${high === low ? low : `${high}:${low}`} ${meaning}`)
      .join(' · ');
    lines.set(text, [...(lines.get(text) ?? []), names]);
  }
  return [...lines].map(([text, names]) => [names.join(', '), text]);
}

function registersPage() {
  const fvp = product.presetPlatform('fvp');
  const resetOf = (row) => (typeof row.reset === 'function' ? row.reset(fvp, 0) : row.reset);
  const missing = (rows) => {
    const where = product.PRESET_NAMES.filter((name) =>
      rows.every((row) => row.advertised?.(product.presetPlatform(name)) === false),
    );
    const some = rows.some((row) => row.advertised?.(fvp) === false);
    if (where.length === 0) return some ? ': as many as the platform has' : '';
    return `. Not on ${where.length === product.PRESET_NAMES.length ? 'any platform' : where.join(', ')}`;
  };
  const range = (rows, text) => (rows.length === 1 ? text(rows[0]) : `${text(rows[0])} to ${text(rows.at(-1))}`);
  const sections = GROUPS.map(([key, title]) => {
    const rows = product[key];
    const list = families(rows).map((family) => [
      range(family, (row) => code(row.name)),
      range(family, (row) => encodingText(row.encoding)),
      level(family[0].read),
      level(family[0].write),
      hex(resetOf(family[0])),
      family[0].banked ? 'yes' : '',
      `${family[0].summary.replace(family.length > 1 ? / \d+$/ : /$^/, '')}${missing(family)}`,
    ]);
    const fields = fieldLines(families(rows));
    return [
      `## ${title}`,
      table(['register', 'encoding', 'read', 'write', 'reset', 'by world', 'what it holds'], list),
      ...(fields.length > 0 ? [table(['register', 'fields'], fields)] : []),
    ].join('\n\n');
  });
  const count = GROUPS.reduce((sum, [key]) => sum + product[key].length, 0);
  return page(
    '# System registers',
    `The ${count} registers of a PE, from the rows that MRS, MSR, traps, world switch and debugger use. *Read* and *write*: the lowest EL that may, where no trap says otherwise; – means none. *Reset* is the value of PE 0 on the platform \`fvp\`. *By world*: saved and restored on a world switch. A register that is not listed, or not on the platform, is UNDEFINED. A field that is not listed is kept as written, and nothing more.`,
    ...sections,
  );
}

// --- events, launch attributes ----------------------------------------------------------------------------------------

const eventsPage = () =>
  page(
    '# Events',
    'What the machine tells breakpoints, trace, panels and the command line, in the order it happens. A record has the name, the position (machine-wide step), the ticks, the PE and the words listed, 64 bits each.',
    table(
      ['event', 'what happened', 'words'],
      Object.values(product.EVENTS).map(({ name, summary, words }) => [
        code(name),
        summary,
        words.map(code).join(', '),
      ]),
    ),
  );

// --- devices ----------------------------------------------------------------------------------------------------------

/** What a heading of several words is linked by. */
const headingId = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');

/** What is at each address of the platform `fvp`: memory and devices. */
function memoryMap() {
  const fvp = product.presetPlatform('fvp');
  const memory = fvp.ram.map((ram) => ({ ...ram, kind: undefined }));
  return [...memory, ...fvp.devices]
    .sort((a, b) => a.base - b.base)
    .map(({ base, size, name, kind, intid }) => {
      const model = kind && product.DEVICE_MODELS[kind];
      return [
        code(hex(base, 8)),
        size >= 2 ** 20 ? `${size / 2 ** 20} MiB` : `${size / 1024} KiB`,
        name,
        model ? `[${model.title}](#${headingId(model.title)})` : 'memory',
        intid ?? '',
      ];
    });
}

function deviceSection({ title, summary, registers }) {
  const rows = registers
    .filter(({ summary: text }) => text !== 'identification')
    .map(({ name, offset, access, reset, summary: text }) => [
      code(hex(offset, 3)),
      code(name),
      access,
      access === 'WO' ? '' : hex(reset),
      text,
    ]);
  const head = ['offset', 'register', 'access', 'reset', 'meaning'];
  return [`### ${title}`, summary, ...(rows.length > 0 ? [table(head, rows)] : [])].join('\n\n');
}

const devicesPage = () =>
  page(
    '# Devices',
    'What answers at a physical address on the platforms `fvp` and `big`, from the rows the devices run on. An access to anything else ends in a synchronous external abort. Offsets are bytes; registers have 32 bits unless they say otherwise, and narrower accesses are answered; wider ones where the device has 64-bit registers. Where no register is, reads give zero and writes are ignored. Identification registers are left out.',
    '## Memory map of `fvp`',
    table(['address', 'size', 'name', 'what it is', 'INTID'], memoryMap()),
    'The recorded platforms (`trace-a`, `trace-b`, `trace-c`) have no devices.',
    '## Models',
    ...Object.values(product.DEVICE_MODELS).map(deviceSection),
  );

function limitsOf({ values, minimum, maximum, pattern }) {
  if (values) return ` One of ${values.map(code).join(', ')}.`;
  if (maximum !== undefined) return ` From ${minimum} to ${maximum}.`;
  if (minimum !== undefined) return ` At least ${minimum}.`;
  return pattern ? ` Form: ${pattern.words}.` : '';
}

const launchPage = () =>
  page(
    '# Launch configuration',
    'Attributes of a launch configuration of type `cca`. The adapter refuses an attribute it does not know, and a value of the wrong type, with a message that names it.',
    table(
      ['attribute', 'type', 'default', 'meaning'],
      product.LAUNCH_ATTRIBUTES.map((attribute) => [
        attribute.unless ? `${code(attribute.name)}, needed without ${code(attribute.unless)}` : code(attribute.name),
        attribute.type,
        attribute.default === undefined || attribute.unless ? '' : code(JSON.stringify(attribute.default)),
        `${attribute.description}${limitsOf(attribute)}`,
      ]),
    ),
  );

// --- custom requests --------------------------------------------------------------------------------------------------

const PROTOCOL = 'debug-adapter/protocol';

/** Exported interfaces, type aliases and numeric constants of the protocol, with their comments. */
function declarations() {
  const found = new Map();
  for (const file of readdirSync(PROTOCOL).filter((name) => name !== 'launch-attributes.ts')) {
    const path = `${PROTOCOL}/${file}`;
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
    for (const node of source.statements) {
      if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) found.set(node.name.text, node);
      if (ts.isVariableStatement(node))
        for (const each of node.declarationList.declarations) found.set(each.name.getText(), each);
    }
  }
  return found;
}

const commentOf = (node) =>
  ts
    .getJSDocCommentsAndTags(node)
    .map((each) => ts.getTextOfJSDocComment(each.comment) ?? '')
    .join(' ')
    .replace(/\s+/g, ' ');

const membersOf = (node) =>
  node.members.map((member) => [
    `${code(member.name.getText())}${member.questionToken ? ', optional' : ''}`,
    code(
      member.type
        .getText()
        .replace(/\breadonly /g, '')
        .replace(/\s+/g, ' '),
    ),
    commentOf(member),
  ]);

function requestsPage() {
  const all = declarations();
  const typesIn = (node) => [...all.keys()].filter((name) => new RegExp(`\\b${name}\\b`).test(node.getText()));
  const requests = new Map(
    all
      .get('CustomRequests')
      .members.map((member) => [
        member.name.text,
        Object.fromEntries(member.type.members.map((part) => [part.name.getText(), part.type.getText()])),
      ]),
  );
  const shown = new Set(['CustomRequests', 'CustomRequestName', 'CUSTOM_REQUESTS']);
  const shared = new Set();
  const fieldsTable = (name) => table(['member', 'type', 'meaning'], membersOf(all.get(name)));
  /** A type, then the interfaces its members use. */
  const typeText = (name, title) => {
    const node = all.get(name);
    if (!node || shown.has(name)) return [];
    if (!ts.isInterfaceDeclaration(node)) {
      shared.add(name);
      return [];
    }
    shown.add(name);
    const body = fieldsTable(name) || 'No members.';
    return [`${title}${commentOf(node) ? `: ${commentOf(node)}` : ''}`, body].concat(
      typesIn(node)
        .filter((other) => other !== name)
        .flatMap((other) => typeText(other, `*${other}*`)),
    );
  };
  const sections = Object.entries(product.CUSTOM_REQUESTS).map(([name, summary]) => {
    const request = requests.get(name);
    if (!request) throw new Error(`${name} has no types in CustomRequests`);
    const hasArguments = all.has(request.arguments);
    return [
      `## ${name}`,
      summary,
      ...(hasArguments ? typeText(request.arguments, '**Arguments**') : ['**Arguments**: none.']),
      ...typeText(request.response, '**Answer**'),
    ].join('\n\n');
  });
  const event = ['## Event cca/changed', ...typeText('ChangedEventBody', '**Body**')].join('\n\n');
  const constants = [...all].filter(([, node]) => ts.isVariableDeclaration(node) && /^MAX_/.test(node.name.getText()));
  const plain = [...shared].sort().map((name) => {
    const node = all.get(name);
    const text = (node.type ?? node.initializer).getText().replace(/\s+/g, ' ').replace(/^\| /, '');
    return [code(name), code(text), commentOf(node)];
  });
  const limits = constants
    .filter(([name]) => !shared.has(name))
    .map(([name, node]) => [code(name), code(node.initializer.getText()), commentOf(node.parent.parent)]);
  return page(
    '# Custom requests',
    'What the adapter answers beside the Debug Adapter Protocol. Any DAP client may use it; the panels of the extension do. A request may be sent while the guest runs: the answer is of the last slice boundary. Types are those of TypeScript, in `debug-adapter/protocol`.',
    table(
      ['request', 'answer'],
      Object.entries(product.CUSTOM_REQUESTS).map(([name, summary]) => [
        `[${name}](#${name.toLowerCase().replace('/', '')})`,
        summary,
      ]),
    ),
    ...sections,
    event,
    '## Types and limits',
    table(['name', 'value', 'meaning'], [...plain, ...limits]),
  );
}

// --- attacks ----------------------------------------------------------------------------------------------------------

function attacksPage() {
  const groups = product.ATTACKS;
  const count = groups.reduce((sum, { attacks }) => sum + attacks.length, 0);
  const heading = (title) => `## ${title}`;
  return page(
    '# Attacks',
    `What a hostile Host and hostile Realms try in the test suite (\`npm test -- attacks\`), ${count} attacks, and what stops each. An attack is a list of actions, plain data that sits in the Host's seat: RMI commands with what must come of them, accesses to memory, what a REC does when it is entered, what another PE does in between (\`emulator/host/actions\`, \`test/attacks\`). It passes when every step ends as the architecture says, no read finds eight bytes in a row of a secret, and the RMM's invariants hold afterwards.`,
    heading('Where they begin'),
    table(
      ['fixture', 'what is there'],
      product.FIXTURES.map(({ name, summary }) => [name, summary]),
    ),
    ...groups.map(({ title, attacks }) =>
      [
        heading(title),
        table(
          ['attack', 'defence', 'begins with'],
          attacks.map(({ name, defence, from }) => [name, defence, from]),
        ),
      ].join('\n\n'),
    ),
  );
}

// --- writing ----------------------------------------------------------------------------------------------------------

const PAGES = {
  'commands.md': commandsPage(),
  'system-registers.md': registersPage(),
  'events.md': eventsPage(),
  'devices.md': devicesPage(),
  'launch.md': launchPage(),
  'custom-requests.md': requestsPage(),
  'attacks.md': attacksPage(),
};

const folder = process.argv.includes('--folder') ? process.argv[process.argv.indexOf('--folder') + 1] : 'docs';
let stale = 0;
for (const [name, text] of Object.entries(PAGES)) {
  const path = join(folder, name);
  const isCurrent = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (isCurrent) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is out of step with the code: run npm run docs`);
    stale++;
  } else writeFileSync(path, text);
}
process.exit(stale === 0 ? 0 : 1);
