import type { NextAuthOptions } from 'next-auth';
import { getServerSession } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import type { Account, Login } from '../lib/api.ts';
import { upstream } from './upstream.ts';

/**
 * Login against the API. Its bearer token is kept in next-auth's encrypted HttpOnly cookie, so that no script in the browser ever
 * holds it; the session that pages see is the account only.
 */

declare module 'next-auth/jwt' {
  interface JWT {
    bearer?: string;
    bearerExpiresAt?: string;
    account?: Account;
  }
}

declare module 'next-auth' {
  interface User {
    login?: Login;
  }
  interface Session {
    account: Account | undefined;
  }
}

/** Why a login failed, as the login page is told it. */
export type LoginFailure = 'wrong' | 'too-many' | 'unavailable';

async function logIn(email: string, password: string, address: string | undefined): Promise<Login> {
  let answer: Response;
  try {
    answer = await fetch(upstream('/api/v1/login'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(address === undefined ? {} : { 'x-forwarded-for': address }) },
      body: JSON.stringify({ email, password }),
      cache: 'no-store',
    });
  } catch {
    throw new Error('unavailable' satisfies LoginFailure);
  }
  if (answer.ok) return (await answer.json()) as Login;
  if (answer.status === 429) throw new Error('too-many' satisfies LoginFailure);
  if (answer.status >= 500) throw new Error('unavailable' satisfies LoginFailure);
  throw new Error('wrong' satisfies LoginFailure);
}

async function whoIs(bearer: string): Promise<Account | undefined> {
  const answer = await fetch(upstream('/api/v1/me'), {
    headers: { authorization: `Bearer ${bearer}` },
    cache: 'no-store',
  });
  return answer.ok ? ((await answer.json()) as Account) : undefined;
}

export const authOptions: NextAuthOptions = {
  session: { strategy: 'jwt', maxAge: 7 * 24 * 3600 },
  pages: { signIn: '/login', error: '/login' },
  providers: [
    Credentials({
      credentials: { email: {}, password: {} },
      async authorize(credentials, request) {
        const address: unknown = request.headers?.['x-forwarded-for'];
        const login = await logIn(
          credentials?.email ?? '',
          credentials?.password ?? '',
          typeof address === 'string' ? address : undefined,
        );
        return { id: login.user.id, login };
      },
    }),
  ],
  callbacks: {
    async jwt({ token, user, trigger }) {
      if (user?.login !== undefined) {
        return { bearer: user.login.token, bearerExpiresAt: user.login.expiresAt, account: user.login.user };
      }
      // The page asks for this after a change of the own account; what changed is the API's word, not the page's.
      if (trigger === 'update' && token.bearer !== undefined) {
        const account = await whoIs(token.bearer);
        return account === undefined ? {} : { ...token, account };
      }
      return token;
    },
    session({ session, token }) {
      const expired = token.bearerExpiresAt !== undefined && Date.parse(token.bearerExpiresAt) <= Date.now();
      return { expires: session.expires, account: expired ? undefined : token.account };
    },
  },
  events: {
    async signOut({ token }) {
      if (token?.bearer === undefined) return;
      // The cookie goes in any case; a session that could not be ended at the API ends there by its own age.
      await fetch(upstream('/api/v1/logout'), {
        method: 'POST',
        headers: { authorization: `Bearer ${token.bearer}` },
      }).catch(() => undefined);
    },
  },
};

/** Who is logged in, by this request's cookie; `undefined`: nobody, or the session has ended. */
export async function currentAccount(): Promise<Account | undefined> {
  return (await getServerSession(authOptions))?.account;
}
