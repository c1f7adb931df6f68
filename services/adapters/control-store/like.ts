import { type SQL, sql } from 'drizzle-orm';

/** Any of the expressions holds `part`, in any case; `%` and `_` in it are themselves. */
export function holds(part: string, ...expressions: SQL[]): SQL {
  const pattern = `%${escaped(part)}%`;
  return sql`(${sql.join(
    expressions.map(expression => sql`${expression} ILIKE ${pattern}`),
    sql` OR `,
  )})`;
}

/** The expression begins with `part`. */
export const begins = (part: string, expression: SQL): SQL => sql`${expression} LIKE ${`${escaped(part)}%`}`;

const escaped = (part: string): string => part.replaceAll(/[\\%_]/g, '\\$&');
