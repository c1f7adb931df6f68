/** npm run bench -- NAME [arguments]: runs a benchmark, prints what it found as a table and, as the last line, as `RESULT {json}`. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Figures } from './bench.ts';

/** sysexits.h EX_USAGE. */
const badUsage = 64;

const files = readdirSync(import.meta.dirname).filter(file => /^[a-z0-9-]+\.ts$/.test(file) && file !== 'main.ts');

async function load(file: string): Promise<Bench | undefined> {
  const module: Partial<Bench> = await import(join(import.meta.dirname, file));
  return module.about !== undefined && module.run !== undefined ? (module as Bench) : undefined;
}

async function usage(): Promise<string> {
  const lines = ['usage: npm run bench -- NAME [arguments]', ''];
  for (const file of files) {
    const bench = await load(file);
    if (bench) lines.push(`  ${file.slice(0, -3).padEnd(12)} ${bench.about}`);
  }
  return `${lines.join('\n')}\n`;
}

function print(figures: Figures): void {
  const width = Math.max(...Object.keys(figures).map(name => name.length));
  for (const [name, value] of Object.entries(figures)) {
    process.stdout.write(
      `  ${name.padEnd(width)}  ${typeof value === 'number' ? value.toLocaleString('en') : value}\n`,
    );
  }
  process.stdout.write(`RESULT ${JSON.stringify(figures)}\n`);
}

async function refuse(reason: string): Promise<void> {
  process.stderr.write(`${reason}\n\n${await usage()}`);
  process.exitCode = badUsage;
}

// Whoever started something that must not stay behind ends it on 'exit'.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const [name = '--help', ...args] = process.argv.slice(2);
if ([name, ...args].includes('--help')) {
  process.stdout.write(await usage());
} else {
  const bench = files.includes(`${name}.ts`) ? await load(`${name}.ts`) : undefined;
  if (!bench) await refuse(`There is no benchmark ${name}.`);
  else {
    try {
      print(await bench.run(args));
    } catch (error) {
      if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) throw error;
      await refuse(`${name}: ${(error as Error).message}`);
    }
  }
}
