import { isRequired, type OptionName, options } from '../config/options.ts';
import type { Command } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { loadOrComplain } from './load-or-complain.ts';

export const checkConfig: Command = {
  name: 'check-config',
  about: 'say what is wrong with the configuration file',
  help: `Reads the configuration file as "run" does and reports every error in it, each with its line. Exit code 0 when
it is right, 78 when it is not.

The file has lines of the form name=value (no space around "="), comment lines that begin with #, and blank lines:

${optionRows().join('\n')}`,
  options: ['config'],
  async run({ config: file }) {
    const loaded = loadOrComplain(file);
    if (!loaded) return exitCodes.config;
    for (const warning of loaded.warnings) console.error(`warning: ${warning}`);
    const { name, id, api } = loaded.config;
    console.log(`${file} is right: endpoint ${name} (${id}) submits to ${api.href}`);
    return exitCodes.ok;
  },
};

function optionRows(): string[] {
  return (Object.keys(options) as OptionName[]).map(name => {
    const { about, default: otherwise } = options[name];
    return `  ${name.padEnd(17)}${about} (${isRequired(name) ? 'required' : defaultText(otherwise)})`;
  });
}

function defaultText(value: unknown): string {
  if (value === undefined || Array.isArray(value)) return 'optional';
  return `default ${value === 2 ** 30 ? '1G' : value === true ? 'on' : String(value)}`;
}
