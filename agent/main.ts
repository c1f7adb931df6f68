#!/usr/bin/env node
/** The agent's command line. */

import { checkConfig } from './commands/check-config.ts';
import { dispatch } from './commands/command.ts';
import { release } from './commands/release.ts';
import { run } from './commands/run.ts';
import { showStatus } from './commands/status.ts';
import { showVersion } from './commands/version.ts';

process.exitCode = await dispatch([run, checkConfig, showStatus, release, showVersion], process.argv.slice(2));
