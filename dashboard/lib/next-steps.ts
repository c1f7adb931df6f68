/** What somebody who has just installed Picket should do next, by what is still missing. */

import type { Overview } from './api.ts';

export interface Step {
  readonly text: string;
  readonly href?: string;
  readonly command?: string;
}

export function nextSteps({ endpoints, alerts, events, baselines }: Overview, isAdmin: boolean): Step[] {
  const total = endpoints.alive + endpoints.silent + endpoints.never + endpoints.revoked;
  if (total === 0) {
    return isAdmin
      ? [
          {
            text: 'Add the first endpoint: you get its configuration and the command that installs the agent.',
            href: '/endpoints?add=1',
          },
        ]
      : [{ text: 'No endpoint has been added yet. An administrator does that.' }];
  }
  if (endpoints.alive === 0) {
    const text =
      endpoints.silent === 0
        ? 'Install the agent on the endpoint that you added. It appears here within seconds.'
        : 'No endpoint is heard. Look at the agent on the host:';
    const command =
      endpoints.silent === 0
        ? 'sudo ./install.sh agent --config monitoringAgent.conf'
        : 'systemctl status monitoringAgent.service';
    return [
      { text, command },
      { text: 'See the endpoints.', href: '/endpoints' },
    ];
  }
  // A first visit: it runs, and nothing has been found yet.
  if (alerts.open + alerts.inProgress === 0 && baselines.enforced === 0 && events !== null) {
    return [
      { text: 'Watch events arrive.', href: '/events' },
      { text: 'See which programs are being learned.', href: '/baselines' },
      { text: 'Try harmless attacks on this host; each becomes an alert within seconds:', command: 'npm run simulate' },
    ];
  }
  return [];
}
