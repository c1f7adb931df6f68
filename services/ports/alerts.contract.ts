/** What every control store does with alerts that people read and triage. */

import assert from 'node:assert/strict';
import type { Severity } from '../domain/alerts/finding.ts';
import { type EndpointId, micros } from '../domain/events/ids.ts';
import { add } from './accounts.contract.ts';
import type { AlertDetail, AlertFilter, AlertOrder } from './alerts.ts';
import type { Author } from './audit-log.ts';
import type { Behaviour, ControlStoreUnderTest } from './control-store.contract.ts';
import type { ControlStore } from './control-store.ts';
import { addEndpoint } from './endpoints.contract.ts';
import { instantOf } from './instant.ts';
import { BadCursor } from './page.ts';

export interface AlertToAdd {
  readonly id: string;
  readonly endpoint: EndpointId;
  readonly program: string;
  readonly severity: Severity;
  readonly techniques: readonly string[];
  readonly count: number;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
}

const alertId = (n: number) => `10000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const at = (n: number) => instantOf(micros(1_800_000_000_000_001 + n));

/** Seven alerts whose sort values are partly equal. */
async function fill({ store, addAlert }: ControlStoreUnderTest): Promise<void> {
  const endpoints = [await addEndpoint(store, 1, 'web'), await addEndpoint(store, 2, 'db')];
  const severities: readonly Severity[] = ['low', 'critical', 'high', 'high', 'medium', 'critical', 'low'];
  for (const [n, severity] of severities.entries()) {
    await addAlert({
      id: alertId(n),
      endpoint: endpoints[n % 2]!,
      program: `/usr/bin/p${n}_100%`,
      severity,
      techniques: n < 3 ? ['T1003.008'] : ['T1059'],
      count: n % 3,
      firstSeenAt: at(n % 4),
      lastSeenAt: at(10 + (n % 5)),
    });
  }
}

async function everyPage(
  store: ControlStore,
  filter: AlertFilter,
  order: AlertOrder,
  limit: number,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.alerts.list(filter, order, { limit, cursor });
    assert.ok(page.items.length <= limit);
    ids.push(...page.items.map(alert => alert.id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

const newest: AlertOrder = { sort: 'lastSeen', order: 'desc' };

export function alertsContract(behaviour: Behaviour): void {
  for (const sort of ['lastSeen', 'firstSeen', 'severity', 'count'] as const) {
    behaviour(`pages sorted by ${sort} hold each alert once, in the order of one large page`, async under => {
      await fill(under);
      for (const order of ['asc', 'desc'] as const) {
        const whole = await everyPage(under.store, {}, { sort, order }, 100);
        assert.equal(new Set(whole).size, 7);
        for (const limit of [1, 2, 3, 7]) {
          assert.deepEqual(await everyPage(under.store, {}, { sort, order }, limit), whole, `${order} ${limit}`);
        }
      }
      const up = await everyPage(under.store, {}, { sort, order: 'asc' }, 100);
      assert.deepEqual(up.toReversed(), await everyPage(under.store, {}, { sort, order: 'desc' }, 100));
    });
  }

  behaviour('severity sorts by weight, not by name', async under => {
    await fill(under);
    const { items } = await under.store.alerts.list({}, { sort: 'severity', order: 'desc' }, { limit: 10 });
    const severities = items.map(alert => alert.severity);
    assert.deepEqual(severities, ['critical', 'critical', 'high', 'high', 'medium', 'low', 'low']);
  });

  behaviour('a cursor of another order, or none at all, is refused', async under => {
    await fill(under);
    const { nextCursor } = await under.store.alerts.list({}, newest, { limit: 2 });
    const bad = [nextCursor!, 'x', Buffer.from('["alerts.count.desc","1",2]').toString('base64url')];
    for (const cursor of bad) {
      const list = under.store.alerts.list({}, { sort: 'count', order: 'desc' }, { limit: 2, cursor });
      await assert.rejects(list, BadCursor);
    }
  });

  const filters: readonly [string, AlertFilter, readonly number[]][] = [
    ['severity', { severity: ['low', 'medium'] }, [0, 4, 6]],
    ['program', { program: '/usr/bin/p3_100%' }, [3]],
    ['technique', { technique: 'T1003.008' }, [0, 1, 2]],
    ['a technique above', { technique: 'T1003' }, [0, 1, 2]],
    ['the beginning of a technique', { technique: 'T10' }, []],
    ['search in any case, where % and _ are themselves', { search: 'P2_100%' }, [2]],
    ['search by endpoint name', { search: 'WEB' }, [0, 2, 4, 6]],
    ['status', { status: ['closed', 'in_progress'] }, []],
    ['nobody assigned', { assignee: null }, [0, 1, 2, 3, 4, 5, 6]],
    ['SQL in a search', { search: "'; DROP TABLE alerts; --" }, []],
  ];
  behaviour('alerts are found by each filter', async under => {
    await fill(under);
    for (const [what, filter, found] of filters) {
      const ids = await everyPage(under.store, filter, newest, 3);
      assert.deepEqual(ids.toSorted(), found.map(alertId), what);
    }
  });

  behaviour('a moment keeps its microseconds', async under => {
    await fill(under);
    const alert = await under.store.alerts.get(alertId(0));
    assert.equal(alert?.firstSeenAt, '2027-01-15T08:00:00.000001Z');
    assert.equal(alert?.reason, alert?.evidence.reason);
  });

  behaviour('closing needs a verdict, an open alert has none, reopening clears it', async under => {
    await fill(under);
    const { triage } = under.store.alerts;
    const id = alertId(0);
    assert.equal(await triage(id, { status: 'closed' }, 'system'), 'verdict-needed');
    assert.equal(await triage(id, { verdict: 'benign' }, 'system'), 'verdict-without-closing');
    const closed = (await triage(id, { status: 'closed', verdict: 'benign' }, 'system')) as AlertDetail;
    assert.deepEqual([closed.status, closed.verdict], ['closed', 'benign']);
    assert.equal(await triage(id, { verdict: null }, 'system'), 'verdict-needed');
    const judged = (await triage(id, { verdict: 'true_positive' }, 'system')) as AlertDetail;
    assert.deepEqual([judged.status, judged.verdict], ['closed', 'true_positive']);
    const reopened = (await triage(id, { status: 'open' }, 'system')) as AlertDetail;
    assert.deepEqual([reopened.status, reopened.verdict], ['open', null]);
    assert.equal(await triage(alertId(99), { status: 'open' }, 'system'), 'not-found');
  });

  behaviour('of two who change the same revision one is told that the other was faster', async under => {
    await fill(under);
    const { revision } = (await under.store.alerts.get(alertId(0)))!;
    const outcomes = await Promise.all([
      under.store.alerts.triage(alertId(0), { status: 'in_progress', revision }, 'system'),
      under.store.alerts.triage(alertId(0), { status: 'closed', verdict: 'benign', revision }, 'system'),
    ]);
    assert.equal(outcomes.filter(outcome => outcome === 'changed-meanwhile').length, 1);
    const done = outcomes.find(outcome => typeof outcome !== 'string') as AlertDetail;
    assert.equal(done.revision, revision + 1);
    assert.equal((await under.store.alerts.get(alertId(0)))?.status, done.status);
  });

  behaviour('an alert is given to those who may triage, and only to them', async under => {
    await fill(under);
    const { store } = under;
    const [ada, victor] = [await add(store, 'ada'), await add(store, 'victor', 'viewer')];
    const give = (assigneeId: string | null) => store.alerts.triage(alertId(0), { assigneeId }, 'system');
    assert.equal(await give(victor.id), 'no-such-assignee');
    assert.equal(await give(alertId(5)), 'no-such-assignee');
    assert.deepEqual(((await give(ada.id)) as AlertDetail).assignee, { id: ada.id, name: 'ada' });
    assert.deepEqual(await everyPage(store, { assignee: ada.id }, newest, 9), [alertId(0)]);
    assert.equal((await store.alerts.summary(ada.id)).mine, 1);
    assert.equal(((await give(null)) as AlertDetail).assignee, null);
  });

  behaviour('history says who did what and in which words, doing it again says nothing', async under => {
    await fill(under);
    const { store } = under;
    const ada = await add(store, 'ada');
    const by: Author = { id: ada.id, email: ada.email, address: '192.0.2.7' };
    const id = alertId(0);
    for (let twice = 0; twice < 2; twice++) {
      await store.alerts.triage(id, { status: 'in_progress', assigneeId: ada.id }, by);
    }
    await store.alerts.comment(id, 'saw it\nbefore', by);
    await store.alerts.triage(id, { status: 'closed', verdict: 'false_positive' }, by);
    const first = await store.alerts.history(id, { limit: 3 });
    assert.notEqual(first, 'not-found');
    if (first === 'not-found') return;
    const rest = await store.alerts.history(id, { limit: 3, cursor: first.nextCursor! });
    const entries = [...first.items, ...(rest === 'not-found' ? [] : rest.items)];
    assert.deepEqual(
      entries.map(({ action, actor, detail }) => [action, actor?.name, detail]),
      [
        ['status', 'ada', { from: 'open', to: 'in_progress', verdict: null }],
        ['assignee', 'ada', { from: null, to: 'ada' }],
        ['comment', 'ada', { text: 'saw it\nbefore' }],
        ['status', 'ada', { from: 'in_progress', to: 'closed', verdict: 'false_positive' }],
      ],
    );
    const { items } = await store.audit.list({ actor: ada.id, action: 'alert.' }, { limit: 10 });
    assert.deepEqual(
      items.map(entry => entry.action),
      ['alert.triaged', 'alert.commented', 'alert.triaged'],
    );
    assert.ok(!JSON.stringify(items).includes('saw it'), 'the audit log does not repeat what was written');
    assert.equal(await store.alerts.history(alertId(99), { limit: 3 }), 'not-found');
    assert.equal(await store.alerts.comment(alertId(99), 'x', by), 'not-found');
  });

  behaviour('each triage and each comment is told', async under => {
    await fill(under);
    const { store } = under;
    await store.changes.ready();
    const told: (string | undefined)[] = [];
    const both = Promise.withResolvers<void>();
    store.changes.listen('alerts', id => told.push(id) === 2 && both.resolve());
    await store.alerts.triage(alertId(1), { status: 'in_progress' }, 'system');
    await store.alerts.comment(alertId(2), 'x', 'system');
    await both.promise;
    assert.deepEqual(told, [alertId(1), alertId(2)]);
  });

  behaviour('the summary counts what waits, by severity, detector and endpoint', async under => {
    await fill(under);
    await under.store.alerts.triage(alertId(1), { status: 'closed', verdict: 'benign' }, 'system');
    const ada = await add(under.store, 'ada');
    const summary = await under.store.alerts.summary(ada.id);
    assert.deepEqual(summary.byStatus, { open: 6, in_progress: 0, closed: 1 });
    assert.deepEqual(summary.bySeverity, { low: 2, medium: 1, high: 2, critical: 1 });
    assert.deepEqual([summary.unassigned, summary.mine], [6, 0]);
    assert.deepEqual(
      summary.endpoints.map(({ name, count }) => [name, count]),
      [
        ['web', 4],
        ['db', 2],
      ],
    );
    assert.equal((await under.store.endpoints.named('db', at(0)))?.openAlerts, 2);
  });
}
