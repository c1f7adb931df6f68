/** Lists of the control store come in pages by keyset: a page stays right while rows are added before it. */

export interface PageRequest {
  readonly limit: number;
  /** `nextCursor` of the page before, of the same list in the same order. */
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  /** null on the last page. */
  readonly nextCursor: string | null;
}

/** The cursor was not made by this list in this order. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}
