/** What the launcher asks about the host that it runs on. */

import { ensureLocalEndpoint } from '../api/first-start.ts';
import type { EndpointId, Micros } from '../domain/events/ids.ts';
import type { ControlStore } from '../ports/control-store.ts';
import { instantOf } from '../ports/instant.ts';
import type { Question } from './launcher.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @param commandKey public half of the key that signs commands to agents */
export function launcherQuestions(
  control: ControlStore,
  commandKey: string,
  now: () => Micros,
): (question: Question) => Promise<unknown> {
  const started = instantOf(now());
  return async question => {
    switch (question.type) {
      case 'endpoint': {
        const { endpoint: id } = question;
        const endpoint = uuid.test(id) ? await control.endpoints.get(id as EndpointId, instantOf(now())) : undefined;
        return {
          known: endpoint !== undefined,
          revoked: endpoint?.revokedAt != null,
          /** Heard from since this server started. */
          seen: endpoint?.lastSeenAt != null && endpoint.lastSeenAt >= started,
        };
      }
      case 'local-endpoint':
        return ensureLocalEndpoint(control, { name: question.name, api: question.api, commandKey, now: now() });
    }
  };
}
