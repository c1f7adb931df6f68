import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { portsTaken } from './ports-taken.mjs';

const listening = async (): Promise<Server> => {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
};
const portOf = (server: Server) => (server.address() as { port: number }).port;

test('each port that is taken is named with its purpose, its holder and the variable that moves it', async () => {
  const [taken, free] = [await listening(), await listening()];
  const [port, other] = [portOf(taken), portOf(free)];
  await new Promise(resolve => free.close(resolve));
  const lines = await portsTaken({ listen: '127.0.0.1', ports: { ingress: port, dashboard: other, api: port } });
  await new Promise(resolve => taken.close(resolve));
  assert.equal(lines.length, 2);
  const [first = '', second = ''] = lines;
  assert.ok(first.startsWith(`Port ${port}, needed for agents, is in use by process ${process.pid} (`), first);
  assert.match(first, /Stop it, or set PICKET_INGRESS_PORT to another port\.$/);
  assert.match(second, /needed for the API.*PICKET_API_PORT/);
});
