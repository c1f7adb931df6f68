import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { defaultConfig } from './options.mjs';

/** @typedef {import('./server.mjs').Server} Server */

/**
 * Makes sure that this host is an endpoint of the server and has the configuration file that says so.
 * An existing file is kept, whatever is in it.
 *
 * @param {Server} server
 * @param {{ config: string, data: string }} options path of the agent's configuration file, and the server's data folder
 * @param {string} submitUrl where this host's agent reaches ingress
 * @returns {Promise<{ id: string, note: string } | { obstacle: string }>}
 */
export async function enrolThisHost(server, { config, data }, submitUrl) {
  if (existsSync(config)) {
    const id = /^id=(.*)$/m.exec(readFileSync(config, 'utf8'))?.[1]?.trim() ?? '';
    const endpoint = await server.endpoint(id);
    if (endpoint.known && !endpoint.revoked) return { id, note: `${config}, kept as it was` };
    return {
      obstacle: `${config} is kept, and its endpoint ${id || '(no id)'} is ${endpoint.revoked ? 'revoked' : 'unknown to this server'}; move the file away to get a new one, or use --config PATH`,
    };
  }
  const added = await server.localEndpoint(hostname(), submitUrl);
  mkdirSync(dirname(config), { recursive: true });
  // Two agents must not share a spool: one that is not the host's own keeps it with this server's data.
  const spool = config === defaultConfig ? '' : `spool_directory=${join(data, 'agent')}\n`;
  writeFileSync(config, added.configuration + spool, { flag: 'wx', mode: 0o600 });
  chmodSync(config, 0o600);
  return { id: added.id, note: config };
}
