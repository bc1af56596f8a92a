/** Builds a WebAssembly module: imports, functions and exports, with names in a debug build. */
import { ByteWriter } from './bytes';
import { Code } from './code';
import type { ValueType } from './opcodes';
import { TYPE_CODE } from './opcodes';

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface MemoryImport {
  /** Pages of 64 KiB. */
  readonly minimum: number;
  /** Given for a shared memory, which must declare one. */
  readonly sharedMaximum?: number | undefined;
}

const Section = { Custom: 0, Type: 1, Import: 2, Function: 3, Table: 4, Export: 7, Code: 10 } as const;
const FUNCTION_KIND = 0;
const TABLE_KIND = 1;
const MEMORY_KIND = 2;
const FUNCREF = 0x70;

export class ModuleBuilder {
  private readonly types: Signature[] = [];
  private readonly imports: { module: string; name: string; type: number }[] = [];
  private readonly functions: { name: string; type: number; code: Code }[] = [];
  private readonly exports: { name: string; index: number; kind: number }[] = [];
  private tableSize = 0;

  constructor(private readonly memory: MemoryImport) {}

  /** A table of functions, exported under a name; the only one. */
  table(name: string, size: number): void {
    this.tableSize = size;
    this.exports.push({ name, index: 0, kind: TABLE_KIND });
  }

  /** Number of a signature, for calls through the table. */
  typeIndex(signature: Signature): number {
    const same = (a: readonly ValueType[], b: readonly ValueType[]) => a.join() === b.join();
    const found = this.types.findIndex(
      (type) => same(type.parameters, signature.parameters) && same(type.results, signature.results),
    );
    if (found >= 0) return found;
    this.types.push(signature);
    return this.types.length - 1;
  }

  /** All imports come before the first function. Returns the function's index for calls. */
  importFunction(module: string, name: string, signature: Signature): number {
    this.imports.push({ module, name, type: this.typeIndex(signature) });
    return this.imports.length - 1;
  }

  function(name: string, signature: Signature): { index: number; code: Code } {
    const code = new Code(signature.parameters);
    this.functions.push({ name, type: this.typeIndex(signature), code });
    return { index: this.imports.length + this.functions.length - 1, code };
  }

  export(name: string, index: number): void {
    this.exports.push({ name, index, kind: FUNCTION_KIND });
  }

  private writeImports(out: ByteWriter): void {
    out.unsigned(this.imports.length + 1);
    out.name('env');
    out.name('memory');
    out.u8(MEMORY_KIND);
    const { minimum, sharedMaximum } = this.memory;
    out.u8(sharedMaximum === undefined ? 0 : 3);
    out.unsigned(minimum);
    if (sharedMaximum !== undefined) out.unsigned(sharedMaximum);
    for (const entry of this.imports) {
      out.name(entry.module);
      out.name(entry.name);
      out.u8(FUNCTION_KIND);
      out.unsigned(entry.type);
    }
  }

  private writeTypes(out: ByteWriter): void {
    out.unsigned(this.types.length);
    for (const type of this.types) {
      out.u8(0x60);
      for (const list of [type.parameters, type.results]) {
        out.unsigned(list.length);
        for (const value of list) out.u8(TYPE_CODE[value]);
      }
    }
  }

  private writeNames(out: ByteWriter): void {
    out.name('name');
    const nameMap = (entries: readonly (readonly [number, string])[]): ByteWriter => {
      const map = new ByteWriter();
      map.unsigned(entries.length);
      for (const [index, name] of entries) {
        map.unsigned(index);
        map.name(name);
      }
      return map;
    };
    const all = [...this.imports, ...this.functions];
    const functionNames = nameMap(all.map((entry, index) => [index, entry.name] as const)).finish();
    out.u8(1);
    out.unsigned(functionNames.length);
    out.raw(functionNames);
    const locals = new ByteWriter();
    locals.unsigned(this.functions.length);
    this.functions.forEach((entry, index) => {
      locals.unsigned(this.imports.length + index);
      locals.raw(nameMap([...entry.code.localNames].sort((a, b) => a[0] - b[0])).finish());
    });
    out.u8(2);
    out.unsigned(locals.length);
    out.raw(locals.finish());
  }

  /** The module's bytes. With `names` it carries a name section for profilers and stack traces. */
  finish(names = false): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter();
    out.raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const section = (id: number, fill: (body: ByteWriter) => void): void => {
      const body = new ByteWriter();
      fill(body);
      out.u8(id);
      out.unsigned(body.length);
      out.raw(body.finish());
    };
    section(Section.Type, (body) => this.writeTypes(body));
    section(Section.Import, (body) => this.writeImports(body));
    section(Section.Function, (body) => {
      body.unsigned(this.functions.length);
      for (const entry of this.functions) body.unsigned(entry.type);
    });
    if (this.tableSize > 0) {
      section(Section.Table, (body) => {
        body.unsigned(1);
        body.u8(FUNCREF);
        body.u8(0);
        body.unsigned(this.tableSize);
      });
    }
    section(Section.Export, (body) => {
      body.unsigned(this.exports.length);
      for (const entry of this.exports) {
        body.name(entry.name);
        body.u8(entry.kind);
        body.unsigned(entry.index);
      }
    });
    section(Section.Code, (body) => {
      body.unsigned(this.functions.length);
      for (const entry of this.functions) {
        const bytes = entry.code.finish();
        body.unsigned(bytes.length);
        body.raw(bytes);
      }
    });
    if (names) section(Section.Custom, (body) => this.writeNames(body));
    return out.finish();
  }
}
