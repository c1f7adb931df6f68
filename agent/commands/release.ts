import { askStatus } from '../health/status.ts';
import { HostNetwork, hostPlaces } from '../response/host-network.ts';
import { readState, writeState } from '../response/state.ts';
import type { Command } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { loadOrComplain } from './load-or-complain.ts';

export const release: Command = {
  name: 'release',
  about: 'give this host its network back, where the server cannot',
  help: `Ends the isolation of this host: for root at its console, when the server that isolated it is out of reach for good, or the
agent is removed. The agent must not run: systemctl stop monitoringAgent. The server learns of it when the agent runs again.`,
  options: ['config'],
  async run({ config: file }) {
    const loaded = loadOrComplain(file);
    if (!loaded) return exitCodes.config;
    const { config } = loaded;
    const running = await askStatus(config.spool_directory);
    if (running) {
      console.error(
        `monitoringAgent: the agent runs (pid ${running.pid}) and would isolate this host again; stop it: systemctl stop monitoringAgent`,
      );
      return exitCodes.failed;
    }
    try {
      const state = readState(config.spool_directory, Date.now());
      if (state.isolation) writeState(config.spool_directory, { ...state, isolation: null });
      new HostNetwork(config.api, () => hostPlaces(config.id)).release();
      console.log(state.isolation ? 'This host has its network again.' : 'This host was not isolated.');
      return exitCodes.ok;
    } catch (error) {
      console.error(`monitoringAgent: ${(error as Error).message}`);
      return exitCodes.failed;
    }
  },
};
