import { createHash } from 'node:crypto';
import { micros } from '../../domain/events/ids.ts';
import type { AttemptRule, User } from '../../ports/accounts.ts';
import { instantOf } from '../../ports/instant.ts';
import { authorOf } from '../author.ts';
import { passwordFault } from '../passwords/rules.ts';
import { type Problem, problem } from '../problem.ts';
import { route } from '../route.ts';
import * as schema from '../schemas/accounts.ts';
import type { ApiServices } from '../services.ts';
import { hashToken, newToken } from '../session-token.ts';

/** Of one account: slow for who guesses, short for who mistypes; the owner is never locked out for longer than this. */
const accountRule: AttemptRule = { free: 5, maxSeconds: 300, forgetSeconds: 900 };
/** Of one address, over all accounts: several people may be behind it. */
export const addressRule: AttemptRule = { free: 30, maxSeconds: 300, forgetSeconds: 900 };

// What is typed as a mail address may be a password by mistake: it is not kept.
const accountKey = (email: string) => `account:${createHash('sha256').update(email.toLowerCase()).digest('hex')}`;
const addressKey = (address: string) => `address:${address}`;

export const sessionRoutes = [
  route({
    method: 'POST',
    path: '/login',
    access: 'public',
    tag: 'session',
    summary: 'Log in',
    body: schema.credentials,
    reply: schema.login,
    async handle({ body, address }, services) {
      const { control, passwords, config, metrics, now } = services;
      const held = await holdBack([addressKey(address), accountKey(body.email)], services);
      if (held !== undefined) return held;
      const found = await control.users.credentials(body.email);
      const right = await passwords.verify(body.password, found?.passwordHash);
      if (found === undefined || !right || found.user.disabled) {
        metrics.logins.inc({ outcome: 'refused' });
        if (found !== undefined) await noteRefusal(found.user, address, services);
        return problem(401, 'wrong-credentials', 'The mail address or the password is wrong.');
      }
      await control.logins.succeeded(accountKey(body.email));
      await control.logins.takeBack(addressKey(address));
      const token = newToken();
      const at = now();
      const expiresAt = instantOf(micros(at + config.sessionSeconds * 1_000_000));
      const { user } = found;
      await control.sessions.open(
        { tokenHash: hashToken(token), userId: user.id, now: instantOf(at), expiresAt },
        { id: user.id, email: user.email, address },
      );
      metrics.logins.inc({ outcome: 'opened' });
      return { token, expiresAt, user: accountOf(user) };
    },
  }),
  route({
    method: 'POST',
    path: '/logout',
    access: 'viewer',
    beforePasswordChange: true,
    tag: 'session',
    summary: 'End the session',
    async handle(request, { control }) {
      await control.sessions.close(request.session.tokenHash, authorOf(request));
      return undefined;
    },
  }),
  route({
    method: 'GET',
    path: '/me',
    access: 'viewer',
    beforePasswordChange: true,
    tag: 'session',
    summary: 'Who is logged in',
    reply: schema.account,
    handle: async ({ session }) => accountOf(session.user),
  }),
  route({
    method: 'POST',
    path: '/me/password',
    access: 'viewer',
    beforePasswordChange: true,
    tag: 'session',
    summary: 'Change the own password; the other sessions of the user end',
    body: schema.passwordChange,
    reply: schema.account,
    async handle(request, services) {
      const { body, session } = request;
      const { control, passwords } = services;
      // A stolen session must not be a way to guess the password.
      const held = await holdBack([accountKey(session.user.email)], services);
      if (held !== undefined) return held;
      const found = await control.users.credentials(session.user.email);
      if (found === undefined || !(await passwords.verify(body.current, found.passwordHash))) {
        return problem(403, 'wrong-password', 'The current password is wrong.', {
          fields: [{ field: 'body.current', message: 'is wrong' }],
        });
      }
      await control.logins.succeeded(accountKey(session.user.email));
      const fault =
        body.next === body.current ? 'must be another than the current one' : passwordFault(body.next, session.user);
      if (fault !== undefined) return weakPassword(fault);
      const changed = await control.users.setPassword(
        session.user.id,
        { hash: await passwords.hash(body.next), mustChange: false, keep: session.tokenHash },
        authorOf(request),
      );
      return changed === 'not-found' ? problem(401, 'session-ended', 'This user is gone.') : accountOf(changed);
    },
  }),
];

/** Counts an attempt for each key; the first that has to wait turns it away. */
async function holdBack(
  keys: readonly string[],
  { control, metrics, now }: Pick<ApiServices, 'control' | 'metrics' | 'now'>,
): Promise<Problem | undefined> {
  for (const key of keys) {
    const rule = key.startsWith('address:') ? addressRule : accountRule;
    const { waitSeconds } = await control.logins.begin(key, rule, instantOf(now()));
    if (waitSeconds === 0) continue;
    metrics.logins.inc({ outcome: 'held-back' });
    return problem(429, 'too-many-attempts', `Too many attempts: try again in ${waitSeconds} s.`, {
      retryAfterSeconds: waitSeconds,
    });
  }
  return undefined;
}

/** Of users that exist only: a mistyped address may hold a secret. */
async function noteRefusal(user: User, address: string, { control }: Pick<ApiServices, 'control'>): Promise<void> {
  const subject = { kind: 'user', id: user.id, name: user.email };
  await control.audit.note({ action: 'session.refused', subject, detail: { address } }, 'system');
}

const weakPassword = (fault: string): Problem =>
  problem(400, 'weak-password', `The new password ${fault}.`, { fields: [{ field: 'body.next', message: fault }] });

const accountOf = ({ id, email, name, role, mustChangePassword }: User) => ({
  id,
  email,
  name,
  role,
  mustChangePassword,
});
