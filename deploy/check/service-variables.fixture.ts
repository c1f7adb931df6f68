/** Which variables each service reads: what a template may pass, and what it must. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as environment from '../../services/main/environment.ts';

const root = join(import.meta.dirname, '../..');

/** Services that run alone, by the name of their file in services/main and of their image. */
export const services = ['ingress', 'archive', 'analysis', 'api', 'dashboard'] as const;
export type ServiceName = (typeof services)[number];

/** Read by the platform under the service: Node's authorities, and the password where PICKET_POSTGRES_URL has none (`pg`). */
const ofThePlatform = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'PGPASSWORD'];

interface Known {
  readonly names: ReadonlySet<string>;
  /** Without a default. */
  readonly needed: readonly string[];
}

function variablesOf(service: ServiceName): Known {
  if (service === 'dashboard') return { names: dashboardNames(), needed: ['NEXTAUTH_SECRET', 'PICKET_API_URL'] };
  const source = readFileSync(join(root, 'services/main', `${service}.ts`), 'utf8');
  const own = [...source.matchAll(/\b(PICKET_\w+): true/g)].map(([, name]) => name!);
  const groups = [...source.matchAll(/\.\.\.(\w+Variables)\b/g)].flatMap(([, group]) =>
    Object.keys((environment as Record<string, unknown>)[group!] as object),
  );
  const names = new Set([...own, ...groups]);
  const shape = environment.variables.shape as Record<string, { safeParse(value: unknown): { success: boolean } }>;
  const needed = [...names].filter(name => shape[name]?.safeParse(undefined).success === false);
  return { names: new Set([...names, ...ofThePlatform]), needed };
}

function dashboardNames(): ReadonlySet<string> {
  const files = ['start.ts', ...readdirSync(join(root, 'dashboard/server')).map(file => `server/${file}`)];
  const source = files
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(join(root, 'dashboard', file), 'utf8'));
  return new Set([
    ...source.flatMap(text => [...text.matchAll(/process\.env\['(\w+)'\]/g)].map(([, name]) => name!)),
    ...ofThePlatform,
  ]);
}

/** What is wrong with the variables that a template passes to a service; each may come as a file, `X_FILE`. */
export function drift(service: ServiceName, passed: readonly string[]): string[] {
  const { names, needed } = variablesOf(service);
  const plain = passed.map(name => name.replace(/_FILE$/, ''));
  return [
    ...plain.filter(name => !names.has(name)).map(name => `${service} is passed ${name}, which it does not read`),
    ...needed.filter(name => !plain.includes(name)).map(name => `${service} is not passed ${name}, which it needs`),
  ];
}
