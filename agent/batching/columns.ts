/** Columns of a wire table. They keep their memory for the next batch: an array that is emptied and grown again is garbage each time. */

export class Column {
  #values = new Float64Array(32);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow();
    this.#values[this.#length++] = value;
  }

  at(row: number): number {
    return this.#values[row]!;
  }

  /** Of a row that is there. */
  set(row: number, value: number): void {
    this.#values[row] = value;
  }

  /** For the encoder, which asks no more of an array than its length and its elements. Valid until the next change. */
  get wire(): number[] {
    return this.#values.subarray(0, this.#length) as unknown as number[];
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(): void {
    const larger = new Float64Array(this.#values.length * 2);
    larger.set(this.#values);
    this.#values = larger;
  }
}

export type Columns<Name extends string> = { readonly [_ in Name]: Column };

export function columns<const Name extends string>(...names: readonly Name[]): Columns<Name> {
  return Object.fromEntries(names.map(name => [name, new Column()])) as unknown as Columns<Name>;
}

export function wire<Name extends string>(table: Columns<Name>): { [_ in Name]: number[] } {
  const entries = Object.entries<Column>(table).map(([name, column]) => [name, column.wire] as const);
  return Object.fromEntries(entries) as { [_ in Name]: number[] };
}

export function clear(table: Columns<string>): void {
  for (const column of Object.values(table)) column.clear();
}
