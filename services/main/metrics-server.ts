/** /healthz and /metrics of a service that serves nothing else. */

import { createServer } from 'node:http';
import type { Registry } from 'prom-client';

export async function serveMetrics(host: string, port: number, metrics: Registry): Promise<{ close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.url === '/healthz') response.setHeader('content-type', 'application/json').end('{"status":"ok"}');
    else if (request.url === '/metrics')
      response.setHeader('content-type', metrics.contentType).end(await metrics.metrics());
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
