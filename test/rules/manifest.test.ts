/** package.json against the code: packages, contributions, and what a published extension may not ask for. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';
import { DEBUG_TYPE, launchSchema } from '../../debug-adapter/protocol/launch-attributes';
import { importsOf } from './imports';
import { filesBelow, sourceFiles, textOf } from './project';

interface Manifest {
  readonly scripts: Record<string, string>;
  readonly engines: { readonly vscode: string; readonly node: string };
  readonly dependencies?: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly enabledApiProposals?: unknown;
  readonly contributes?: {
    readonly debuggers?: readonly { readonly type: string; readonly configurationAttributes: { launch: unknown } }[];
    readonly commands?: readonly { readonly command: string }[];
  };
}

const manifest = JSON.parse(textOf('package.json')) as Manifest;
const packages = { ...manifest.dependencies, ...manifest.devDependencies };

/** Packages used other than by an import, and the text that uses them. */
const USED_BY_TEXT: Readonly<Record<string, readonly [file: string, text: string]>> = {
  '@biomejs/biome': ['package.json', '"biome check'],
  '@types/node': ['tsconfig.json', '"node"'],
  '@vscode/vsce': ['scripts/package.mjs', '@vscode/vsce'],
  typescript: ['package.json', '"tsc '],
  vscode: ['package.json', '"vscode"'],
};

const packageOf = (name: string) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(name)?.[0] ?? name;

/** Packages of the given names that nothing imports. */
function unused(names: readonly string[], imported: ReadonlySet<string>): string[] {
  return names.filter((name) => {
    if (imported.has(name)) return false;
    const types = /^@types\/(.+)$/.exec(name)?.[1];
    if (types && types !== 'node') return !imported.has(types);
    const [file, text] = USED_BY_TEXT[name] ?? ['', ''];
    return !(file && existsSync(file) && textOf(file).includes(text));
  });
}

function importedPackages(): Set<string> {
  const files = [...sourceFiles(), ...filesBelow('test', '.ts', '.mjs'), ...filesBelow('scripts', '.mjs', '.ts')];
  const names = files.flatMap((file) => {
    const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.ES2022, true);
    return [...importsOf(source)].map(({ name }) => name);
  });
  return new Set(names.filter((name) => !/^(\.|node:)/.test(name)).map(packageOf));
}

test('every npm package is used, and every package used is declared', () => {
  const imported = importedPackages();
  assert.deepEqual(unused(['left-pad', 'esbuild', '@types/left-pad'], imported), ['left-pad', '@types/left-pad']);
  assert.deepEqual(unused(Object.keys(packages), imported), []);
  const undeclared = [...imported].filter((name) => name !== 'vscode' && !(name in packages));
  assert.deepEqual(undeclared, []);
});

test('packages are pinned to exact versions', () => {
  const loose = Object.entries(packages).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  assert.deepEqual(loose, []);
});

test('scripts named in package.json exist', () => {
  const missing = Object.values(manifest.scripts)
    .flatMap((command) => command.match(/scripts\/\S+\.mjs/g) ?? [])
    .filter((file) => !existsSync(file));
  assert.deepEqual(missing, []);
});

test('the launch attributes of package.json are those the adapter describes', () => {
  const contribution = manifest.contributes?.debuggers?.find(({ type }) => type === DEBUG_TYPE);
  assert.ok(contribution, `package.json contributes no debugger of type ${DEBUG_TYPE}`);
  assert.deepEqual(contribution.configurationAttributes.launch, JSON.parse(JSON.stringify(launchSchema())));
});

test('the extension asks for no proposed API and is checked against the oldest VS Code it supports', () => {
  assert.equal(manifest.enabledApiProposals, undefined);
  assert.equal(`^${manifest.devDependencies['@types/vscode']}`, manifest.engines.vscode);
});

test('every contributed command is registered in the extension, and the other way round', () => {
  const contributed = (manifest.contributes?.commands ?? []).map(({ command }) => command);
  const text = filesBelow('extension', '.ts').map(textOf).join('\n');
  const registered = [...text.matchAll(/registerCommand\(\s*'([^']+)'/g)].map(([, name]) => name);
  assert.deepEqual(
    contributed.filter((command) => !text.includes(`'${command}'`)),
    [],
    'contributed, but not in the code',
  );
  const internal = registered.filter((name) => name !== undefined && !contributed.includes(name));
  assert.deepEqual(internal, [], 'registered, but not contributed');
});
