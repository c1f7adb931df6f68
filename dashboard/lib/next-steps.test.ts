import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Overview } from './api.ts';
import { nextSteps } from './next-steps.ts';

const empty: Overview = {
  endpoints: { alive: 0, silent: 0, never: 0, revoked: 0 },
  alerts: { open: 0, inProgress: 0, bySeverity: { low: 0, medium: 0, high: 0, critical: 0 } },
  events: { lastHour: 0, perSecond: 0 },
  baselines: { learning: 0, saturated: 0, enforced: 0 },
  blind: 0,
  losses: {},
};
const some = { ...empty.endpoints };

test('an empty system asks its administrator for the first endpoint', () => {
  assert.match(nextSteps(empty, true)[0]?.text ?? '', /Add the first endpoint/);
  assert.match(nextSteps(empty, false)[0]?.text ?? '', /An administrator/);
});

test('an endpoint that was never heard wants its agent installed', () => {
  assert.match(nextSteps({ ...empty, endpoints: { ...some, never: 1 } }, true)[0]?.command ?? '', /install\.sh agent/);
});

test('a fleet that fell silent wants a look at the service', () => {
  assert.match(nextSteps({ ...empty, endpoints: { ...some, silent: 2 } }, true)[0]?.command ?? '', /systemctl status/);
});

test('a first agent without alerts is shown what to try', () => {
  const commands = nextSteps({ ...empty, endpoints: { ...some, alive: 1 } }, true).map(step => step.command);
  assert.ok(commands.includes('npm run simulate'));
});

test('a system at work gets no advice', () => {
  assert.deepEqual(
    nextSteps({ ...empty, endpoints: { ...some, alive: 1 }, alerts: { ...empty.alerts, open: 3 } }, true),
    [],
  );
});
