/**
 * Whether the agent is stopped because it goes for good. What removes it (the packages' preremove.sh, install.sh) puts a file where only
 * root may, and takes it away when the agent has ended.
 */

import { existsSync } from 'node:fs';

const sign = '/run/picket-agent.uninstalling';

export const isUninstalling = (): boolean => existsSync(sign);
