/**
 * From an HTTP request's parameters and SQL to a statement for the engine.
 *
 * Data of an insert never stands inside the SQL: the engine ends CSV and TSV data at a blank line, even inside
 * quotes, and would run what follows it. Data is written to a file, and the statement reads it FROM INFILE.
 */

import { queryLimits } from '../../ports/event-store.ts';
import { isName, literal, type Statement } from './engine.ts';
import { type Failure, refusal } from './failure.ts';

export interface Request {
  readonly search: URLSearchParams;
  /** The SQL: the `query` parameter, and what the body holds where the body is SQL. */
  readonly sql: string;
}

/** Parameters of the HTTP interface that are no settings of the engine. */
const ownParameters = new Set([
  'query',
  'query_id',
  'database',
  'user',
  'password',
  'default_format',
  'compress',
  'decompress',
  'role',
  'quota_key',
]);

/** Settings of ClickHouse's HTTP layer, which the engine does not know: answers are always complete when they start. */
const httpSettings = new Set([
  'wait_end_of_query',
  'buffer_size',
  'enable_http_compression',
  'http_zlib_compression_level',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'http_send_progress_interval_ms',
  'http_response_buffer_size',
  'http_write_exception_in_output_format',
  'add_http_cors_header',
]);

/** In force unless the request says otherwise, for inserts and whoever else asks too: no statement must take the machine. */
const defaultSettings: Readonly<Record<string, string>> = {
  max_execution_time: String(queryLimits.seconds),
  max_memory_usage: String(queryLimits.memoryBytes),
  max_result_bytes: String(queryLimits.resultBytes),
  output_format_json_quote_64bit_integers: '1',
};

export type Parsed =
  | { readonly ok: true; readonly statement: Statement }
  | { readonly ok: false; readonly failure: Failure };

export function parseStatement({ search, sql }: Request): Parsed {
  if (sql.trim() === '') return refused(62, 'SYNTAX_ERROR', 'Empty query');
  if (inlineText.test(sql)) {
    return refused(
      48,
      'NOT_IMPLEMENTED',
      'send the data of an insert as the body and the query in the URL: text data inside the query is not safe here',
    );
  }
  const settings: Record<string, string> = { ...defaultSettings };
  const parameters: Record<string, string> = {};
  for (const [name, value] of search) {
    if (ownParameters.has(name) || httpSettings.has(name)) continue;
    if (name === 'session_id') return refused(48, 'NOT_IMPLEMENTED', 'sessions are not kept by the embedded engine');
    if (!isName(name)) return refused(115, 'UNKNOWN_SETTING', `Unknown setting ${JSON.stringify(name)}`);
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = value;
    else settings[name] = value;
  }
  const database = search.get('database') ?? 'default';
  if (!isName(database)) return refused(81, 'UNKNOWN_DATABASE', `Database ${JSON.stringify(database)} does not exist`);
  return {
    ok: true,
    statement: { sql, database, format: search.get('default_format') ?? 'TabSeparated', settings, parameters },
  };
}

const inlineText = /^\s*insert\b[^']*?\bformat\s+(csv|tsv|tabseparated|template|customseparated|regexp)\w*\s*\n/i;
const insertWithData = /^\s*(insert\s+into\s[^']*?)\s+format\s+([A-Za-z]\w*)\s*;?\s*$/i;

/** Does this SQL (of the URL) take the body as data? */
export const takesData = (sql: string): boolean => insertWithData.test(sql);

/** The same insert, reading its data from `file`. */
export function fromFile(sql: string, file: string): string {
  const [, into, format] = insertWithData.exec(sql)!;
  // FROM INFILE comes before SETTINGS in ClickHouse's grammar.
  const [, target, settings = ''] = /^(.*?)(\s+settings\s.*)?$/is.exec(into!)!;
  return `${target} FROM INFILE ${literal(file)}${settings} FORMAT ${format}`;
}

function refused(code: number, name: string, reason: string): Parsed {
  return { ok: false, failure: refusal(code, name, reason) };
}
