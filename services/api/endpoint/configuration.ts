/** The text of /etc/monitoringAgent.conf for an endpoint; the agent's reader is agent/config. */

import { X509Certificate } from 'node:crypto';

export interface EndpointConfiguration {
  readonly api: string;
  /** base64url of the private seed. */
  readonly seed: string;
  readonly name: string;
  readonly id: string;
  /** Public half of the key that signs the server's commands, base64url. */
  readonly commandKey: string;
  /** Certificate (PEM) of the authority to trust; of no use, and left out, where `api` is not https. */
  readonly authority?: string | undefined;
}

/** Events that the agent holds in memory before only its spool holds them, and events in one submission. */
const bufferSize = 20_000;
const batchSize = 500;

export function configurationText({ api, seed, name, id, commandKey, authority }: EndpointConfiguration): string {
  return `# Picket agent: configuration of the endpoint below. Save as /etc/monitoringAgent.conf, owner root, mode 0600.
# It holds the endpoint's private key, which the server does not keep: if it is lost, rotate the key in the dashboard.
# name=value, no space around =; a line that begins with # is a comment.
api=${api}
key=${seed}
name=${name}
id=${id}
buffer_size=${bufferSize}
batch_size=${batchSize}
command_key=${commandKey}
${authority !== undefined && api.startsWith('https:') ? `ca=${new X509Certificate(authority).raw.toString('base64')}\n` : ''}`;
}
