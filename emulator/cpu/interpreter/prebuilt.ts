/**
 * The interpreter's module as `generateInterpreter` makes it for an ordinary memory. In the source there is none, and it
 * is generated at run time; `scripts/build.mjs` puts the bytes here, which saves a tenth of a second at every start.
 */
export const prebuiltInterpreter: Uint8Array<ArrayBuffer> | undefined = undefined;
