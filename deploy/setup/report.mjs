/**
 * A node:test reporter for people: each failure with its place and reason, what was skipped and why, what a test measured
 * (`t.diagnostic`), and nothing else while all is well.
 * Runs under the pinned Node as `--test-reporter`.
 */
import { relative } from 'node:path';
import { inspect } from 'node:util';

/** Lines of a file's own output that are shown when it failed. */
const outputLines = 30;

/** @param {AsyncIterable<{ type: string, data: any }>} source */
export default async function* report(source) {
  /** @type {Map<string, string>} */
  const output = new Map();
  const failedFiles = new Set();
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      output.set(data.file, (output.get(data.file) ?? '') + data.message);
    } else if (type === 'test:diagnostic' && data.file !== undefined) {
      yield `  ${data.message}\n`;
    } else if (type === 'test:pass' && data.skip !== undefined) {
      yield `  - ${data.name}${typeof data.skip === 'string' ? ` (skipped: ${data.skip})` : ' (skipped)'}\n`;
    } else if (type === 'test:fail' && data.todo === undefined && !onlyCarries(data.details.error)) {
      failedFiles.add(data.file);
      yield `  ✗ ${data.name}\n    ${place(data)}\n${reason(data.details.error).replace(/^/gm, '    ')}\n`;
    }
  }
  for (const file of failedFiles) {
    const said = (output.get(file) ?? '').trimEnd();
    if (said === '') continue;
    yield `  What ${relative(process.cwd(), file)} printed last:\n${said.split('\n').slice(-outputLines).join('\n').replace(/^/gm, '    ')}\n`;
  }
}

/**
 * A suite or file fails because of a test in it that has been shown already.
 *
 * @param {{ failureType?: string }} error
 */
const onlyCarries = error => error.failureType === 'subtestsFailed';

/** @param {{ file?: string, line?: number, column?: number }} data */
const place = ({ file, line }) =>
  file === undefined ? '' : `${relative(process.cwd(), file)}${line === undefined ? '' : `:${line}`}`;

/** @param {Error} error */
function reason(error) {
  const cause = error.cause ?? error;
  return typeof cause === 'string' ? cause : inspect(cause, { depth: 4 });
}
