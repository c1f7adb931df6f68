/** Real programs open real files, and what the event store then holds of it. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from './api.ts';
import { until } from './until.ts';

export interface Opened {
  readonly folder: string;
  readonly count: number;
}

const atOnce = 500;

/** A shell opens so many new files of a new folder, each once, in steps of 500; `between` runs after each step. */
export async function openFiles(
  folder: string,
  count: number,
  between?: (done: number) => Promise<void> | void,
): Promise<Opened> {
  mkdirSync(folder);
  for (let from = 0; from < count; from += atOnce) {
    const script = `i=${from}; while [ $i -lt ${from + atOnce} ]; do : >"${join(folder, '$i')}"; i=$((i+1)); done`;
    execFileSync('/bin/sh', ['-c', script], { timeout: 30_000 });
    await between?.(from + atOnce);
  }
  return { folder, count };
}

/** Every file of the folder is in the event store as one event that stands for one open; waits so long for the last. */
export async function storedOnce(api: Api, endpoint: string, { folder, count }: Opened, seconds = 60): Promise<void> {
  const wanted = `endpoint=${endpoint}&kind=file.opened&path=${encodeURIComponent(`${folder}/*`)}`;
  let counted = 0;
  await until(`${count} events of ${folder} in the event store`, seconds, async () => {
    counted = Number((await api.get<{ count: number }>(`/events/count?${wanted}`)).count);
    return counted >= count || undefined;
  }).catch(error => {
    throw new Error(`${error.message}; there are ${counted}`, { cause: error });
  });
  const seen = new Map<string, number>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { count: number; file: { path: string } }[]; nextCursor: string | null } = await api.get(
      `/events?${wanted}&limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { count: times, file } of page.items) seen.set(file.path, (seen.get(file.path) ?? 0) + times);
    cursor = page.nextCursor;
  }
  assert.equal(seen.size, count);
  assert.deepEqual(
    [...seen].filter(([, times]) => times !== 1),
    [],
  );
}
