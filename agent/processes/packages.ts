/** Which package a file of this host belongs to: asked of dpkg or of rpm, whichever keeps this host. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { ByteString } from '../sensor/event.ts';

/** Paths -> `NAME VERSION`; paths of no package are absent. Rejects where the question could not be asked, or `signal` ended it. */
export type PackageOwners = (
  paths: readonly ByteString[],
  signal?: AbortSignal,
) => Promise<ReadonlyMap<ByteString, ByteString>>;

/** undefined on a host of neither. */
export function packageOwners(root = ''): PackageOwners | undefined {
  if (existsSync(`${root}/var/lib/dpkg/status`)) return dpkgOwners;
  if (existsSync(`${root}/usr/lib/sysimage/rpm`) || existsSync(`${root}/var/lib/rpm`)) return rpmOwners();
  return undefined;
}

/** Debian's packages name /bin/ls what lies, since /bin is a link, at /usr/bin/ls. */
const namesOf = (path: ByteString): ByteString[] =>
  /^\/usr\/(?:bin|sbin|lib)/.test(path) ? [path, path.slice('/usr'.length)] : [path];

async function dpkgOwners(paths: readonly ByteString[], signal?: AbortSignal): Promise<Map<ByteString, ByteString>> {
  const pathOf = new Map(paths.filter(isPlain).flatMap(path => namesOf(path).map(name => [name, path] as const)));
  const packageOf = new Map<ByteString, string>();
  if (pathOf.size === 0) return new Map();
  for (const line of await ask('dpkg-query', ['--search', ...pathOf.keys()], signal)) {
    const at = line.indexOf(': ');
    const path = pathOf.get(line.slice(at + 2));
    if (path !== undefined && !line.startsWith('diversion by ')) packageOf.set(path, line.slice(0, at).split(', ')[0]!);
  }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own
  const format = ['--show', '--showformat=${binary:Package}\\t${Package} ${Version}\\n'];
  const names = new Set(packageOf.values());
  const versions = new Map(
    names.size === 0
      ? []
      : (await ask('dpkg-query', [...format, ...names], signal)).map(line => line.split('\t') as [string, string]),
  );
  return new Map([...packageOf].map(([path, name]) => [path, versions.get(name) ?? name]));
}

/** A file that there is and that is of no package: rpm's word for it ends what it says of one path. */
const mark = '/proc/version';

/** `database`: rpm's options to say where it is, if not in its place. */
export const rpmOwners =
  (database: readonly string[] = []): PackageOwners =>
  async (paths, signal) => {
    const asked = paths.filter(path => isPlain(path) && path !== mark);
    if (asked.length === 0) return new Map();
    const format = ['--query', '--file', '--queryformat', '=%{NAME} %{VERSION}-%{RELEASE}\\n'];
    const lines = await ask('rpm', [...database, ...format, ...asked.flatMap(path => [path, mark])], signal);
    // A path has no line where it is gone, and several where several packages have it.
    const owners = new Map<ByteString, ByteString>();
    let at = 0;
    for (const line of lines) {
      const path = asked[at];
      if (line.startsWith(`file ${mark} `)) at++;
      else if (line.startsWith('=') && path !== undefined && !owners.has(path)) owners.set(path, line.slice(1));
    }
    if (at !== asked.length) throw new Error(`rpm was asked for ${asked.length} files and answered for ${at}`);
    return owners;
  };

/** Neither a pattern nor an option to the program that is asked, and a name that packages have. */
const isPlain = (path: ByteString): boolean => /^\/[\w./+@:,~-]+$/.test(path);

/** Lines of its output. Both programs end with 1 where a path has no package. */
function ask(program: string, args: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
  const options = { timeout: 30_000, maxBuffer: 4 * 2 ** 20, env, ...(signal && { signal }) };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, output) => {
      if (error && error.code !== 1 && output === '') reject(error);
      else resolve(output.split('\n').filter(line => line !== ''));
    });
  });
}
