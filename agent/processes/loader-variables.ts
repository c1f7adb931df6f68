/** Variables of an environment that tell the dynamic loader to bring other code in (ld.so(8)); see native/bpf/exec.h. */

import type { ByteString } from '../sensor/event.ts';
import { copied } from './texts.ts';

/** As the kernel sends them. */
const mostBytes = 4_096;
const names = ['PRELOAD=', 'LIBRARY_PATH=', 'AUDIT='];

/** Those of an environment (`NAME=VALUE`, each ended by NUL), in their order. */
export function loaderVariables(environment: ByteString): ByteString {
  const text = `\0${environment}`;
  const before = '\0LD_';
  let found = '';
  for (let at = text.indexOf(before); at >= 0 && found.length < mostBytes; at = text.indexOf(before, at + 1)) {
    const end = text.indexOf('\0', at + 1) + 1;
    if (end > 0 && names.some(name => text.startsWith(name, at + before.length))) found += text.slice(at + 1, end);
  }
  return copied(found, mostBytes);
}
