import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/**
 * Ends X-Forwarded-For of each request to this process with the address that it really came from. Next keeps what the client wrote
 * there, and the API believes the dashboard: anybody could choose the address that logins are counted by and the audit log shows.
 */
export function noteClientAddresses(): void {
  // Published before the request's own event (Node 18 and newer), so that whoever serves it sees the header.
  subscribe('http.server.request.start', message => {
    const { request } = message as { readonly request: IncomingMessage };
    const peer = request.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? 'unknown';
    const claimed = request.headers['x-forwarded-for'];
    request.headers['x-forwarded-for'] = claimed === undefined ? peer : `${String(claimed)}, ${peer}`;
  });
}
