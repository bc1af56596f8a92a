// An esbuild plugin: puts the interpreter's WebAssembly module into the bundle (emulator/cpu/interpreter/prebuilt.ts),
// so that it is not generated at every start.

/** The module's bytes, generated once by the same code that would do it at run time. */
async function generate(esbuild) {
  const result = await esbuild.build({
    stdin: {
      contents: `import { generateInterpreter, MINIMUM_PAGES } from './emulator/cpu/interpreter/generate';
export const bytes = generateInterpreter({ minimum: MINIMUM_PAGES });`,
      resolveDir: process.cwd(),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
  const source = Buffer.from(result.outputFiles[0].contents).toString('base64');
  return (await import(`data:text/javascript;base64,${source}`)).bytes;
}

export function prebuiltInterpreter(esbuild) {
  let bytes;
  return {
    name: 'prebuilt-interpreter',
    setup(build) {
      build.onLoad({ filter: /interpreter[\\/]prebuilt\.ts$/ }, async () => {
        bytes ??= generate(esbuild);
        const text = Buffer.from(await bytes).toString('base64');
        const decode = `
function decode(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
export const prebuiltInterpreter = /* @__PURE__ */ decode('${text}');`;
        return { contents: decode, loader: 'js' };
      });
    },
  };
}
