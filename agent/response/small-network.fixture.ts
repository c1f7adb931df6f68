/**
 * A host in small: a cgroup of its own on this machine, a network namespace that is everybody else, and one cable between. What is
 * isolated is the cgroup; this machine keeps its network. Needs root, iproute2 and the cgroup hierarchy of version 2.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cgroupRoot, type NetworkPlaces } from './host-network.ts';

const program = fileURLToPath(new URL('./peer.fixture.ts', import.meta.url));

export class Peer {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;

  constructor(command: readonly string[]) {
    const [file = '', ...args] = [...command, process.execPath, program];
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout! });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** The answer to one order (peer.fixture.ts). */
  async ask(order: string): Promise<string> {
    this.order(order);
    return this.answer();
  }

  order(order: string): void {
    this.#child.stdin!.write(`${order}\n`);
  }

  async answer(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the peer has ended');
    return value;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

export interface SmallNetwork {
  readonly places: NetworkPlaces;
  /** In the cgroup that is isolated. */
  readonly inside: Peer;
  /** In the other namespace. */
  readonly outside: Peer;
  /** Of the outside: IPv4, IPv6. */
  readonly addresses: readonly [string, string];
  /** Of this machine, as the outside sees it: IPv4. */
  readonly own: string;
  readonly ownIpv6: string;
  close(): Promise<void>;
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });

/** Why it can't be made here; undefined where it may. */
export const smallNetworkObstacle = (): string | undefined =>
  spawnSync('ip', ['-V']).status === 0 ? undefined : 'ip(8) is not here: install iproute2';

/** Throws where this machine does not let it be made. One a process: its addresses are by the process's id. */
export async function smallNetwork(): Promise<SmallNetwork> {
  const name = `pk${process.pid}`;
  const [here, there] = [`${name}a`, `${name}b`];
  // Two addresses of a /30 each, out of 198.18.0.0/15, which is for tests (RFC 2544).
  const first = (process.pid % 32_768) * 4;
  const ipv4 = (offset: number) => `198.${18 + (first >> 16)}.${(first >> 8) & 255}.${(first & 255) + offset}`;
  const ipv6 = (offset: number) => `fd00:198:${(first >> 2).toString(16)}::${offset}`;
  const own = ipv4(1);
  const addresses = [ipv4(2), ipv6(2)] as const;
  const folder = mkdtempSync(join(tmpdir(), 'picket-isolation-'));
  const pins = join(folder, 'bpf');
  const cgroup = join(cgroupRoot(readFileSync('/proc/self/mountinfo', 'utf8')), name);
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const peers: Peer[] = [];
  const close = async () => {
    for (const peer of peers) await peer.close();
    for (const step of undo.toReversed()) step();
  };
  try {
    mkdirSync(pins);
    execFileSync('mount', ['-t', 'bpf', 'bpf', pins], { stdio: 'pipe' });
    undo.push(() => execFileSync('umount', ['--lazy', pins]));
    mkdirSync(cgroup);
    undo.push(() => rmdirSync(cgroup));
    ip('netns', 'add', name);
    undo.push(() => ip('netns', 'delete', name));
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name);
    ip('address', 'add', `${own}/30`, 'dev', here);
    ip('address', 'add', `${ipv6(1)}/64`, 'dev', here, 'nodad');
    ip('link', 'set', here, 'up');
    ip('-n', name, 'address', 'add', `${addresses[0]}/30`, 'dev', there);
    ip('-n', name, 'address', 'add', `${addresses[1]}/64`, 'dev', there, 'nodad');
    ip('-n', name, 'link', 'set', there, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    const inside = new Peer(['/bin/sh', '-c', `echo $$ > ${cgroup}/cgroup.procs; exec "$@"`, 'sh']);
    const outside = new Peer(['ip', 'netns', 'exec', name]);
    peers.push(inside, outside);
    return { places: { cgroup, pins: join(pins, 'one') }, inside, outside, addresses, own, ownIpv6: ipv6(1), close };
  } catch (error) {
    await close();
    throw error;
  }
}
