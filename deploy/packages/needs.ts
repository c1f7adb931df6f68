/** Which versions of the system's libraries programs were linked against: what a package asks of a host. */

import { execFileSync } from 'node:child_process';

export interface Needs {
  /** Of the C library, such as 2.34. */
  readonly glibc: string;
  /** Of the C++ library's symbols, such as 3.4.30. */
  readonly glibcxx: string;
}

/** The newest that one of the programs needs. Throws where one cannot be read. */
export function neededVersions(programs: readonly string[]): Needs {
  const text = execFileSync('readelf', ['--wide', '--version-info', ...programs], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 2 ** 26,
  });
  return { glibc: newest(text, 'GLIBC'), glibcxx: newest(text, 'GLIBCXX') };
}

/** The newest version of the name in the output of readelf; throws where there is none. */
export function newest(text: string, name: string): string {
  const found = [...text.matchAll(new RegExp(`\\b${name}_(\\d+(?:\\.\\d+)*)\\b`, 'g'))].map(([, version]) => version!);
  const [first] = found.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  if (first === undefined)
    throw new Error(`no program needs a version of ${name}; dynamically linked ones were expected`);
  return first;
}
