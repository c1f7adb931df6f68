/**
 * Alerts and endpoints as they change, to all who watch. What the store tells is gathered for a moment and read once;
 * an endpoint that falls silent is told by nobody, so the states are looked at while somebody watches.
 */

import type { EndpointId, Micros } from '../../domain/events/ids.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { EndpointState } from '../../ports/endpoints.ts';
import { instantOf } from '../../ports/instant.ts';
import type { LiveStream } from './stream.ts';

export interface ChangesFeed {
  /** Returns what ends it. */
  watch(stream: LiveStream): () => void;
  close(): void;
}

export interface ChangesFeedOptions {
  readonly control: Pick<ControlStore, 'alerts' | 'endpoints' | 'changes'>;
  readonly now: () => Micros;
  readonly pollMs: number;
  readonly onError: (error: unknown) => void;
}

/** Changes are gathered this long: an alert that is counted a hundred times a second is read ten times. */
const gatherMs = 100;
/** Read in one round; what is left out is told as `lagging`. */
const mostInARound = 200;

export function changesFeed({ control, now, pollMs, onError }: ChangesFeedOptions): ChangesFeed {
  const watching = new Set<LiveStream>();
  const alerts = new Set<string>();
  const endpoints = new Set<string>();
  let round: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  let states: ReadonlyMap<EndpointId, EndpointState> | undefined;

  const send = (event: string, data: unknown) => {
    for (const stream of watching) stream.send(event, data);
  };

  function changed(ids: Set<string>, id: string | undefined): void {
    if (watching.size === 0) return;
    // Something may have been missed: who watches has to load anew.
    if (id === undefined) send('lagging', { dropped: 0 });
    else if (ids.size >= mostInARound) send('lagging', { dropped: 1 });
    else ids.add(id);
    round ??= setTimeout(() => void tellAll().catch(onError), gatherMs);
  }

  async function tellAll(): Promise<void> {
    round = undefined;
    const [changedAlerts, changedEndpoints] = [[...alerts], [...endpoints]];
    alerts.clear();
    endpoints.clear();
    for (const id of changedAlerts) {
      const alert = await control.alerts.get(id);
      if (alert === undefined) continue;
      const { evidence: _, ...short } = alert;
      send('alert', short);
    }
    for (const id of changedEndpoints) {
      const endpoint = await control.endpoints.get(id as EndpointId, instantOf(now()));
      if (endpoint === undefined) send('endpoint-removed', { id });
      else send('endpoint', endpoint);
    }
  }

  async function lookAtStates(): Promise<void> {
    const before = states;
    states = await control.endpoints.states(instantOf(now()));
    if (before === undefined) return;
    for (const [id, state] of states) if (before.get(id) !== state) changed(endpoints, id);
  }

  function startPolling(): void {
    poll = setTimeout(async () => {
      await lookAtStates().catch(onError);
      if (watching.size > 0) startPolling();
      else states = undefined;
    }, pollMs);
  }

  const stopListening = [
    control.changes.listen('alerts', id => changed(alerts, id)),
    control.changes.listen('endpoints', id => changed(endpoints, id)),
  ];

  return {
    watch(stream) {
      watching.add(stream);
      if (watching.size === 1) {
        clearTimeout(poll);
        startPolling();
      }
      return () => watching.delete(stream);
    },
    close() {
      for (const stop of stopListening) stop();
      clearTimeout(round);
      clearTimeout(poll);
      watching.clear();
    },
  };
}
