/** Whoever follows the docs finds what they name: metrics, variables, commands, files and headings. */

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const files = (...patterns: string[]) =>
  globSync(patterns, { cwd: root, exclude: path => /(^|\/)(node_modules|\.next)(\/|$)/.test(path) });

const pages = files('*.md', 'docs/*.md', 'deploy/*/README.md').map(page => ({ page, text: read(page) }));
const programs = files('{services,agent,deploy,dashboard,bench}/**/*.{ts,mjs,sh,yml}', '*.{yaml,sh}', 'Dockerfile')
  .filter(file => !/\.(test|fixture|e2e)\.ts$/.test(file))
  .map(read);

/** Each place where a page says something that `pattern` finds, and that does not hold. */
const untrue = (pattern: RegExp, holds: (found: string, page: string) => boolean): string[] =>
  pages.flatMap(({ page, text }) =>
    [...text.matchAll(pattern)].flatMap(([, found]) => (holds(found!, page) ? [] : [`${page}: ${found}`])),
  );

test('each metric that is named is one that a service has', () => {
  const names = programs.flatMap(text => [...text.matchAll(/['`](picket_[a-z_]+(?:\$\{\w+\}[a-z_]*)?)['`]/g)]);
  const metrics = names.map(([, name]) => new RegExp(`^${name!.replace(/\$\{\w+\}/, '[a-z_]+')}$`));
  const { name, volumes, networks } = parse(read('compose.yaml'), { merge: true, logLevel: 'error' });
  const ofDocker = Object.keys({ ...volumes, ...networks }).map(each => `${name}_${each}`);
  const known = (found: string) => ofDocker.includes(found) || metrics.some(metric => metric.test(found));
  assert.deepEqual(untrue(/\b(picket_[a-z_]*[a-z])\b/g, known), []);
});

test('each variable that is named is one that something reads', () => {
  const named = new Set(programs.flatMap(text => text.match(/\b[A-Z]+_[A-Z0-9_]+\b/g) ?? []));
  const read = (found: string) => named.has(found) || named.has(found.replace(/_FILE$/, ''));
  assert.deepEqual(untrue(/\b((?:PICKET|CLICKHOUSE|TRAEFIK)_[A-Z0-9_]*[A-Z0-9])\b/g, read), []);
});

test('each command that is named is there', () => {
  const { scripts } = JSON.parse(read('package.json'));
  assert.deepEqual(
    untrue(/npm run ([a-z:]+)/g, name => name in scripts),
    [],
  );
  assert.deepEqual(
    untrue(/npm run bench -- ([a-z0-9]+)/g, name => existsSync(join(root, 'bench', `${name}.ts`))),
    [],
  );
});

test('each file that is named is there', () => {
  const places = /`((?:services|agent|native|proto|deploy|dashboard|bench|e2e|docs)\/[\w./-]*)[`:]/g;
  assert.deepEqual(
    untrue(places, path => existsSync(join(root, path))),
    [],
  );
});

test('each link leads to a file, and to a heading in it', () => {
  const leads = (link: string, page: string): boolean => {
    const [path = '', heading] = link.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return false;
    return heading === undefined || headings(read(file)).includes(heading);
  };
  assert.deepEqual(untrue(/\]\((?!https?:)([^)\s]+)\)/g, leads), []);
});

/** As GitHub makes anchors of them. */
const headings = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, words]) =>
    words!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
