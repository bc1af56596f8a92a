/** The sources of the project as the rules see them: paths from the repository's root, and one TypeScript program. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';

/** The folders of the product's code, in the order of the layers. */
export const CODE = ['attestation', 'emulator', 'language', 'debug-adapter', 'cli', 'extension'];

/** What a rule found wrong: where, and what. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

export const describe = (findings: readonly Finding[]): string =>
  findings.map(({ file, line, what }) => `${file}:${line}: ${what}`).join('\n');

const SKIPPED = ['node_modules', 'dist', 'out', '.git', '.vscode-test', 'vectors'];

/** Files below a folder whose name ends with one of the endings. */
export function filesBelow(folder: string, ...endings: string[]): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.includes(entry.name) ? [] : filesBelow(path, ...endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

export const sourceFiles = (): string[] => CODE.flatMap((folder) => filesBelow(folder, '.ts', '.tsx'));

export const textOf = (file: string): string => readFileSync(file, 'utf8');

/** A program of all sources, with further files that exist only here (bad snippets for the rules' own tests). */
export function createProject(snippets: Readonly<Record<string, string>>): ts.Program {
  const parsed = ts.parseJsonConfigFileContent(ts.readConfigFile('tsconfig.json', ts.sys.readFile).config, ts.sys, '.');
  const virtual = new Map(Object.entries(snippets).map(([file, text]) => [resolve(file), text]));
  const host = ts.createCompilerHost(parsed.options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => virtual.has(resolve(file)) || fileExists(file);
  host.readFile = (file) => virtual.get(resolve(file)) ?? readFile(file);
  host.getSourceFile = (file, target, ...rest) => {
    const text = virtual.get(resolve(file));
    return text === undefined ? getSourceFile(file, target, ...rest) : ts.createSourceFile(file, text, target, true);
  };
  return ts.createProgram([...sourceFiles(), ...Object.keys(snippets)], parsed.options, host);
}

/** The source file of a path from the root. */
export function fileOf(program: ts.Program, file: string): ts.SourceFile {
  const source = program.getSourceFile(file) ?? program.getSourceFile(resolve(file));
  if (!source) throw new Error(`${file} is not in the program`);
  return source;
}

export const lineOf = (source: ts.SourceFile, node: ts.Node): number =>
  source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

/** Every node below a node, itself included. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}
