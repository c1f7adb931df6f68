/** What stands in the spool of an agent, read from a copy of its files while it runs. */

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { Spool } from '@picket/agent';
import { EventBatch } from '@picket/proto';

/** Strings of all batches that are not acknowledged: paths among them. The last record may be half written: it is left out. */
export function spooledStrings(folder: string): Set<string> {
  const copy = mkdtempSync(join(tmpdir(), 'picket-e2e-spool-'));
  try {
    cpSync(folder, copy, { recursive: true, filter: path => !path.endsWith('.sock') });
    const spool = new Spool({
      folder: copy,
      capacity: 2 ** 40,
      boot: '00'.repeat(16),
      newStream: () => '00'.repeat(8),
      lose: () => undefined,
    });
    const cursor = spool.cursor();
    const found = new Set<string>();
    for (let next = cursor.next(); next !== undefined; next = cursor.next()) {
      for (const bytes of EventBatch.decode(zstdDecompressSync(next.body)).strings)
        found.add(Buffer.from(bytes).toString());
    }
    cursor.close();
    spool.close();
    return found;
  } finally {
    rmSync(copy, { recursive: true });
  }
}
