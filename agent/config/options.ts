/** The options of /etc/monitoringAgent.conf: one row each. Adding an option is adding a row. */

import {
  authority,
  ed25519PublicKey,
  ed25519Seed,
  flag,
  label,
  oneOf,
  ownFolder,
  pattern,
  type Read,
  size,
  submissionUrl,
  uuid,
  wholeNumber,
} from './values.ts';

interface Row<T, Default> {
  readonly about: string;
  readonly read: (value: string) => Read<T>;
  /** Absent: the option is required. */
  readonly default: Default;
  /** May stand on several lines, which make a list. */
  readonly many: boolean;
}

const required = <T>(about: string, read: (value: string) => Read<T>): Row<T, T> & { readonly needed: true } => ({
  about,
  read,
  default: undefined as never,
  many: false,
  needed: true,
});
const optional = <T, D>(about: string, read: (value: string) => Read<T>, otherwise: D): Row<T, T | D> => ({
  about,
  read,
  default: otherwise,
  many: false,
});
const list = <T>(about: string, read: (value: string) => Read<T>): Row<T, readonly T[]> => ({
  about,
  read,
  default: [],
  many: true,
});

export const options = {
  api: required('where submissions go: http[s]://SERVER:5001/submit_logs', submissionUrl),
  key: required("the endpoint's private key: 32 bytes, base64url", ed25519Seed),
  name: required('name of this endpoint, for people', label),
  id: required('id of this endpoint, a UUID', uuid),
  buffer_size: required('events held in memory before the spool alone holds them', wholeNumber(1, 1_000_000)),
  batch_size: required('events in one submission', wholeNumber(1, 20_000)),

  flush_interval: optional('milliseconds after which a batch is sent though not full', wholeNumber(10, 60_000), 200),
  spool_directory: optional('where what is not yet sent is kept', ownFolder, '/var/lib/monitoringAgent'),
  spool_size: optional(
    'largest size of the spool; then the oldest events are dropped',
    size(2 ** 20, 2 ** 40),
    2 ** 30,
  ),
  ca: optional(
    'the authority to trust for https instead of the system’s: a file of certificates in PEM, or one itself, its DER in base64',
    authority,
    undefined,
  ),
  command_key: optional(
    'the server’s public key for commands: what it has signed is obeyed; without it, no command is',
    ed25519PublicKey,
    undefined,
  ),
  log_level: optional('how much is logged', oneOf('debug', 'info', 'warn', 'error'), 'info'),
  masking: optional('whether secrets in arguments are masked: on or off', flag, true),
  masking_pattern: list('a further regular expression to mask in arguments; may be repeated', pattern),
} as const;

export type OptionName = keyof typeof options;

/** The configuration, by the names of the file. */
export type Config = { readonly [Name in OptionName]: (typeof options)[Name]['default'] };

export const isOption = (name: string): name is OptionName => Object.hasOwn(options, name);
export const isRequired = (name: OptionName): boolean => 'needed' in options[name];
