/** Others who watch the same, or a part of it. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Task } from './work.ts';

export interface Watcher {
  readonly name: string;
  /** What it is measured by; default everything. */
  readonly tasks?: readonly Task[];
  /** Why it can't be measured here; `undefined` where it can. */
  readonly obstacle: string | undefined;
  /** Resolves when it watches, with what ends it. */
  start(folder: string): Promise<() => Promise<void>>;
}

const execute = promisify(execFile);

/** What Picket's sensor sees, as rules of the audit system. */
const watched = [
  ...['execve', 'execveat', 'clone', 'clone3', 'fork', 'vfork', 'exit_group'],
  ...['open', 'openat', 'openat2', 'creat', 'rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'link', 'linkat'],
  ...['symlink', 'symlinkat', 'chmod', 'fchmod', 'fchmodat', 'chown', 'fchown', 'lchown', 'fchownat', 'truncate'],
  ...['ftruncate', 'mount', 'umount2', 'setxattr', 'fsetxattr', 'lsetxattr', 'connect', 'bind', 'accept', 'accept4'],
  ...['socket', 'ptrace', 'process_vm_writev', 'setuid', 'setgid', 'setreuid', 'setregid', 'setresuid', 'setresgid'],
  ...['capset', 'bpf', 'init_module', 'finit_module', 'delete_module', 'perf_event_open', 'userfaultfd', 'kexec_load'],
];

/**
 * The audit daemon with these rules, its log in the folder. Tasks that began while it ran go the slow way into the kernel for good: it
 * is measured last.
 */
export const auditd: Watcher = {
  name: 'auditd',
  obstacle: existsSync('/usr/sbin/auditd') ? undefined : 'auditd is not installed (apt-get install auditd)',
  async start(folder) {
    const { stdout } = await execute('auditctl', ['-s']);
    if (!/^pid 0$/m.test(stdout))
      throw new Error('an audit daemon runs on this host, and its rules are not ours to change; stop it first');
    const place = mkdtempSync(join(folder, 'auditd-'));
    const configuration = {
      log_file: join(place, 'audit.log'),
      ...{ log_format: 'RAW', flush: 'INCREMENTAL_ASYNC', freq: 50, max_log_file: 50, num_logs: 4 },
      ...{ max_log_file_action: 'ROTATE', space_left_action: 'IGNORE', admin_space_left_action: 'IGNORE' },
      ...{ disk_full_action: 'IGNORE', disk_error_action: 'IGNORE', space_left: 2, admin_space_left: 1 },
    };
    const lines = Object.entries(configuration).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(join(place, 'auditd.conf'), lines.join(''), { mode: 0o640 });
    mkdirSync(join(place, 'plugins.d'));
    const daemon = spawn('/usr/sbin/auditd', ['-n', '-c', place], { stdio: 'ignore' });
    const ended = once(daemon, 'exit');
    await delay(1_000);
    if (daemon.exitCode !== null) throw new Error(`auditd ended with ${daemon.exitCode}; is another one running?`);
    const rule = ['-a', 'always,exit', '-F', 'arch=b64', ...watched.flatMap(name => ['-S', name])];
    for (const line of [['-D'], ['-e', '1'], ['-b', '65536'], ['--backlog_wait_time', '0'], rule])
      await execute('auditctl', line);
    return async () => {
      daemon.kill('SIGTERM');
      await ended;
      // As far as it can be undone: from here on no new task is audited.
      for (const line of [['-D'], ['-e', '0'], ['-a', 'never,task']]) await execute('auditctl', line);
      rmSync(place, { recursive: true, force: true });
    };
  },
};

/** Sees nothing: what the kernel itself takes for a program at the end of each system call, which none there can be cheaper than. */
export const hook: Watcher = {
  name: 'hook',
  tasks: ['getppid', 'open_close'],
  obstacle: existsSync('/usr/include/bpf/bpf.h')
    ? undefined
    : 'the headers of libbpf are not installed (apt-get install libbpf-dev)',
  async start(folder) {
    const program = join(folder, 'empty-hook');
    await execute('cc', ['-O2', '-o', program, fileURLToPath(import.meta.resolve('./empty-hook.c')), '-lbpf']);
    const child = spawn(program, [], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), ended]);
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the program at the hook ended with ${child.exitCode ?? child.signalCode}`);
    return async () => {
      child.kill();
      await ended;
    };
  },
};

/** Sees opens alone. */
export const opensnoop: Watcher = {
  name: 'opensnoop',
  obstacle: !existsSync('/usr/sbin/opensnoop')
    ? 'opensnoop is not installed (apt-get install libbpf-tools)'
    : existsSync('/sys/kernel/tracing/events')
      ? undefined
      : 'the kernel shows no tracepoints (mount -t tracefs tracefs /sys/kernel/tracing)',
  async start() {
    const program = spawn('/usr/sbin/opensnoop', [], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(program, 'exit');
    // Its head line says that it is attached. What it prints is read, as somebody would who wants to know.
    await Promise.race([once(program.stdout, 'data'), ended]);
    if (program.exitCode !== null) throw new Error(`opensnoop ended with ${program.exitCode}`);
    program.stdout.resume();
    return async () => {
      program.kill('SIGINT');
      await ended;
    };
  },
};
