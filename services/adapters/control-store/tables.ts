/** The tables of sql/control as drizzle sees them. The migrations are the truth; the contract tests compare. */

import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  integer,
  jsonb,
  pgTable,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AlertStatus, Evidence, Severity, Verdict } from '../../domain/alerts/finding.ts';
import type { EndpointId } from '../../domain/events/ids.ts';
import type { CollectedFile, CommandAction, Isolation, Outcome } from '../../domain/response/command.ts';
import type { Role, UserId } from '../../ports/accounts.ts';
import type { BaselineFamily, BaselinePhase } from '../../ports/baselines.ts';
import type { Instant } from '../../ports/instant.ts';

/** timestamptz to the microsecond; the connection's time zone is UTC (connection.ts). */
export const instant = customType<{ data: Instant; driverData: string }>({
  dataType: () => 'timestamptz',
  fromDriver: instantFromText,
});

/** `2026-11-21 03:04:05.1234+00` as PostgreSQL writes it. */
export function instantFromText(value: string): Instant {
  const [, day, time, fraction = ''] = /^(\S+) ([\d:]+)(?:\.(\d+))?\+00$/.exec(value) ?? [];
  if (day === undefined) throw new Error(`expected a timestamptz in UTC, found ${value}`);
  return `${day}T${time}.${fraction.padEnd(6, '0')}Z` as Instant;
}

const bytes = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: value => Buffer.from(value),
});

type Json = Readonly<Record<string, unknown>>;

export const users = pgTable('users', {
  id: uuid().$type<UserId>().primaryKey(),
  email: text().notNull(),
  name: text().notNull(),
  role: text().$type<Role>().notNull(),
  passwordHash: text('password_hash').notNull(),
  mustChangePassword: boolean('must_change_password').notNull(),
  disabled: boolean().notNull().default(false),
  createdAt: instant('created_at').notNull(),
  lastLoginAt: instant('last_login_at'),
});

export const sessions = pgTable('sessions', {
  tokenHash: bytes('token_hash').primaryKey(),
  userId: uuid('user_id').$type<UserId>().notNull(),
  createdAt: instant('created_at').notNull(),
  lastUsedAt: instant('last_used_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
});

export const auditLog = pgTable('audit_log', {
  id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  at: instant().notNull(),
  actorId: uuid('actor_id'),
  actor: text(),
  address: text(),
  action: text().notNull(),
  subjectKind: text('subject_kind'),
  subjectId: text('subject_id'),
  subject: text(),
  detail: jsonb().$type<Json>().notNull(),
});

export const endpoints = pgTable('endpoints', {
  id: uuid().$type<EndpointId>().primaryKey(),
  name: text().notNull(),
  publicKey: bytes('public_key').notNull(),
  createdAt: instant('created_at').notNull(),
  createdBy: uuid('created_by').$type<UserId>(),
  keySetAt: instant('key_set_at').notNull(),
  revokedAt: instant('revoked_at'),
  lastSeenAt: instant('last_seen_at'),
  agentVersion: text('agent_version'),
  bootId: uuid('boot_id'),
  losses: jsonb().$type<Readonly<Record<string, number>>>().notNull(),
  heartbeat: jsonb().$type<Json>(),
  heartbeatAt: instant('heartbeat_at'),
  refusedAt: instant('refused_at'),
  refusal: jsonb().$type<{ readonly at: Instant; readonly reason: string; readonly detail: string }>(),
  commandSerial: bigint('command_serial', { mode: 'number' }).notNull().default(0),
  response: jsonb().$type<{
    readonly at: Instant;
    readonly serverKey: string;
    readonly isolation: Isolation | null;
    /** When the agent met the last command that it did not obey. */
    readonly refusedMicros: number;
  }>(),
});

export const commands = pgTable('commands', {
  id: uuid().primaryKey(),
  endpointId: uuid('endpoint_id').$type<EndpointId>().notNull(),
  serial: bigint({ mode: 'number' }).notNull(),
  action: jsonb().$type<CommandAction>().notNull(),
  line: text().notNull(),
  askedBy: text('asked_by').notNull(),
  issuedAt: instant('issued_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  sentAt: instant('sent_at'),
  finishedAt: instant('finished_at'),
  outcome: text().$type<Outcome>(),
  detail: text().notNull(),
  file: jsonb().$type<CollectedFile>(),
});

export const blindSpans = pgTable('blind_spans', {
  endpointId: uuid('endpoint_id').$type<EndpointId>().notNull(),
  detector: text().notNull(),
  beganAt: instant('began_at').notNull(),
  endedAt: instant('ended_at'),
  lost: bigint({ mode: 'number' }).notNull(),
  explanation: text(),
});

export const alerts = pgTable('alerts', {
  id: uuid().primaryKey(),
  endpointId: uuid('endpoint_id').notNull(),
  detector: text().notNull(),
  program: text().notNull(),
  deviation: text().notNull(),
  title: text().notNull(),
  severity: text().$type<Severity>().notNull(),
  severityRank: smallint('severity_rank').notNull(),
  techniques: text().array().notNull(),
  status: text().$type<AlertStatus>().notNull(),
  verdict: text().$type<Verdict>(),
  assigneeId: uuid('assignee_id'),
  count: bigint({ mode: 'number' }).notNull(),
  firstSeenAt: instant('first_seen_at').notNull(),
  lastSeenAt: instant('last_seen_at').notNull(),
  execId: text('exec_id').notNull(),
  evidence: jsonb().$type<Evidence>().notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  revision: bigint({ mode: 'number' }).notNull(),
});

export const findings = pgTable('findings', {
  alertId: uuid('alert_id').notNull(),
  stream: text().notNull(),
  sequence: bigint({ mode: 'number' }).notNull(),
  foundAt: instant('found_at').notNull(),
  execId: text('exec_id').notNull(),
  count: bigint({ mode: 'number' }).notNull(),
  evidence: jsonb().$type<Evidence>().notNull(),
});

export const alertHistory = pgTable('alert_history', {
  id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  alertId: uuid('alert_id').notNull(),
  at: instant().notNull(),
  actorId: uuid('actor_id'),
  action: text().$type<'created' | 'reopened' | 'status' | 'assignee' | 'comment'>().notNull(),
  detail: jsonb().$type<Json>().notNull(),
});

export const baselines = pgTable('baselines', {
  id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
  endpointId: uuid('endpoint_id').notNull(),
  family: text().$type<BaselineFamily>().notNull(),
  program: text().notNull(),
  phase: text().$type<BaselinePhase>().notNull(),
  unbounded: boolean().notNull(),
  observations: bigint({ mode: 'number' }).notNull(),
  distinct: integer('distinct_values').notNull(),
  unseenProbability: doublePrecision('unseen_probability').notNull(),
  firstSeenAt: instant('first_seen_at').notNull(),
  lastSeenAt: instant('last_seen_at').notNull(),
  enforcedAt: instant('enforced_at'),
});

export const baselineEntries = pgTable('baseline_entries', {
  baselineId: bigint('baseline_id', { mode: 'number' }).notNull(),
  value: text().notNull(),
  count: integer().notNull(),
  firstSeenAt: instant('first_seen_at').notNull(),
  lastSeenAt: instant('last_seen_at').notNull(),
});
