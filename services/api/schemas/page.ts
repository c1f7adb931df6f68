/** Lists come in pages: `{ items, nextCursor }`; the cursor of one page asks for the next. */

import { z } from 'zod';

export const defaultLimit = 50;
export const maxLimit = 200;

/** The parameters of each list; spread into a route's query schema. */
export const pageParameters = {
  cursor: z
    .string()
    .max(8192)
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .describe('`nextCursor` of the page before; the other parameters must be the same as there'),
  limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
};

/** A page of `item`, named `name` in the OpenAPI document. */
export const page = <Item extends z.ZodType>(name: string, item: Item) =>
  z
    .object({ items: z.array(item), nextCursor: z.string().nullable().describe('null on the last page') })
    .meta({ id: name });
