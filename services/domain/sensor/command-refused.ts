/**
 * Somebody works against the agent beside its sensor: commands that this server did not give, an isolation that was taken away, and the
 * process that would say who kills the agent.
 */

import { grown, type SensorDetector } from './observation.ts';

export const commandRefused: SensorDetector = {
  id: 'sensor.command-refused',
  title: 'An agent got commands that it did not obey',
  techniques: ['T1557'],
  severity: 'high',
  detect(seen) {
    const times = grown(seen, 'command.refused');
    if (times === 0) return [];
    return [
      {
        deviation: 'command refused',
        reason:
          'The agent was handed commands that its server has not signed, that are for another endpoint, or that it had met before: somebody put them there. None was obeyed',
        saw: [
          { label: 'Commands', value: `${times}` },
          { label: 'Each, and why', value: 'in the audit log as command.not-obeyed' },
        ],
      },
    ];
  },
};

export const isolationLifted: SensorDetector = {
  id: 'sensor.isolation-lifted',
  title: 'The isolation of a host was taken away and put back',
  techniques: ['T1562.004'],
  severity: 'critical',
  detect(seen) {
    const times = grown(seen, 'isolation.lifted');
    if (times === 0) return [];
    return [
      {
        deviation: 'isolation lifted',
        reason:
          'The kernel programs that isolate this host were taken away while it was to be isolated, and the agent put them back: for some seconds the host had its network',
        saw: [{ label: 'Times', value: `${times}` }],
      },
    ];
  },
};

export const witnessLost: SensorDetector = {
  id: 'sensor.witness-lost',
  title: "The witness of an agent's end was killed",
  techniques: ['T1562.001'],
  severity: 'high',
  detect(seen) {
    const times = grown(seen, 'witness.lost');
    if (times === 0) return [];
    return [
      {
        deviation: 'witness lost',
        reason:
          'The process that notes who kills the agent was killed itself, and the agent started it again: who does that means to kill the agent unseen',
        saw: [{ label: 'Times', value: `${times}` }],
      },
    ];
  },
};
