/** The whole agent, but that it isolates a cgroup of the test's own: `node agent.fixture.ts CONFIG CGROUP PINS`. Ends at SIGTERM. */

import { once } from 'node:events';
import { pino } from 'pino';
import { loadConfig } from '../config/load.ts';
import { runAgent } from '../run.ts';

const [config = '', cgroup = '', pins = ''] = process.argv.slice(2);
const loaded = loadConfig(config);
if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
const agent = await runAgent(loaded, pino({ level: loaded.config.log_level }), process.env, () => ({ cgroup, pins }));
await once(process, 'SIGTERM');
await agent.close(15);
