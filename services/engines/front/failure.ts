/** What the engine says when it refuses, as ClickHouse's HTTP interface says it: a code, a status, a text. */

export interface Failure {
  /** ClickHouse's error code, for X-ClickHouse-Exception-Code. */
  readonly code: number;
  readonly status: number;
  /** `Code: 62. DB::Exception: … (SYNTAX_ERROR)`: clients parse it. */
  readonly text: string;
}

/** HTTP status by error code, as ClickHouse's server gives them (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp). */
const statuses: Readonly<Record<number, number>> = {
  159: 408, // TIMEOUT_EXCEEDED
  193: 401, // WRONG_PASSWORD
  194: 401, // REQUIRED_PASSWORD
  516: 403, // AUTHENTICATION_FAILED
  497: 403, // ACCESS_DENIED
  60: 404, // UNKNOWN_TABLE
  81: 404, // UNKNOWN_DATABASE
  46: 404, // UNKNOWN_FUNCTION
  47: 404, // UNKNOWN_IDENTIFIER
  50: 404, // UNKNOWN_TYPE
  115: 404, // UNKNOWN_SETTING
  73: 404, // UNKNOWN_FORMAT
  48: 501, // NOT_IMPLEMENTED
  62: 400, // SYNTAX_ERROR
  26: 400, // CANNOT_PARSE_QUOTED_STRING
  27: 400, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  36: 400, // BAD_ARGUMENTS
  38: 400, // CANNOT_PARSE_DATE
  41: 400, // CANNOT_PARSE_DATETIME
  43: 400, // ILLEGAL_TYPE_OF_ARGUMENT
  53: 400, // TYPE_MISMATCH
  70: 400, // CANNOT_CONVERT_TYPE
  72: 400, // CANNOT_PARSE_NUMBER
  130: 400, // CANNOT_READ_ARRAY_FROM_TEXT
  376: 400, // CANNOT_PARSE_UUID
  441: 400, // CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING
  456: 400, // UNKNOWN_QUERY_PARAMETER
  457: 400, // BAD_QUERY_PARAMETER
  164: 500, // READONLY
  241: 500, // MEMORY_LIMIT_EXCEEDED
  243: 507, // NOT_ENOUGH_SPACE
};

export function failureOf(message: string): Failure {
  const text = message.replace(/^Error: /, '');
  const code = Number(/Code: (\d+)/.exec(text)?.[1] ?? 1002);
  return {
    code,
    status: statuses[code] ?? 500,
    text: /^Code: \d+/.test(text) ? text : `Code: ${code}. DB::Exception: ${text} (UNKNOWN_EXCEPTION)`,
  };
}

/** A refusal of the front itself. */
export function refusal(code: number, name: string, reason: string, status?: number): Failure {
  return { code, status: status ?? statuses[code] ?? 500, text: `Code: ${code}. DB::Exception: ${reason} (${name})` };
}
