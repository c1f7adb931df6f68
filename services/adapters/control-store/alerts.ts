/** Alerts in PostgreSQL, as people read them; what they do with them is in triage.ts. */

import { and, asc, count, desc, eq, getTableColumns, inArray, isNull, ne, type SQL, sql } from 'drizzle-orm';
import { alertStatuses, type Severity, severities } from '../../domain/alerts/finding.ts';
import type { Alert, AlertDetail, AlertFilter, AlertOrder, AlertStore } from '../../ports/alerts.ts';
import type { Database, Queries } from './connection.ts';
import { after, fetchLimit, type Keyset, orderBy, pageOf, type SortKey } from './keyset.ts';
import { begins, holds } from './like.ts';
import { alertHistory, alerts, endpoints, findings, users } from './tables.ts';
import { triageStore } from './triage.ts';

const { evidence: _evidence, endpointId: _endpoint, assigneeId: _assignee, ...plain } = getTableColumns(alerts);

const columns = {
  ...plain,
  endpoint: { id: endpoints.id, name: endpoints.name },
  assigneeId: users.id,
  assigneeName: users.name,
  reason: sql<string>`coalesce(${alerts.evidence} ->> 'reason', '')`,
};

type Row = Omit<Alert, 'assignee'> & {
  readonly severityRank: number;
  readonly assigneeId: string | null;
  readonly assigneeName: string | null;
};

const id: SortKey<Row> = { expression: sql`${alerts.id}`, type: 'uuid', read: row => row.id };
const lastSeen: SortKey<Row> = {
  expression: sql`${alerts.lastSeenAt}`,
  type: 'timestamptz',
  read: row => row.lastSeenAt,
};
const sortKeys: Readonly<Record<AlertOrder['sort'], readonly SortKey<Row>[]>> = {
  lastSeen: [lastSeen, id],
  firstSeen: [{ expression: sql`${alerts.firstSeenAt}`, type: 'timestamptz', read: row => row.firstSeenAt }, id],
  severity: [{ expression: sql`${alerts.severityRank}`, type: 'bigint', read: row => row.severityRank }, lastSeen, id],
  count: [{ expression: sql`${alerts.count}`, type: 'bigint', read: row => row.count }, id],
};

const keysetOf = ({ sort, order }: AlertOrder): Keyset<Row> => ({
  name: `alerts.${sort}.${order}`,
  direction: order,
  keys: sortKeys[sort],
});

export function alertStore(database: Database): AlertStore {
  return {
    ...triageStore(database),

    async list(filter, order, page) {
      const keyset = keysetOf(order);
      const rows = await database
        .select(columns)
        .from(alerts)
        .innerJoin(endpoints, eq(endpoints.id, alerts.endpointId))
        .leftJoin(users, eq(users.id, alerts.assigneeId))
        .where(and(...conditions(filter), after(keyset, page.cursor)))
        .orderBy(...orderBy(keyset))
        .limit(fetchLimit(page));
      return pageOf(keyset, rows, page, alertOf);
    },

    async summary(user) {
      const waiting = ne(alerts.status, 'closed');
      const [byStatus, bySeverity, owners, detectors, byEndpoint] = await Promise.all([
        database.select({ name: alerts.status, count: count() }).from(alerts).groupBy(alerts.status),
        database.select({ name: alerts.severity, count: count() }).from(alerts).where(waiting).groupBy(alerts.severity),
        database
          .select({
            unassigned: sql`count(*) FILTER (WHERE ${alerts.assigneeId} IS NULL)`.mapWith(Number),
            mine: sql`count(*) FILTER (WHERE ${alerts.assigneeId} = ${user})`.mapWith(Number),
          })
          .from(alerts)
          .where(waiting),
        database
          .select({ detector: alerts.detector, title: sql<string>`min(${alerts.title})`, count: count() })
          .from(alerts)
          .where(waiting)
          .groupBy(alerts.detector)
          .orderBy(desc(count()), asc(alerts.detector))
          .limit(50),
        database
          .select({ id: endpoints.id, name: endpoints.name, count: count() })
          .from(alerts)
          .innerJoin(endpoints, eq(endpoints.id, alerts.endpointId))
          .where(waiting)
          .groupBy(endpoints.id)
          .orderBy(desc(count()), asc(endpoints.name))
          .limit(50),
      ]);
      return {
        byStatus: tally(alertStatuses, byStatus),
        bySeverity: tally<Severity>(severities, bySeverity),
        ...owners[0]!,
        detectors,
        endpoints: byEndpoint,
      };
    },

    get: id => alertDetail(database, id),

    async history(alert, page) {
      if (!(await exists(database, alert))) return 'not-found';
      const rows = await database
        .select({
          id: alertHistory.id,
          at: alertHistory.at,
          actorId: users.id,
          actorName: users.name,
          action: alertHistory.action,
          detail: alertHistory.detail,
        })
        .from(alertHistory)
        .leftJoin(users, eq(users.id, alertHistory.actorId))
        .where(and(eq(alertHistory.alertId, alert), after(oldestFirst, page.cursor)))
        .orderBy(...orderBy(oldestFirst))
        .limit(fetchLimit(page));
      return pageOf(oldestFirst, rows, page, ({ actorId, actorName, ...entry }) => ({
        ...entry,
        actor: actorId === null ? null : { id: actorId, name: actorName ?? '' },
      }));
    },

    async findings(alert, page) {
      if (!(await exists(database, alert))) return 'not-found';
      const { alertId: _, ...finding } = getTableColumns(findings);
      const rows = await database
        .select(finding)
        .from(findings)
        .where(and(eq(findings.alertId, alert), after(byFound, page.cursor)))
        .orderBy(...orderBy(byFound))
        .limit(fetchLimit(page));
      return pageOf(byFound, rows, page, row => row);
    },
  };
}

const oldestFirst: Keyset<{ readonly id: number }> = {
  name: 'history',
  direction: 'asc',
  keys: [{ expression: sql`${alertHistory.id}`, type: 'bigint', read: row => row.id }],
};

const byFound: Keyset<{ readonly foundAt: string; readonly stream: string; readonly sequence: number }> = {
  name: 'findings',
  direction: 'asc',
  keys: [
    { expression: sql`${findings.foundAt}`, type: 'timestamptz', read: row => row.foundAt },
    { expression: sql`${findings.stream}`, type: 'text', read: row => row.stream },
    { expression: sql`${findings.sequence}`, type: 'bigint', read: row => row.sequence },
  ],
};

export async function alertDetail(queries: Queries, id: string): Promise<AlertDetail | undefined> {
  const [row] = await queries
    .select({ ...columns, evidence: alerts.evidence })
    .from(alerts)
    .innerJoin(endpoints, eq(endpoints.id, alerts.endpointId))
    .leftJoin(users, eq(users.id, alerts.assigneeId))
    .where(eq(alerts.id, id));
  return row === undefined ? undefined : { ...alertOf(row), evidence: row.evidence };
}

function alertOf({ severityRank: _, assigneeId, assigneeName, ...alert }: Row): Alert {
  return { ...alert, assignee: assigneeId === null ? null : { id: assigneeId, name: assigneeName ?? '' } };
}

function conditions(filter: AlertFilter): (SQL | undefined)[] {
  const { status, severity, verdict, assignee, endpoint, detector, program, technique, search } = filter;
  return [
    status && inArray(alerts.status, [...status]),
    severity && inArray(alerts.severity, [...severity]),
    verdict && inArray(alerts.verdict, [...verdict]),
    assignee === null ? isNull(alerts.assigneeId) : assignee && eq(alerts.assigneeId, assignee),
    endpoint && eq(alerts.endpointId, endpoint),
    detector && eq(alerts.detector, detector),
    program && eq(alerts.program, program),
    technique &&
      sql`EXISTS (SELECT FROM unnest(${alerts.techniques}) t WHERE t = ${technique} OR ${begins(`${technique}.`, sql`t`)})`,
    search &&
      holds(
        search,
        sql`${alerts.title}`,
        sql`${alerts.program}`,
        sql`${alerts.deviation}`,
        sql`${alerts.detector}`,
        sql`${endpoints.name}`,
      ),
  ].map(condition => condition || undefined);
}

async function exists(queries: Queries, id: string): Promise<boolean> {
  const [row] = await queries.select({ id: alerts.id }).from(alerts).where(eq(alerts.id, id));
  return row !== undefined;
}

function tally<Name extends string>(
  names: readonly Name[],
  rows: readonly { readonly name: Name; readonly count: number }[],
): Record<Name, number> {
  return Object.fromEntries(names.map(name => [name, rows.find(row => row.name === name)?.count ?? 0])) as Record<
    Name,
    number
  >;
}
