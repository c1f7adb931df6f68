import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<boolean>} whether something listens there already
 */
export function inUse(port, host) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', error => {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE') resolve(true);
      else reject(error);
    });
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(false)));
  });
}

/**
 * The process that listens on a TCP port, by /proc; other users' processes can only be seen by root.
 *
 * @param {number} port
 * @returns {{ pid: number, command: string } | undefined}
 */
export function holder(port) {
  const sockets = new Set(listening(port).map(inode => `socket:[${inode}]`));
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    if (descriptors(pid).some(target => sockets.has(target))) {
      const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';
      return { pid: Number(pid), command: command.replaceAll('\0', ' ').trim() };
    }
  }
  return undefined;
}

/**
 * @param {number} port
 * @returns {string[]} inodes of the sockets that listen on it
 */
function listening(port) {
  const listen = '0A';
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap(file => (attempt(() => readFileSync(file, 'utf8')) ?? '').split('\n').slice(1))
    .map(line => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === listen && Number.parseInt(local.split(':')[1] ?? '', 16) === port)
    .map(fields => fields[9] ?? '');
}

/** @param {string} pid */
function descriptors(pid) {
  const folder = `/proc/${pid}/fd`;
  return (attempt(() => readdirSync(folder)) ?? []).map(fd => attempt(() => readlinkSync(`${folder}/${fd}`)) ?? '');
}

/**
 * A process may end, or belong to somebody else, while it is being looked at.
 *
 * @template T
 * @param {() => T} read
 * @returns {T | undefined}
 */
function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}
