import type { NextRequest } from 'next/server';
import { getToken } from 'next-auth/jwt';
import { isForged } from '../../../../lib/same-origin.ts';
import { passThrough } from '../../../../server/pass-through.ts';
import { problem } from '../../../../server/upstream.ts';

export const dynamic = 'force-dynamic';

/**
 * The API under the dashboard's own address. A script's request keeps its own Authorization; a page's gets the token out of the session
 * cookie, and if it writes it must come from our own pages.
 */
async function handle(request: NextRequest): Promise<Response> {
  const { pathname, search } = request.nextUrl;
  const own = request.headers.get('authorization');
  if (own !== null) return passThrough(request, pathname + search, own);

  const bearer = (await getToken({ req: request }))?.bearer;
  if (isForged(request.method, request.headers, bearer !== undefined)) {
    return problem(
      403,
      'cross-origin',
      'This request came from a page of another site. Scripts send their token as Authorization.',
    );
  }
  return passThrough(request, pathname + search, bearer === undefined ? undefined : `Bearer ${bearer}`);
}

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
