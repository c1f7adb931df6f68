/** Who is asking, and whether the route is open to them. */

import type { FastifyRequest } from 'fastify';
import { type Micros, micros } from '../domain/events/ids.ts';
import { type Role, roles, type Session } from '../ports/accounts.ts';
import type { ControlStore } from '../ports/control-store.ts';
import { instantOf } from '../ports/instant.ts';
import type { FullApiConfig } from './config.ts';
import { type Problem, problem } from './problem.ts';
import type { Access } from './route.ts';
import { bearerToken, hashToken } from './session-token.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the one who asks; `undefined` on public routes. */
    picketSession: Session | undefined;
  }
  interface FastifyContextConfig {
    access?: Access;
    beforePasswordChange?: boolean;
  }
}

export interface SessionRules {
  readonly control: Pick<ControlStore, 'sessions'>;
  readonly config: Pick<FullApiConfig, 'idleSeconds'>;
  readonly now: () => Micros;
}

/** When a session must have been used last to be good at `now`. */
export function sessionTimes({ config, now }: Omit<SessionRules, 'control'>) {
  const at = now();
  return { now: instantOf(at), idleSince: instantOf(micros(at - config.idleSeconds * 1_000_000)) };
}

/** Notes the session at the request, or says why there is none that may do this. */
export async function authenticate(request: FastifyRequest, rules: SessionRules): Promise<Problem | undefined> {
  const { access, beforePasswordChange } = request.routeOptions.config;
  if (access === 'public') return undefined;
  // A route without a role can't be registered (server.ts); were there one, it is closed.
  if (access === undefined) return problem(403, 'forbidden', 'This route is open to nobody.');
  const token = bearerToken(request.headers.authorization);
  if (token === undefined) return problem(401, 'unauthenticated', 'Log in: a bearer token is needed.');
  const session = await rules.control.sessions.find(hashToken(token), { ...sessionTimes(rules), use: true });
  if (session === undefined) return problem(401, 'session-ended', 'The session has ended: log in again.');
  if (session.user.mustChangePassword && !beforePasswordChange) {
    return problem(403, 'password-change-required', 'Change the generated password first: POST /api/v1/me/password.');
  }
  if (!mayUse(session.user.role, access)) {
    return problem(403, 'forbidden', `This needs the role ${access}; yours is ${session.user.role}.`);
  }
  request.picketSession = session;
  return undefined;
}

const mayUse = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed);
