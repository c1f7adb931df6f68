/**
 * Whether the agent is stopped because it goes for good. What removes it (the packages' preremove.sh, install.sh) puts a file where only
 * root may, and takes it away when the agent has ended. One that is older than this agent was left by a removal that broke off.
 */

import { statSync } from 'node:fs';

const sign = '/run/picket-agent.uninstalling';
const begun = Date.now() - performance.now();

export function isUninstalling(file = sign): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && found.mtimeMs >= begun;
}
