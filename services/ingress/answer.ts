/** How ingress answers: JSON for what was taken, problem documents for everything else. */

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Outcome, statusOf } from './outcome.ts';

/** The answer that an outcome is: 202, or a problem with the reason and, where waiting helps, how long. */
export function answer(response: ServerResponse, outcome: Outcome): void {
  if (outcome.commands) response.setHeader('picket-commands', 'waiting');
  if (outcome.accepted) {
    send(response, 202, 'application/json', `{"status":"${outcome.status}"}`);
    return;
  }
  if (outcome.retryAfter !== undefined) response.setHeader('retry-after', String(outcome.retryAfter));
  problem(response, statusOf[outcome.reason], outcome.reason, outcome.detail);
}

/** A problem document (RFC 9457) with our machine-readable `reason`. */
export function problem(response: ServerResponse, status: number, reason: string, detail: string): void {
  send(
    response,
    status,
    'application/problem+json',
    JSON.stringify({ type: 'about:blank', title: titleOf(reason), status, detail, reason }),
  );
}

const titleOf = (reason: string) => reason.charAt(0).toUpperCase() + reason.slice(1).replaceAll('-', ' ');

export function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

/** What never became a request: too slow, too large headers, no HTTP. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason, detail] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'timeout', 'The request did not arrive in time']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'too-large', 'The headers are too large']
        : ['400 Bad Request', 'malformed', 'This is not an HTTP request'];
  const text = JSON.stringify({
    type: 'about:blank',
    title: titleOf(reason!),
    status: Number(status!.slice(0, 3)),
    detail,
    reason,
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
