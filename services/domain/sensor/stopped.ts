/** The agent's last heartbeat: how it was told to end, or that it goes for good. */

import { agentEnds, agentGoes, hostEnds } from './commands.ts';
import { isNewRun, type Observation, type SensorDetector } from './observation.ts';
import { lineageOf, recentCommand, senderWords, signalFacts, signalName } from './who.ts';

const runsAgain = (seen: Observation): boolean => isNewRun(seen) && !seen.batch.heartbeat?.stopping;

export const stopped: SensorDetector = {
  id: 'sensor.stopped',
  title: 'The agent of a host was stopped',
  techniques: ['T1562.001'],
  severity: 'medium',
  detect({ batch, now, recent }) {
    const sent = batch.heartbeat?.stopping;
    if (!sent || batch.heartbeat?.uninstalling) return [];
    const lineage = lineageOf(sent, batch.boot);
    const host = recentCommand(recent, now, hostEnds);
    const command = host ?? recentCommand(recent, now, agentEnds);
    const by = senderWords(lineage);
    const how = sent.signal ? ` with ${signalName(sent.signal)}` : '';
    const why = command ? `, after: ${command.words}` : '';
    const whole = host ? 'The host is going down, and the agent was stopped' : 'The agent was stopped';
    return [
      {
        deviation: 'stopped',
        reason: `${whole}${how}${by ? ` by ${by}` : ''}${why}`,
        saw: [...signalFacts(sent, lineage), ...(command ? [command.fact] : [])],
        severity: host ? 'low' : 'medium',
        blind: { from: now, until: undefined, lost: 0 },
        // systemd sends the signal for whoever asked it to.
        lineage: command && (lineage.at(-1)?.pid ?? 1) === 1 ? [...lineage, command.ancestor] : lineage,
      },
    ];
  },
  isOver: runsAgain,
};

export const uninstalled: SensorDetector = {
  id: 'sensor.uninstalled',
  title: 'The agent of a host was uninstalled',
  techniques: ['T1562.001'],
  severity: 'high',
  detect({ batch, now, recent }) {
    const { stopping: sent, uninstalling } = batch.heartbeat ?? {};
    if (!sent || !uninstalling) return [];
    const command = recentCommand(recent, now, agentGoes);
    const lineage = lineageOf(sent, batch.boot);
    return [
      {
        deviation: 'uninstalled',
        reason: `The agent is being uninstalled${command ? `: ${command.words}` : ', nobody knows by which command'}`,
        saw: [...signalFacts(sent, lineage), ...(command ? [command.fact] : [])],
        blind: { from: now, until: undefined, lost: 0 },
        lineage: command ? [...lineage, command.ancestor] : lineage,
      },
    ];
  },
  isOver: runsAgain,
};
