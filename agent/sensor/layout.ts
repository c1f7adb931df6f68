/** The layout table as offsets: what the decoder reads by, checked once at load against what was compiled. */

import type { Field, RecordLayout } from '@picket/native';

/** Offsets in bytes of the named fields. */
export type Offsets<Names extends string> = Readonly<Record<Names, number>>;

/** What the decoder expects of a record: its fields and their kinds. */
export type Expected = Readonly<Record<string, Field['kind']>>;

export interface RecordOffsets<Fields extends Expected> {
  readonly type: number;
  readonly size: number;
  readonly at: Offsets<keyof Fields & string>;
}

/** The record called `name`; throws where the compiled table lacks it, a field of it, or has another kind there. */
export function offsetsOf<const Fields extends Expected>(
  layouts: readonly RecordLayout[],
  name: string,
  fields: Fields,
): RecordOffsets<Fields> {
  const layout = layouts.find(each => each.name === name);
  if (!layout) throw new Error(`The native addon has no record "${name}"; rebuild it: npm run build -w @picket/native`);
  const at: Record<string, number> = {};
  for (const [field, kind] of Object.entries(fields)) {
    const found = layout.fields.find(each => each.name === field);
    if (found?.kind !== kind)
      throw new Error(
        `The native addon's record "${name}" has ${found ? `"${field}" as ${found.kind}` : `no "${field}"`}, expected ${kind}; rebuild it: npm run build -w @picket/native`,
      );
    at[field] = found.offset;
  }
  return { type: layout.type, size: layout.size, at: at as Offsets<keyof Fields & string> };
}
