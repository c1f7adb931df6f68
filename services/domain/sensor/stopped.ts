import { agentEnds, hostEnds } from './commands.ts';
import { isNewRun, type SensorDetector } from './observation.ts';
import { lineageOf, recentCommand, senderWords, signalFacts, signalName } from './who.ts';

/** The agent's last heartbeat: it was told to end. */
export const stopped: SensorDetector = {
  id: 'sensor.stopped',
  title: 'The agent of a host was stopped',
  techniques: ['T1562.001'],
  severity: 'medium',
  detect({ batch, now, recent }) {
    const sent = batch.heartbeat?.stopping;
    if (!sent) return [];
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
  isOver: seen => isNewRun(seen) && !seen.batch.heartbeat?.stopping,
};
