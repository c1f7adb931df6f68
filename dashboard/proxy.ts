import { type NextRequest, NextResponse } from 'next/server';
import { contentPolicy } from './lib/content-policy.ts';

/** Gives each page request a nonce: Next puts it on its own scripts, the root layout hands it to the component library. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const policy = contentPolicy(nonce, process.env['NODE_ENV'] === 'development');
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  // Server components do not see the address: the login needs it to come back.
  headers.set('x-path', request.nextUrl.pathname + request.nextUrl.search);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

// The API's pass-through sets its own policy, and its request bodies must not be buffered here.
export const config = { matcher: ['/((?!api/|_next/static|_next/image|openapi.json|icon.svg).*)'] };
