/** Plain descriptions of rows, from which `catalogue.ts` is made (scripts/catalogue.mjs). */
import type { CatalogueCommand } from './catalogue-types';
import type { CommandRow } from './row';

/** What of a row is data: everything but the functions of its stages. */
export const describeRow = (row: CommandRow): CatalogueCommand => ({
  name: row.name,
  interface: row.interface,
  fid: row.fid,
  ...(row.fidAlt === undefined ? {} : { fidAlt: row.fidAlt }),
  versions: [...row.versions],
  summary: row.summary,
  inputs: row.inputs.map((operand) => ({ ...operand })),
  outputs: row.outputs.map((operand) => ({ ...operand })),
  failures: row.stages.flatMap((stage) =>
    stage.kind === 'fail'
      ? [
          {
            id: stage.id,
            text: stage.text,
            status: stage.status,
            ...(stage.versions ? { versions: [...stage.versions] } : {}),
          },
        ]
      : [],
  ),
  effects: row.stages.flatMap((stage) =>
    stage.kind === 'do' || stage.kind === 'exit' ? [{ name: stage.name, text: stage.text }] : [],
  ),
  notes: [...(row.notes ?? [])],
});
