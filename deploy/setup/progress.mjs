import { stripVTControlCharacters } from 'node:util';

/** Seconds between two signs of life where the output is a log and not a terminal. */
const quietSeconds = 15;

/** @param {number} millis */
const seconds = millis => `${(millis / 1000).toFixed(1)} s`;

/**
 * Tells on one line how a step goes: on a terminal the line is drawn again as it changes, in a log a line comes now and then.
 *
 * @param {string} name
 * @param {NodeJS.WriteStream} [out]
 */
export function progress(name, out = process.stdout) {
  const started = performance.now();
  const elapsed = () => seconds(performance.now() - started);
  let last = '';

  const draw = () => {
    if (out.isTTY) {
      const line = `… ${name} (${elapsed()})${last === '' ? '' : `  ${last}`}`;
      out.write(`\r\u001b[2K${line.slice(0, (out.columns || 80) - 1)}`);
    } else {
      out.write(`… ${name} (${elapsed()}) ${last.slice(0, 160)}\n`);
    }
  };
  const timer = setInterval(draw, out.isTTY ? 200 : quietSeconds * 1000);

  /** @param {string} line */
  const finish = line => {
    clearInterval(timer);
    out.write(`${out.isTTY ? '\r\u001b[2K' : ''}${line}\n`);
  };

  return {
    /** @param {string} line what the step said last */
    said(line) {
      last = stripVTControlCharacters(line).trim();
    },
    /** @param {string} [note] */
    done(note) {
      finish(`✓ ${name} (${elapsed()}${note === undefined ? '' : `, ${note}`})`);
    },
    failed() {
      finish(`✗ ${name} (${elapsed()})`);
    },
  };
}
