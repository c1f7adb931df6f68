import { version } from '../version.ts';
import type { Command } from './command.ts';
import { exitCodes } from './exit-codes.ts';

export const showVersion: Command = {
  name: 'version',
  about: 'show the version',
  help: 'Shows the version of the agent and of the Node.js that runs it.',
  options: [],
  async run() {
    console.log(`Picket agent ${version} (Node.js ${process.versions.node})`);
    return exitCodes.ok;
  },
};
