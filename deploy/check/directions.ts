/**
 * Which room may import which: the last column of ARCHITECTURE.md's table of rooms, as data. A room that is not in the
 * table may not exist. Tests are compositions of their own and may reach further, but for the domain's.
 */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ICruiseResult, IForbiddenRuleType } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';

const services = ['proto', 'services/domain', 'services/ports', 'services/queries'];

/** Room → rooms that it may import besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  proto: [],
  native: ['proto'],
  agent: ['proto', 'native'],
  'services/domain': ['proto'],
  'services/ports': ['services/domain'],
  'services/queries': ['services/domain', 'services/ports'],
  'services/ingress': services,
  'services/archive': services,
  'services/analysis': services,
  'services/api': services,
  'services/adapters': services,
  'services/engines': ['services/ports'],
  'services/main': [
    ...services,
    ...['ingress', 'archive', 'analysis', 'api', 'adapters', 'engines'].map(name => `services/${name}`),
  ],
  dashboard: [],
  // The cluster on one machine starts the same engines and the same dashboard.
  deploy: ['services/engines', 'services/main'],
  // From outside, but for what is to be measured alone.
  bench: [
    ...['proto', 'native', 'agent', 'services/domain', 'services/ingress', 'services/archive', 'services/analysis'],
    ...['services/adapters', 'services/api', 'services/engines', 'deploy'],
  ],
  // Its load is the benchmarks', and what takes long is told as the set-up tells it.
  e2e: ['proto', 'native', 'agent', 'bench', 'deploy/setup'],
};

/** Everything with I/O is somewhere else; these compute. */
const pureModules = '^(node:)?(assert|assert/strict|buffer|crypto|test|util)$';
const libraries = '(^|/)node_modules/';
const pureLibraries = '(^|/)node_modules/(zod|yaml|protobufjs)/';

const tests = '[.](test|fixture|kill|e2e)[.]ts$';
const anyRoom = '^(proto|native|agent|services|dashboard|deploy|bench|e2e)/';

const inRooms = (rooms: readonly string[]) => rooms.map(room => `^${room}/`);

const rules: readonly IForbiddenRuleType[] = [
  ...Object.entries(allowed).map(([room, others]) => ({
    name: `${room} imports ${others.length === 0 ? 'no other room' : `only ${others.join(', ')}`}`,
    severity: 'error' as const,
    from: { path: `^${room}/`, ...(room === 'services/domain' ? {} : { pathNot: tests }) },
    to: { path: anyRoom, pathNot: [libraries, ...inRooms([room, ...others])] },
  })),
  {
    name: 'services/domain does no I/O',
    severity: 'error',
    from: { path: '^services/domain/', pathNot: tests },
    to: { dependencyTypes: ['core'], pathNot: pureModules },
  },
  {
    name: 'services/domain knows no library of any store',
    severity: 'error',
    from: { path: '^services/domain/', pathNot: tests },
    to: { path: libraries, pathNot: pureLibraries },
  },
  {
    name: 'an import leads somewhere',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

export interface Directions {
  /** Files that were really read: a checker that finds none finds no fault either. */
  readonly modules: number;
  /** `FROM -> TO (rule)`, one a wrong import. */
  readonly violations: readonly string[];
}

/** @param root folder that holds the rooms */
export async function checkDirections(root: string): Promise<Directions> {
  const rooms = Object.keys(allowed).filter(room => existsSync(join(root, room)));
  const { output } = await cruise(
    rooms,
    {
      baseDir: root,
      ruleSet: { forbidden: [...rules] },
      validate: true,
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(^|/)([.]next|native/build)/|(^|/)next-env[.]d[.]ts$' },
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['import', 'node', 'types'],
        extensions: ['.ts', '.tsx', '.js', '.mjs'],
      },
    },
    { symlinks: true },
  );
  const { modules, summary } = output as ICruiseResult;
  return {
    modules: modules.filter(({ source }) => new RegExp(anyRoom).test(source)).length,
    violations: [
      ...summary.violations.map(({ from, to, rule }) => `${from} -> ${to} (${rule.name})`),
      ...unknownRooms(root).map(room => `${room} (a room that deploy/check/directions.ts does not know)`),
    ],
  };
}

function unknownRooms(root: string): string[] {
  const folder = join(root, 'services');
  if (!existsSync(folder)) return [];
  const withoutCode = new Set(['services/node_modules', 'services/sql']);
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(entry => `services/${entry.name}`)
    .filter(room => allowed[room] === undefined && !withoutCode.has(room));
}
