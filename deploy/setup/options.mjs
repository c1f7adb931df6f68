import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Where an installed agent looks. */
export const defaultConfig = '/etc/monitoringAgent.conf';

export const usage = `npm start -- [options]

Sets up what is missing, then runs Picket's server and an agent for this host until Ctrl-C.

  --config PATH   the agent's configuration file (default ${defaultConfig}; an existing file is kept)
  --data DIR      where everything is stored (default /var/lib/picket as root, else ~/.local/share/picket)
  --no-agent      run the server only
  --help          this text

Ports: agents 5001, dashboard 3000, API 3001 (loopback only); to change them set PICKET_INGRESS_PORT,
PICKET_DASHBOARD_PORT, PICKET_API_PORT. PICKET_LISTEN is the address for agents and dashboard (default 0.0.0.0).
`;

/**
 * @typedef {object} Options
 * @property {string} config
 * @property {string} data
 * @property {boolean} agent
 * @property {boolean} help
 * @property {{ ingress: number, dashboard: number, api: number }} ports
 * @property {string} listen
 */

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Options | { error: string }}
 */
export function readOptions(args, env) {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        data: { type: 'string' },
        'no-agent': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    return { error: /** @type {Error} */ (error).message };
  }
  const home = process.getuid?.() === 0 ? '/var/lib/picket' : join(homedir(), '.local/share/picket');
  return {
    config: resolve(values.config ?? defaultConfig),
    data: resolve(values.data ?? env['PICKET_DATA'] ?? home),
    agent: values['no-agent'] !== true,
    help: values.help === true,
    ports: {
      ingress: Number(env['PICKET_INGRESS_PORT'] ?? 5001),
      dashboard: Number(env['PICKET_DASHBOARD_PORT'] ?? 3000),
      api: Number(env['PICKET_API_PORT'] ?? 3001),
    },
    listen: env['PICKET_LISTEN'] ?? '0.0.0.0',
  };
}

/**
 * @param {Options} options
 * @returns {string} the address by which this host itself reaches what listens
 */
export const reachable = ({ listen }) => (listen === '0.0.0.0' ? '127.0.0.1' : listen);
