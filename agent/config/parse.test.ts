import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfig } from './parse.ts';

/** Seed and public key of RFC 8032, 7.1, test 1. */
const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex').toString(
  'base64url',
);
const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const good = `# made by "Add endpoint"
api=http://server.example:5001/submit_logs
key=${seed}
name=web 1
id=018f0000-0000-7000-8000-000000000001
buffer_size=10000
batch_size=500
`;

/** The errors of the good file with one line changed, as `line: message`. */
function errorsOf(text: string): string[] {
  return parseConfig(text).errors.map(({ line, message }) => `${line}: ${message}`);
}
const changed = (line: number, to: string) =>
  good
    .split('\n')
    .with(line - 1, to)
    .join('\n');

test('the file that "Add endpoint" makes is read, with documented defaults for the rest', () => {
  const { config, errors } = parseConfig(good);
  assert.deepEqual(errors, []);
  assert.equal(config.api.href, 'http://server.example:5001/submit_logs');
  assert.equal(config.name, 'web 1');
  assert.equal(config.buffer_size, 10_000);
  assert.equal(config.flush_interval, 200);
  assert.equal(config.spool_directory, '/var/lib/monitoringAgent');
  assert.equal(config.spool_size, 2 ** 30);
  assert.equal(config.masking, true);
});

test('key is the 32-byte seed of an Ed25519 key', () => {
  const der = createPublicKey(parseConfig(good).config.key).export({ format: 'der', type: 'spki' });
  assert.equal(der.subarray(-32).toString('hex'), publicKey);
});

test('each mistake is named with its line, what was expected and what was found', () => {
  const cases: [string, RegExp][] = [
    [changed(2, ''), /^0: api is missing: where submissions go/],
    [changed(2, 'api=server:5001'), /^2: api: http\[s\]:\/\/SERVER:PORT\/submit_logs expected, "server:5001" found/],
    [changed(2, 'api=ftp://server/submit_logs'), /^2: api: /],
    [changed(2, 'api=http://u:p4ss@server:5001/submit_logs'), /^2: api: .* a URL with a user name or password/],
    [changed(2, 'api =http://server:5001/submit_logs'), /^2: "api": no space around "=" expected, found one before it/],
    [changed(2, 'api= http://server:5001/submit_logs'), /^2: "api": no space around "=" expected, found one after it/],
    [changed(2, ' api=http://server:5001/submit_logs'), /^2: "api": no space before the name/],
    [changed(3, 'key=c2hvcnQ'), /^3: key: the 43 characters .* expected, 7 characters found/],
    [changed(4, 'name=web '), /^4: "name": no space after the value/],
    [changed(4, 'name='), /^4: name: a value expected, nothing found/],
    [changed(5, 'id=7'), /^5: id: the endpoint id, a UUID in lower case expected, "7" found/],
    [changed(6, 'buffer_size=ten'), /^6: buffer_size: a whole number from 1 to 1000000 expected, "ten" found/],
    [changed(6, 'buffer_size=-1'), /^6: buffer_size/],
    [changed(6, 'buffer_size=1e3'), /^6: buffer_size/],
    [changed(6, 'buffer_size=100'), /^7: batch_size: at most buffer_size \(100\) expected, 500 found/],
    [changed(7, 'batch_size=0'), /^7: batch_size: a whole number from 1 to 20000 expected, "0" found/],
    [changed(7, 'batchsize=5'), /unknown option: "batchsize"; did you mean batch_size\?/],
    [`${good}colour=red\n`, /^8: unknown option: "colour"; known are api, key/],
    [`${good}name=other\n`, /^8: name once expected, found again \(first on line 4\)/],
    [
      `${good}spool_size=12\n`,
      /^8: spool_size: a size in bytes from 1M to 1024G, for example 512M expected, "12" found/,
    ],
    [`${good}masking_pattern=(\n`, /^8: masking_pattern: a regular expression expected/],
    [`${good}masking_pattern=a*\n`, /^8: masking_pattern: a regular expression that does not match the empty text/],
    [`${good}spool_directory=spool\n`, /^8: spool_directory: an absolute path of at most 90 bytes/],
    [`${good}spool_directory=/proc/x\n`, /^8: spool_directory: .* outside of \/proc/],
    [`${good}ca=ca.pem\n`, /^8: ca: the absolute path of a file in PEM, or one .* expected, "ca.pem" found/],
    [`${good}ca=MIIB\n`, /^8: ca: .* base64 that is no certificate: "MIIB" found/],
    [`${good}just words\n`, /^8: name=value or # comment expected/],
    [`\ufeff${good}`, /^1: plain UTF-8 expected, a byte order mark found/],
    [changed(4, 'name=web\ufffd'), /^4: "name": UTF-8 text expected/],
    ['', /^0: api is missing/],
  ];
  for (const [text, expected] of cases)
    assert.ok(
      errorsOf(text).some(error => expected.test(error)),
      `${expected}\n${errorsOf(text)}`,
    );
});

test('all mistakes are reported at once, in the order of their lines', () => {
  const text = good
    .replace('batch_size=500', 'batch_size=0')
    .replace('name=web 1', 'nam=x')
    .replace('http:', 'gopher:');
  assert.deepEqual(
    errorsOf(text).map(error => error.replace(/[:;] .*/, '')),
    ['2', '4', '7', '0'],
  );
});

test('a file with Windows line ends has one error, and the command that mends it', () => {
  assert.deepEqual(errorsOf(good.replaceAll('\n', '\r\n')), [
    `1: lines that end in LF expected, CR LF found on 7 lines; convert the file with: sed -i 's/\\r$//' FILE`,
  ]);
});

test('no message ever shows twelve characters of the key', () => {
  const pieces = fc.tuple(fc.nat(seed.length), fc.constantFrom(' ', '\n', '=', '\t', '!', '', '\r\n', '#'));
  const spaced = fc.constantFrom('key=', 'key =', ' key= ', 'kex=', 'key', '');
  fc.assert(
    fc.property(pieces, spaced, ([at, inserted], start) => {
      const text = changed(3, `${start}${seed.slice(0, at)}${inserted}${seed.slice(at)}`);
      const windows = Array.from({ length: seed.length - 11 }, (_, i) => seed.slice(i, i + 12));
      for (const error of errorsOf(text)) assert.ok(!windows.some(window => error.includes(window)), error);
    }),
  );
});

test('any text is either a configuration or a list of errors', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...good.split('\n')),
    fc.string().map(v => `key=${v}`),
  );
  fc.assert(fc.property(fc.array(line, { maxLength: 12 }), lines => parseConfig(lines.join('\n')).errors.length >= 0));
});
