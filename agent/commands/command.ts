/** A command of the agent's command line: its help, its options, what it does. */

import { parseArgs } from 'node:util';
import { defaultConfigFile } from '../config/load.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

export interface Arguments {
  readonly config: string;
  readonly json: boolean;
}

export interface Command {
  readonly name: string;
  readonly about: string;
  readonly help: string;
  readonly options: readonly (keyof Arguments)[];
  run(given: Arguments): Promise<ExitCode>;
}

const optionHelp: Readonly<Record<keyof Arguments, string>> = {
  config: `  --config FILE   configuration file (default ${defaultConfigFile})`,
  json: '  --json          as JSON',
};

/** Finds and runs the command of a command line (without program and script). */
export async function dispatch(commands: readonly Command[], args: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(overview(commands));
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const command = commands.find(each => each.name === name || (name === '--version' && each.name === 'version'));
  if (!command)
    return usage(`unknown command ${JSON.stringify(name)}; known are ${commands.map(each => each.name).join(', ')}`);
  const all = { config: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values } = parseArgs({ args: rest, options: all, strict: true });
    if (values.help) {
      console.log(helpOf(command));
      return exitCodes.ok;
    }
    const unknown = (['config', 'json'] as const).find(
      option => values[option] !== undefined && !command.options.includes(option),
    );
    if (unknown) return usage(`${command.name} takes no --${unknown}`);
    return await command.run({ config: values.config ?? defaultConfigFile, json: values.json ?? false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) return usage((error as Error).message);
    throw error;
  }
}

function usage(message: string): ExitCode {
  console.error(`monitoringAgent: ${message}; --help shows what there is`);
  return exitCodes.usage;
}

function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, about }) => `  ${name.padEnd(14)}${about}`);
  return `Picket's agent: watches this host and sends what it sees to the server.\n\nUsage: picket-agent COMMAND [OPTION]…\n\n${rows.join('\n')}\n\nEach command has --help.`;
}

function helpOf({ name, help, options }: Command): string {
  const rows = [...options.map(option => optionHelp[option]), '  --help          this text'];
  return `Usage: picket-agent ${name}${options.length > 0 ? ' [OPTION]…' : ''}\n\n${help}\n\n${rows.join('\n')}`;
}
