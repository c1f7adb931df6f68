/** The PostgreSQL that the system's packages brought: the newest, 15 at least. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresPrograms } from './postgres.ts';

const least = 15;
/** Debian has a folder for each version, the PostgreSQL project's own packages for Fedora too; Fedora's package is in /usr. */
const manyVersions = ['/usr/lib/postgresql', '/usr'];

/** Throws, saying what is there, where none will do. */
export function systemPostgres(): PostgresPrograms {
  const found = ['/usr', ...manyVersions.flatMap(below)].flatMap(folder => versionIn(folder) ?? []);
  const [newest] = found.toSorted((a, b) => Number.parseFloat(b.version) - Number.parseFloat(a.version));
  if (newest !== undefined && Number.parseInt(newest.version, 10) >= least) return newest;
  const instead = newest === undefined ? 'found none' : `found ${newest.version} in ${newest.folder}`;
  throw new Error(
    `a PostgreSQL server, ${least} or newer, expected from the system's packages, ${instead}: install postgresql (Debian) or postgresql-server (Fedora)`,
  );
}

const below = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter(name => /^(pgsql-)?\d+$/.test(name))
        .map(name => join(folder, name))
    : [];

function versionIn(folder: string): PostgresPrograms | undefined {
  const { stdout } = spawnSync(join(folder, 'bin/postgres'), ['--version'], { encoding: 'utf8' });
  const [, version] = /^postgres \(PostgreSQL\) ([\d.]+)/.exec(stdout ?? '') ?? [];
  return version === undefined ? undefined : { folder, version };
}
