/** Users, their sessions, and how often somebody may try to log in. */

import type { Author } from './audit-log.ts';
import type { Instant } from './instant.ts';
import type { Page, PageRequest } from './page.ts';

/** In growing order: each may do what those before it may. */
export const roles = ['viewer', 'analyst', 'responder', 'admin'] as const;
export type Role = (typeof roles)[number];

declare const brand: unique symbol;
export type UserId = string & { readonly [brand]: 'UserId' };

export interface User {
  readonly id: UserId;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly mustChangePassword: boolean;
  readonly createdAt: Instant;
  readonly lastLoginAt: Instant | null;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** PHC string; nothing that a password could be read from. */
  readonly passwordHash: string;
  readonly mustChangePassword: boolean;
}

export interface UserChange {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
}

/**
 * Each change is written together with its audit entry. Sessions of a user end with a change of role, password or
 * `disabled`. The last enabled admin stays: what would take him away answers `last-admin`.
 */
export interface UserStore {
  list(filter: { readonly search?: string | undefined }, page: PageRequest): Promise<Page<User>>;
  get(id: UserId): Promise<User | undefined>;
  /** By mail address in any case; disabled users too. */
  credentials(email: string): Promise<{ readonly user: User; readonly passwordHash: string } | undefined>;
  create(user: NewUser, by: Author): Promise<User | 'email-taken'>;
  /** Creates the user only where there is none at all, whoever else tries at the same time. */
  createFirst(user: NewUser): Promise<User | 'exists'>;
  change(id: UserId, change: UserChange, by: Author): Promise<User | 'not-found' | 'last-admin'>;
  /** Ends the user's sessions but the one named by `keep`, a token hash. */
  setPassword(
    id: UserId,
    password: { readonly hash: string; readonly mustChange: boolean; readonly keep?: Uint8Array | undefined },
    by: Author,
  ): Promise<User | 'not-found'>;
  remove(id: UserId, by: Author): Promise<'removed' | 'not-found' | 'last-admin'>;
  /** Enabled users who may triage, by name. */
  assignees(): Promise<{ readonly id: UserId; readonly name: string }[]>;
}

export interface Session {
  readonly tokenHash: Uint8Array;
  readonly user: User;
  readonly expiresAt: Instant;
}

export interface SessionStore {
  /** Also notes the login at the user and in the audit log. */
  open(
    session: {
      readonly tokenHash: Uint8Array;
      readonly userId: UserId;
      readonly now: Instant;
      readonly expiresAt: Instant;
    },
    by: Author,
  ): Promise<void>;
  /** The session if it is still good: not expired, last used after `idleSince`, its user enabled. `use` notes the use. */
  find(
    tokenHash: Uint8Array,
    at: { readonly now: Instant; readonly idleSince: Instant; readonly use: boolean },
  ): Promise<Session | undefined>;
  close(tokenHash: Uint8Array, by: Author): Promise<void>;
  /** Forgets what has expired; returns how many. */
  sweep(at: { readonly now: Instant; readonly idleSince: Instant }): Promise<number>;
}

/** Attempts are counted before the password is looked at, so that trying in parallel gains nothing. */
export interface LoginAttempts {
  /** Counts one attempt for `key` if none is to be waited for, else returns the seconds until the next one is allowed. */
  begin(key: string, rule: AttemptRule, now: Instant): Promise<{ readonly waitSeconds: number }>;
  /** The attempt was right: the count starts anew. */
  succeeded(key: string): Promise<void>;
  /** This one attempt does not count; those before it still do. For an address, behind which several people may be. */
  takeBack(key: string): Promise<void>;
  /** Drops the counts that are forgotten. */
  sweep(rule: AttemptRule, now: Instant): Promise<void>;
}

/** `free` attempts without waiting, then 1, 2, 4, … up to `maxSeconds` after each; forgotten after `forgetSeconds` of rest. */
export interface AttemptRule {
  readonly free: number;
  readonly maxSeconds: number;
  readonly forgetSeconds: number;
}
