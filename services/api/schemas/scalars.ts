/** The scalars that requests and replies are made of, each with its bounds. */

import { z } from 'zod';

export const id = z.guid().describe('UUID');

/** RFC 3339 in UTC with microseconds: `2026-11-21T03:04:05.123456Z`. Sorts as text. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  .meta({ format: 'date-time', description: 'RFC 3339 in UTC with microseconds' });

/** A moment in a request: any RFC 3339 form with an offset is taken. */
export const moment = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine(value => /^(19[7-9]|2[01])\d/.test(value), 'must be between 1970 and 2199')
  .describe('RFC 3339');

/** JSON can hold it, PostgreSQL's jsonb can't. */
const halfPair = 'must not hold half of a surrogate pair';

/** One line of text: no control characters, so that it can be stored, logged and shown as it is. */
export const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be one line without control characters')
    .refine(value => value.isWellFormed(), halfPair);

/** Text of several lines; no other control characters. */
export const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
    .regex(/^[^\u0000-\u0008\u000b-\u001f\u007f]*$/, 'must not hold control characters')
    .refine(value => value.isWellFormed(), halfPair);

export const email = z.email().max(254).describe('Mail address; its case does not matter');

/** What somebody typed as a password: bounded, so that hashing it costs the same whatever was sent. */
export const typedPassword = z.string().min(1).max(256);

export const severity = z.enum(['low', 'medium', 'high', 'critical']);

export const count = z.int().min(0);

/** A query parameter that may be repeated: `?status=open&status=in_progress`. */
export const several = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    value => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).min(1).max(20).optional(),
  );

/** An endpoint where another thing refers to it. */
export const endpointReference = z.object({ id, name: z.string() }).meta({ id: 'EndpointReference' });
/** A user where another thing refers to one. */
export const userReference = z.object({ id, name: z.string() }).meta({ id: 'UserReference' });

export const idParameter = z.object({ id });
