/** A stored event as the API shows it: the fields that its kind has, grouped. */

import { cgroupOf } from '../../domain/events/cgroup.ts';
import { syscallName } from '../../domain/events/syscall-names.ts';
import { instantOf } from '../../ports/instant.ts';
import type { StoredEvent } from '../../queries/events/row.ts';
import type { ApiEvent } from '../live/events-feed.ts';

/** `names`: of endpoints by id; a removed one is called by its id. */
export function eventOf(stored: StoredEvent, names: ReadonlyMap<string, string>): ApiEvent {
  const { kind, result, what } = stored;
  const network = stored.protocol !== '';
  return {
    endpoint: { id: stored.endpoint, name: names.get(stored.endpoint) ?? stored.endpoint },
    time: instantOf(stored.time),
    kind,
    bootId: stored.boot,
    stream: stored.stream,
    sequence: stored.sequence,
    count: stored.count,
    process: {
      execId: stored.execId,
      pid: stored.pid,
      exe: stored.exe,
      exeHash: stored.exeHash,
      package: stored.package,
      script: stored.script,
      cwd: stored.cwd,
      user: stored.user,
      uid: stored.uid,
      euid: stored.euid,
      loginuid: stored.loginuid,
      flags: stored.processFlags,
      cgroup: stored.cgroup,
      ...cgroupOf(stored.cgroup),
      loader: [...stored.loader],
      capabilities: stored.capabilities,
    },
    parent: stored.parent ?? null,
    exec:
      kind === 'process.executed'
        ? { asked: stored.asked, args: [...stored.args], argsBytes: stored.number, result }
        : null,
    fork: kind === 'process.forked' ? { childPid: stored.number } : null,
    exit:
      kind === 'process.exited' ? { code: stored.number, signal: stored.signal, runMicros: stored.runMicros } : null,
    file:
      kind === 'file.opened'
        ? {
            path: stored.path,
            asked: stored.asked === '' ? stored.path : stored.asked,
            flags: stored.flags,
            what,
            inode: stored.inode,
            result,
          }
        : null,
    network: network
      ? {
          protocol: stored.protocol,
          localAddress: stored.localAddress,
          localPort: stored.localPort,
          remoteAddress: stored.remoteAddress,
          remotePort: stored.remotePort,
          result,
          what,
          domain: stored.asked,
        }
      : null,
    closed:
      kind === 'network.closed'
        ? { sent: stored.number, received: Number(stored.inode), runMicros: stored.runMicros }
        : null,
    unix: kind === 'unix.connected' ? { path: stored.path, result, what } : null,
    change:
      stored.operation === ''
        ? null
        : {
            operation: stored.operation,
            path: stored.path,
            other: stored.asked,
            value: stored.number,
            extra: stored.flags,
            target: stored.target ?? null,
            result,
            what,
          },
    syscalls: kind === 'syscalls.sampled' ? { unseen: stored.flags, calls: stored.syscalls.map(syscallName) } : null,
  };
}
