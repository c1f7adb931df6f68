/** /healthz and /metrics of a service that serves nothing else. */

import { createServer } from 'node:http';
import type { Registry } from 'prom-client';

/** @param trouble why the service is not healthy, in one line; `undefined` while it is */
export async function serveMetrics(
  host: string,
  port: number,
  metrics: Registry,
  trouble: () => string | undefined,
): Promise<{ close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.url === '/healthz') {
      const reason = trouble();
      response
        .writeHead(reason === undefined ? 200 : 503, { 'content-type': 'application/json' })
        .end(JSON.stringify(reason === undefined ? { status: 'ok' } : { status: 'unhealthy', reason }));
    } else if (request.url === '/metrics')
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
