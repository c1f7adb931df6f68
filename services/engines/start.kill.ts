/** Starts the engines over the folder of its argument, says where they are, and waits to be killed. */

import pino from 'pino';
import { startEngines } from './start.ts';

const engines = await startEngines({ dataFolder: process.argv[2]!, log: pino({ level: 'silent' }) });
process.stdout.write(`${JSON.stringify({ pids: engines.pids() })}\n`);
