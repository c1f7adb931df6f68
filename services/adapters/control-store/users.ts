/** Users in PostgreSQL. */

import { randomUUID } from 'node:crypto';
import { and, eq, ne, sql } from 'drizzle-orm';
import type { NewUser, User, UserId, UserStore } from '../../ports/accounts.ts';
import { type Database, sqlState, type Transaction, uniqueViolation } from './connection.ts';
import { after, fetchLimit, type Keyset, orderBy, pageOf } from './keyset.ts';
import { holds } from './like.ts';
import { sessions, users } from './tables.ts';
import { tell, writeAudit } from './written-with.ts';

const byEmail: Keyset<User> = {
  name: 'users',
  direction: 'asc',
  keys: [
    { expression: sql`lower(${users.email})`, type: 'text', read: user => user.email.toLowerCase() },
    { expression: sql`${users.id}`, type: 'uuid', read: user => user.id },
  ],
};

/** All of a user but the password's hash. */
export const userColumns = {
  id: users.id,
  email: users.email,
  name: users.name,
  role: users.role,
  disabled: users.disabled,
  mustChangePassword: users.mustChangePassword,
  createdAt: users.createdAt,
  lastLoginAt: users.lastLoginAt,
};

export function userStore(database: Database): UserStore {
  return {
    async list({ search }, page) {
      const found = search === undefined ? undefined : holds(search, sql`${users.email}`, sql`${users.name}`);
      const rows = await database
        .select(userColumns)
        .from(users)
        .where(and(found, after(byEmail, page.cursor)))
        .orderBy(...orderBy(byEmail))
        .limit(fetchLimit(page));
      return pageOf(byEmail, rows, page, user => user);
    },

    async get(id) {
      const [user] = await database.select(userColumns).from(users).where(eq(users.id, id));
      return user;
    },

    async credentials(email) {
      const [row] = await database
        .select({ user: userColumns, passwordHash: users.passwordHash })
        .from(users)
        .where(sql`lower(${users.email}) = lower(${email})`);
      return row;
    },

    async create(user, by) {
      try {
        return await database.transaction(async transaction => {
          const created = await insert(transaction, user);
          await writeAudit(transaction, by, 'user.created', subject(created), { role: created.role });
          return created;
        });
      } catch (error) {
        if (sqlState(error) === uniqueViolation) return 'email-taken';
        throw error;
      }
    },

    createFirst(user) {
      return database.transaction(async transaction => {
        // Two servers may start at once; the second one has to see the first one's user.
        await transaction.execute(sql`LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE`);
        const [any] = await transaction.select({ id: users.id }).from(users).limit(1);
        if (any !== undefined) return 'exists';
        const created = await insert(transaction, user);
        await writeAudit(transaction, 'system', 'user.created', subject(created), { role: created.role });
        return created;
      });
    },

    change(id, change, by) {
      return database.transaction(async transaction => {
        const before = await locked(transaction, id);
        if (before === undefined) return 'not-found';
        const after = {
          name: change.name ?? before.name,
          role: change.role ?? before.role,
          disabled: change.disabled ?? before.disabled,
        };
        const steppedDown = after.role !== 'admin' || after.disabled;
        if (steppedDown && (await isLastAdmin(transaction, before))) return 'last-admin';
        const detail = difference(before, after);
        if (Object.keys(detail).length === 0) return before;
        const [changed] = await transaction.update(users).set(after).where(eq(users.id, id)).returning(userColumns);
        if ('role' in detail || 'disabled' in detail) await endSessions(transaction, id);
        await writeAudit(transaction, by, 'user.changed', subject(before), detail);
        return changed!;
      });
    },

    setPassword(id, { hash, mustChange, keep }, by) {
      return database.transaction(async transaction => {
        const [user] = await transaction
          .update(users)
          .set({ passwordHash: hash, mustChangePassword: mustChange })
          .where(eq(users.id, id))
          .returning(userColumns);
        if (user === undefined) return 'not-found';
        await endSessions(transaction, id, keep);
        await writeAudit(transaction, by, mustChange ? 'user.password-reset' : 'user.password-changed', subject(user));
        return user;
      });
    },

    remove(id, by) {
      return database.transaction(async transaction => {
        const user = await locked(transaction, id);
        if (user === undefined) return 'not-found';
        if (await isLastAdmin(transaction, user)) return 'last-admin';
        await transaction.delete(users).where(eq(users.id, id));
        await tell(transaction, 'sessions', id);
        await writeAudit(transaction, by, 'user.removed', subject(user), { role: user.role });
        return 'removed';
      });
    },

    assignees() {
      return database
        .select({ id: users.id, name: users.name })
        .from(users)
        .where(and(eq(users.disabled, false), ne(users.role, 'viewer')))
        .orderBy(users.name)
        .limit(1000);
    },
  };
}

async function insert(transaction: Transaction, user: NewUser): Promise<User> {
  const [created] = await transaction
    .insert(users)
    .values({ ...user, id: randomUUID() as UserId, createdAt: sql`now()` })
    .returning(userColumns);
  return created!;
}

/** Locks all enabled admins and the user, always in the same order: of two that step down at once, one sees the other. */
async function locked(transaction: Transaction, id: UserId): Promise<User | undefined> {
  const rows = await transaction
    .select(userColumns)
    .from(users)
    .where(sql`${users.id} = ${id} OR (${users.role} = 'admin' AND NOT ${users.disabled})`)
    .orderBy(users.id)
    .for('update');
  return rows.find(user => user.id === id.toLowerCase());
}

async function isLastAdmin(transaction: Transaction, user: User): Promise<boolean> {
  if (user.role !== 'admin' || user.disabled) return false;
  const [other] = await transaction
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, 'admin'), eq(users.disabled, false), ne(users.id, user.id)))
    .limit(1);
  return other === undefined;
}

async function endSessions(transaction: Transaction, id: UserId, keep?: Uint8Array): Promise<void> {
  await transaction
    .delete(sessions)
    .where(and(eq(sessions.userId, id), keep === undefined ? undefined : ne(sessions.tokenHash, keep)));
  await tell(transaction, 'sessions', id);
}

function difference(before: User, after: Pick<User, 'name' | 'role' | 'disabled'>): Record<string, unknown> {
  const names = ['name', 'role', 'disabled'] as const;
  const changed = names.filter(name => before[name] !== after[name]);
  return Object.fromEntries(changed.map(name => [name, { from: before[name], to: after[name] }]));
}

const subject = (user: User) => ({ kind: 'user', id: user.id, name: user.email });
