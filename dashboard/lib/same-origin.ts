/**
 * Whether a request that writes comes from the dashboard's own pages. The session cookie alone does not say so: another site's form
 * would send it too (SameSite=Lax leaves sibling subdomains and other ports of the host).
 */
export function sameOrigin(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = headers.get('origin');
  const host = headers.get('x-forwarded-host') ?? headers.get('host');
  if (origin === null || host === null || !URL.canParse(origin)) return false;
  return new URL(origin).host === host;
}

/**
 * Whether the pass-through must turn a request away. Without a session there is nothing that another site could use: a script logs in so.
 * @param hasSession the request's cookie holds a token
 */
export const isForged = (method: string, headers: Headers, hasSession: boolean): boolean =>
  hasSession && method !== 'GET' && method !== 'HEAD' && !sameOrigin(headers);
