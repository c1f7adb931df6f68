import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateNames, type Options, publicUrl, readOptions, submissionUrl } from './options.ts';

const read = (...args: string[]): Options => {
  const options = readOptions(args);
  if ('error' in options) throw new Error(options.error);
  return options;
};

test('without options the ports are those that browsers and agents expect', () => {
  const options = read();
  assert.deepEqual(options.ports, { https: 443, http: 80, dashboard: 3000, ingress: 5001 });
  assert.equal(publicUrl(options), 'https://localhost');
  assert.equal(submissionUrl(options), 'https://localhost:5001/submit_logs');
});

test('the first host is the public one, and the certificate is for all of them and for this machine', () => {
  const options = read('--host', 'picket.example', '--host', '2001:db8::1', '--https-port', '8443');
  assert.equal(publicUrl(options), 'https://picket.example:8443');
  const names = certificateNames(options, ['192.0.2.1', '127.0.0.1']);
  for (const name of ['picket.example', '2001:db8::1', 'localhost', '127.0.0.1', '192.0.2.1'])
    assert.equal(names.filter(each => each === name).length, 1, name);
  assert.equal(publicUrl(read('--host', '2001:db8::1')), 'https://[2001:db8::1]');
});

const wrong: readonly [args: string[], error: RegExp][] = [
  [['--https-port', '70000'], /--https-port: a port from 1 to 65535 expected, "70000" found/],
  [['--http-port', '80a'], /--http-port: a port/],
  [['--host', 'https://picket.example'], /--host: a name or address without port expected/],
  [['--certificate', 'a.pem'], /--certificate and --key belong together/],
  [['--colour', 'red'], /colour/],
];
for (const [args, error] of wrong) {
  test(`refused: ${args.join(' ')}`, () => {
    const options = readOptions(args);
    assert.match('error' in options ? options.error : 'none', error);
  });
}
