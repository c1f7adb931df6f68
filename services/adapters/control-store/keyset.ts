/**
 * Paging by keyset: an order is a value that gives the ORDER BY, the condition for what comes after a cursor, and the
 * cursor of a row. A cursor is the row's sort values as base64url JSON, headed by the order's name; it is read as strictly
 * as any other input.
 */

import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { BadCursor, type Page, type PageRequest } from '../../ports/page.ts';

const sortValue = {
  text: z.string().max(5000),
  uuid: z.guid(),
  bigint: z.int(),
  timestamptz: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
};
type SortType = keyof typeof sortValue;

export interface SortKey<Row> {
  readonly expression: SQL;
  readonly type: SortType;
  read(row: Row): string | number;
}

export interface Keyset<Row> {
  /** Of the list and its order: a cursor works for no other one. */
  readonly name: string;
  readonly direction: 'asc' | 'desc';
  /** The last one is unique. */
  readonly keys: readonly SortKey<Row>[];
}

export function orderBy<Row>({ keys, direction }: Keyset<Row>): SQL[] {
  return keys.map(key => (direction === 'asc' ? sql`${key.expression} ASC` : sql`${key.expression} DESC`));
}

/** The condition for the rows after the cursor; `undefined` for the first page. Throws `BadCursor`. */
export function after<Row>(keyset: Keyset<Row>, cursor: string | undefined): SQL | undefined {
  if (cursor === undefined) return undefined;
  const values = decode(keyset, cursor);
  const left = sql.join(
    keyset.keys.map(key => key.expression),
    sql`, `,
  );
  const right = sql.join(
    keyset.keys.map((key, at) => sql`${values[at]}::${sql.raw(key.type)}`),
    sql`, `,
  );
  return keyset.direction === 'asc' ? sql`(${left}) > (${right})` : sql`(${left}) < (${right})`;
}

/** Rows to ask for: one more than the page holds tells whether there is a next one. */
export const fetchLimit = (page: PageRequest): number => page.limit + 1;

/** Cuts the rows to the page and makes its cursor. */
export function pageOf<KeyRow, Row extends KeyRow, Item>(
  keyset: Keyset<KeyRow>,
  rows: readonly Row[],
  page: PageRequest,
  item: (row: Row) => Item,
): Page<Item> {
  const kept = rows.slice(0, page.limit);
  const last = kept.at(-1);
  const nextCursor = rows.length > page.limit && last !== undefined ? encode(keyset, last) : null;
  return { items: kept.map(item), nextCursor };
}

function encode<Row>({ name, keys }: Keyset<Row>, row: Row): string {
  return Buffer.from(JSON.stringify([name, ...keys.map(key => key.read(row))])).toString('base64url');
}

function decode<Row>({ name, keys }: Keyset<Row>, cursor: string): readonly (string | number)[] {
  const parsed = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parsed) || parsed.length !== keys.length + 1 || parsed[0] !== name) throw new BadCursor();
  return keys.map((key, at) => {
    const value = sortValue[key.type].safeParse(parsed[at + 1]);
    // A moment of the right form may still be none (month 13), and no text may hold NUL.
    if (!value.success || (typeof value.data === 'string' && value.data.includes('\0'))) throw new BadCursor();
    if (key.type === 'timestamptz' && Number.isNaN(Date.parse(value.data as string))) throw new BadCursor();
    return value.data;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
