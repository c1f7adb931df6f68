/** Where the API is; read at each call because the build must not freeze it. */
export const upstream = (path: string): string =>
  new URL(path, process.env['PICKET_API_URL'] ?? 'http://127.0.0.1:3001').href;

/** A problem document (RFC 9457) made here: the API itself did not answer. */
export function problem(status: number, reason: string, detail: string): Response {
  const title = status === 403 ? 'Forbidden' : status === 401 ? 'Unauthorized' : 'Bad Gateway';
  return Response.json(
    { type: 'about:blank', title, status, reason, detail },
    { status, headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' } },
  );
}
