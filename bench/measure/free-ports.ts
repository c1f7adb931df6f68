/** Ports for servers that are started again at the same address. */

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that the kernel hands out to clients (net.ipv4.ip_local_port_range): one that is down finds its own free. And below those
 * among which a server finds ports for its engines (services/engines/free-port.ts): it does so before all of these are taken.
 */
const [first, end] = [10_000, 20_000];

/** So many different TCP ports of loopback that nobody listens on now. Rejects where too few are found. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries > 50 * count)
      throw new Error(`${count} free ports of 127.0.0.1 from ${first} to ${end} expected, too few found`);
    const port = randomInt(first, end);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
