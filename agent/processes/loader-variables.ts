/** Variables of an environment that tell the dynamic loader to bring other code in (ld.so(8)); see native/bpf/environment.h. */

import type { ByteString } from '../sensor/event.ts';
import { copied } from './texts.ts';

/** Of the value of a variable; of LD_AUDIT, which may be given several times, of all together. */
const mostBytes = 32_768;
const names = ['PRELOAD=', 'LIBRARY_PATH=', 'AUDIT='] as const;

export interface LoaderVariables {
  readonly text: ByteString;
  /** False: one of them is longer than is kept. */
  readonly whole: boolean;
}

/**
 * Those of an environment (`NAME=VALUE`, each ended by NUL) that the loader heeds: of LD_PRELOAD and LD_LIBRARY_PATH the last, of
 * LD_AUDIT each. Separators of which one would do are one, so that nothing hides behind them.
 */
export function loaderVariables(environment: ByteString): LoaderVariables {
  const text = `\0${environment}`;
  const before = '\0LD_';
  let whole = true;
  const found = { 'PRELOAD=': '', 'LIBRARY_PATH=': '', 'AUDIT=': '' };
  for (let at = text.indexOf(before); at >= 0; at = text.indexOf(before, at + 1)) {
    const end = text.indexOf('\0', at + 1) + 1;
    const name = names.find(each => text.startsWith(each, at + before.length));
    if (end === 0 || name === undefined) continue;
    const variable = text.slice(at + 1, end).replace(/([: ])[: ]+/g, '$1');
    const fits = variable.length + (name === 'AUDIT=' ? found[name].length : 0) <= mostBytes;
    whole &&= fits;
    if (name !== 'AUDIT=') found[name] = bounded(variable);
    else if (fits) found[name] += variable;
  }
  return { text: copied(found['PRELOAD='] + found['AUDIT='] + found['LIBRARY_PATH='], 3 * mostBytes), whole };
}

const bounded = (variable: ByteString): ByteString =>
  variable.length <= mostBytes ? variable : `${variable.slice(0, mostBytes - 1)}\0`;
