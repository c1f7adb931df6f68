/** The front process of the embedded engine, told by the variables of ClickHouse's image instead of by the server. */

import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { CLICKHOUSE_USER = 'default', CLICKHOUSE_PASSWORD_FILE = '' } = process.env;
const engines = join(import.meta.dirname, 'services/engines');
const guard = join(engines, 'front/build/write-guard.so');
const front = fork(join(engines, 'clickhouse-front.ts'), { env: { ...process.env, LD_PRELOAD: guard } });
front.send({
  folder: '/var/lib/clickhouse',
  host: '0.0.0.0',
  port: 8123,
  user: CLICKHOUSE_USER,
  password: readFileSync(CLICKHOUSE_PASSWORD_FILE, 'utf8').trim(),
});
process.on('SIGTERM', () => front.kill('SIGTERM'));
front.once('exit', code => process.exit(code ?? 1));
