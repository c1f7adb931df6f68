/** Columns of a wire table: plain arrays that are emptied, not made anew, for the next batch. */

export type Columns<Name extends string> = { readonly [_ in Name]: number[] };

export function columns<const Name extends string>(...names: readonly Name[]): Columns<Name> {
  return Object.fromEntries(names.map(name => [name, [] as number[]])) as unknown as Columns<Name>;
}

export function clear(table: Columns<string>): void {
  for (const column of Object.values(table)) column.length = 0;
}
