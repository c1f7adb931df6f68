/** Login attempts in PostgreSQL: the count holds for every server and over a restart. */

import { sql } from 'drizzle-orm';
import type { LoginAttempts } from '../../ports/accounts.ts';
import type { Database } from './connection.ts';

export function loginAttempts(database: Database): LoginAttempts {
  return {
    async begin(key, { free, maxSeconds, forgetSeconds }, now) {
      const moment = sql`${now}::timestamptz`;
      const forgotten = sql`a.last_at < ${moment} - make_interval(secs => ${forgetSeconds})`;
      const attempts = sql`CASE WHEN ${forgotten} THEN 1 ELSE a.attempts + 1 END`;
      // The exponent is bounded, or a patient guesser would make it overflow.
      const wait = sql`CASE WHEN ${attempts} <= ${free}::int THEN 0
        ELSE least(${maxSeconds}::int, 2 ^ least(${attempts} - ${free}::int - 1, 30)) END`;
      // One statement: attempts at the same moment wait for the row and are counted one after the other.
      const counted = await database.execute(sql`
        INSERT INTO login_attempts AS a (key, attempts, last_at, next_allowed_at)
        VALUES (${key}, 1, ${moment}, ${moment})
        ON CONFLICT (key) DO UPDATE
          SET attempts = ${attempts}, last_at = ${moment}, next_allowed_at = ${moment} + make_interval(secs => ${wait})
          WHERE a.next_allowed_at <= ${moment}`);
      if (counted.rowCount === 1) return { waitSeconds: 0 };
      const { rows } = await database.execute<{ wait: string }>(sql`
        SELECT extract(epoch FROM next_allowed_at - ${moment}) AS wait FROM login_attempts WHERE key = ${key}`);
      return { waitSeconds: Math.max(1, Math.ceil(Number(rows[0]?.wait ?? 1))) };
    },

    async succeeded(key) {
      await database.execute(sql`DELETE FROM login_attempts WHERE key = ${key}`);
    },

    async takeBack(key) {
      await database.execute(
        sql`UPDATE login_attempts SET attempts = attempts - 1 WHERE key = ${key} AND attempts > 0`,
      );
    },

    async sweep({ forgetSeconds }, now) {
      await database.execute(sql`
        DELETE FROM login_attempts
        WHERE last_at < ${now}::timestamptz - make_interval(secs => ${forgetSeconds}) AND next_allowed_at < ${now}::timestamptz`);
    },
  };
}
