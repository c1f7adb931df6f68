/**
 * As whom PostgreSQL runs, and from where. It refuses to run as root: a server that is root runs it as the account
 * `picket` where there is one, else as `nobody`.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const candidates = ['picket', 'nobody'];

/** `undefined` where the server is not root: its engines run as itself. */
export function unprivilegedAccount(passwd: string = readFileSync('/etc/passwd', 'utf8')): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = passwd.split('\n').map(line => line.split(':'));
  for (const candidate of candidates) {
    const found = accounts.find(fields => fields[0] === candidate);
    if (found) return { name: candidate, uid: Number(found[2]), gid: Number(found[3]) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and /etc/passwd has none of the accounts ${candidates.join(', ')}: add one of them`,
  );
}

/** Makes `folder` belong to the account; throws where a folder above it does not let the account in. */
export function giveFolder(folder: string, account: Account | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!account) return;
  chownSync(folder, account.uid, account.gid);
  for (let above = dirname(folder); above !== '/'; above = dirname(above)) {
    if (statSync(above).mode & 0o001) continue;
    throw new Error(
      `PostgreSQL runs as ${account.name}, which may not enter ${above}: chmod o+x ${above}, or set PICKET_DATA to a folder outside of it`,
    );
  }
}

/** Lets other accounts pass through the data folder (not list it): the folders inside have their own owners. */
export function openPassage(dataFolder: string): void {
  const { mode } = statSync(dataFolder);
  if (!(mode & 0o001)) chmodSync(dataFolder, (mode & 0o777) | 0o011);
}

/**
 * The folder of the programs (`bin`, `lib`, `share`) as the account can run them: the package's own, or a copy under
 * `copies` where the package lies in a folder that the account may not enter (a clone in /root).
 */
export function runnablePrograms(
  packaged: string,
  version: string,
  copies: string,
  account: Account | undefined,
): string {
  if (canRun(packaged, account)) return packaged;
  const copy = join(copies, `postgres-${version}`);
  if (!existsSync(copy)) {
    mkdirSync(copies, { recursive: true, mode: 0o711 });
    rmSync(`${copy}.new`, { recursive: true, force: true });
    cpSync(packaged, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
    // The clone may have been made with a umask that shuts others out.
    execFileSync('chmod', ['-R', 'a+rX', `${copy}.new`]);
    renameSync(`${copy}.new`, copy);
  }
  if (!canRun(copy, account))
    throw new Error(`${join(copy, 'bin/postgres')} can't be run as ${account?.name ?? 'this user'}`);
  return copy;
}

function canRun(programs: string, account: Account | undefined): boolean {
  const run = spawnSync(join(programs, 'bin/postgres'), ['--version'], {
    cwd: '/',
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  return run.status === 0;
}
