import { stopping } from './stopping.ts';
import { problem, upstream } from './upstream.ts';

/** Headers of a request that the API should see; cookies stay here. */
const forwarded = ['accept', 'content-type', 'last-event-id', 'user-agent', 'x-forwarded-for', 'x-request-id'];
/** Headers of an answer that the client should see; the rest describe the connection to the API. */
const returned = [
  'content-type',
  'content-disposition',
  'cache-control',
  'retry-after',
  'x-request-id',
  'www-authenticate',
];

/**
 * Hands a request on to the API and its answer back, streamed in both directions; an event stream passes unbuffered.
 * @param authorization the Authorization header to send, if any
 */
export async function passThrough(
  request: Request,
  path: string,
  authorization: string | undefined,
): Promise<Response> {
  const headers = new Headers();
  for (const name of forwarded) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  // The API names this server to agents as whoever asks for an endpoint's configuration has reached it.
  const host = request.headers.get('x-forwarded-host') ?? request.headers.get('host');
  if (host !== null) headers.set('x-forwarded-host', host);
  headers.set('x-forwarded-proto', request.headers.get('x-forwarded-proto') ?? 'http');
  if (authorization !== undefined) headers.set('authorization', authorization);
  // The connection to the API is local: compressing there and unpacking here would only cost.
  headers.set('accept-encoding', 'identity');

  const end = new AbortController();
  let answer: Response;
  try {
    const init: RequestInit & { duplex: 'half' } = {
      method: request.method,
      headers,
      body: request.body,
      duplex: 'half',
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.any([request.signal, end.signal]),
    };
    answer = await fetch(upstream(path), init);
  } catch {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    return problem(
      502,
      'unavailable',
      'The API does not answer. If Picket has just started, it needs a few seconds; else see its log.',
    );
  }

  const back = new Headers({ 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" });
  for (const name of returned) {
    const value = answer.headers.get(name);
    if (value !== null) back.set(name, value);
  }
  if (back.get('content-type')?.startsWith('text/event-stream')) {
    back.set('cache-control', 'no-cache, no-transform');
    back.set('x-accel-buffering', 'no');
    stopping.addEventListener('abort', () => end.abort(), { once: true, signal: request.signal });
  }
  return new Response(answer.body, { status: answer.status, headers: back });
}
