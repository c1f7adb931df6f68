/** What an isolation of all of a booted kernel does: whom it can reach. The machine around it listens at `outside`, with an echo. */

import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { isolate } from '@picket/native';

export const outside = '10.0.2.2';
const programs = ['connect4', 'connect6', 'egress', 'ingress', 'sendmsg4', 'sendmsg6'];
/** More than enough for an echo under emulation. */
const patienceMillis = 5_000;

/** "ok" after an echo there and back, else the error's code; "late" where nothing came. */
export async function reach(port: number): Promise<string> {
  let socket: Socket | undefined;
  try {
    socket = await connected(port);
    return await echo(socket);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket?.destroy();
  }
}

/** By name, whether it was so; the name of what was not says what was. Ports of `outside`: that of the server, and that of somebody else. */
export async function tryIsolation(server: number, other: number): Promise<Record<string, boolean>> {
  const pins = '/sys/fs/bpf/picket-kernels';
  mkdirSync(pins);
  const before = [await reach(server), await reach(other)];
  const held = await connected(other);
  const options = { cgroup: '/sys/fs/cgroup', pins, addresses: [outside], port: server, untilBootMicros: undefined };
  const isolation = isolate(options);
  const during = [await reach(server), await reach(other)];
  const cut = await echo(held);
  const kept = [isolation.fleeting(), isolation.intact(), ...readdirSync(pins).sort()];
  isolation.release();
  const after = [await reach(server), await reach(other)];
  held.destroy();
  return Object.fromEntries([
    was('isolated: nobody before', before, ['ok', 'ok']),
    was('isolated: the server is reached, others are refused', during, ['ok', 'EPERM']),
    was('isolated: what was connected is cut', [cut], ['late']),
    was('isolated: it is kept in the BPF file system', kept, ['', true, ...programs]),
    was('isolated: nobody after', after, ['ok', 'ok']),
  ]);
}

function was(what: string, found: readonly unknown[], expected: readonly unknown[]): [string, boolean] {
  const so = found.join() === expected.join();
  return [so ? what : `${what} (${found.join()})`, so];
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, outside);
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  socket.once('connect', () => resolve(socket)).once('error', reject);
  await promise;
  return socket.on('error', () => undefined);
}

async function echo(socket: Socket): Promise<string> {
  const came = once(socket, 'data').then(() => 'ok');
  socket.write('?');
  return await Promise.race([came, wait(patienceMillis, 'late', { ref: false })]);
}
