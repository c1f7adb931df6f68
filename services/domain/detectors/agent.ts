/** Is this process the agent itself? By its arguments: whoever calls himself so has more said of him, not less. */

import type { Process } from '../events/event.ts';

export const isAgent = ({ args }: Process): boolean =>
  args.some((arg, i) => i > 0 && /(?:^|\/)agent\/main\.ts$/.test(arg) && args[i + 1] === 'run');
