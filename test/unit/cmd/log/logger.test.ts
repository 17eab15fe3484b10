import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../../../src/base/errors.ts';
import { createLogger, type Logger, type LogSettings, levelOf } from '../../../../src/cmd/log/logger.ts';
import { scrubbed } from '../../../../src/cmd/log/redact.ts';

const text: LogSettings = { format: 'text', verbosity: 2, vmodule: [] };
const json: LogSettings = { ...text, format: 'json' };

function logged(settings: LogSettings, write: (log: Logger) => void): string {
  const lines: string[] = [];
  write(createLogger(settings, (line) => lines.push(line)));
  return lines
    .join('')
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, '')
    .replace(/"ts":\d+/g, '"ts":0');
}

const lines: [string, LogSettings, (log: Logger) => void, string][] = [
  [
    'text',
    text,
    (log) => log.info({ resource_kind: 'Certificate', resource_namespace: 'shop', resource_name: 'web' }, 'issued'),
    'INFO  issued resource_kind=Certificate resource_namespace=shop resource_name=web\n',
  ],
  [
    'JSON',
    json,
    (log) => log.warn({ resource_name: 'web' }, 'slow'),
    '{"level":"warn","ts":0,"resource_name":"web","msg":"slow"}\n',
  ],
  ['named', text, (log) => log.named('watch').error({}, 'lost'), 'ERROR lost logger=watch\n'],
  [
    'values with spaces are quoted',
    text,
    (log) => log.info({ a: 'b c', d: '', e: 'x="y"' }, 'm'),
    'INFO  m a="b c" d="" e="x=\\"y\\""\n',
  ],
  [
    'a message stays on one line',
    text,
    (log) => log.info({ a: 'x\ny' }, 'one\ntwo\r\u001b[31m'),
    'INFO  one two [31m a="x\\ny"\n',
  ],
  [
    'numbers, lists, nothing',
    text,
    (log) => log.info({ a: 1, b: ['x', 'y'], c: undefined, d: null }, 'm'),
    'INFO  m a=1 b=["x","y"] d=null\n',
  ],
  [
    'errors with their causes',
    text,
    (log) => log.error({ error: new Error('cannot write', { cause: new ApiError(409, 'Conflict', 'changed') }) }, 'm'),
    'ERROR m error="cannot write: changed"\n',
  ],
  [
    'causes that the message repeats are left out',
    text,
    (log) =>
      log.error({ error: new Error('cannot write: gone', { cause: new Error('gone', { cause: 'text' }) }) }, 'm'),
    'ERROR m error="cannot write: gone"\n',
  ],
  [
    'errors in JSON',
    json,
    (log) => log.error({ error: new ApiError(409, 'Conflict', 'changed') }, 'm'),
    '{"level":"error","ts":0,"error":{"type":"ApiError","message":"changed","status":409,"reason":"Conflict"},"msg":"m"}\n',
  ],
  ['an error in place of fields', text, (log) => log.error(new Error('broken'), 'm'), 'ERROR m err=broken\n'],
  [
    'objects by their name',
    text,
    (log) => log.info({ object: { kind: 'Secret', metadata: { namespace: 'a', name: 'b' }, data: { x: 'y' } } }, 'm'),
    'INFO  m object="Secret a/b"\n',
  ],
  ['debug is off', text, (log) => log.debug({}, 'm'), ''],
  ['-v=4', { ...text, verbosity: 4 }, (log) => log.debug({}, 'm'), 'DEBUG m\n'],
  ['-v=0', { ...text, verbosity: 0 }, (log) => log.warn({}, 'm'), ''],
  [
    'vmodule',
    { ...text, verbosity: 0, vmodule: [{ filePattern: 'cert*', verbosity: 4 }] },
    (log) => {
      log.named('certificates').debug({}, 'yes');
      log.named('issuers').debug({}, 'no');
    },
    'DEBUG yes logger=certificates\n',
  ],
];
for (const [name, settings, write, expected] of lines) {
  test(`createLogger: ${name}`, () => assert.equal(logged(settings, write), expected));
}

test('levelOf counts as klog does', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 10].map(levelOf), ['error', 'warn', 'info', 'info', 'debug', 'trace', 'trace']);
});

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const body = pem.split('\n')[1] ?? '';
const encoded = Buffer.from(pem).toString('base64');
const bytes = Buffer.from(pem);
const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl';
const password = 'correct horse battery';

const leaks: [string, object, string][] = [
  ['a PEM key in a field', { key: pem }, 'm'],
  ['a PEM key in the message', {}, `cannot parse ${pem}`],
  ['a PEM key in an error', { error: new Error(`bad key ${pem}`) }, 'm'],
  ['a PEM key in a cause', { error: new Error('bad', { cause: new Error(pem) }) }, 'm'],
  ['a PEM key deep inside', { a: { b: [{ c: pem }] } }, 'm'],
  ['an encoded PEM key', { value: encoded }, 'm'],
  ['an encoded PEM key in a longer text', { value: `{"tls.key":"${encoded}"}` }, 'm'],
  ['bytes', { value: bytes, more: new Uint8Array(bytes) }, 'm'],
  ['a key object', { key: privateKey }, 'm'],
  [
    'Secret data',
    {
      secret: { kind: 'Secret', metadata: { name: 'a' }, data: { password: Buffer.from(password).toString('base64') } },
    },
    'm',
  ],
  ['data of no particular object', { data: { password }, stringData: { password } }, 'm'],
  ['a password', { password, keystorePassword: password, nested: { passphrase: password } }, 'm'],
  ['a token', { headers: { authorization: `Bearer ${token}` }, token }, `Bearer ${token}`],
  ['a token in a text', { value: `got ${token}` }, token],
];
for (const [name, fields, message] of leaks) {
  for (const settings of [text, json, { ...json, verbosity: 5 }]) {
    test(`createLogger never writes ${name} (${settings.format}, -v=${settings.verbosity})`, () => {
      const line = logged(settings, (log) => log.error(fields, message));
      assert.ok(line.includes('redacted') || /\[(private key|\d+ bytes)\]|Secret a/.test(line), line);
      for (const secret of [
        body,
        encoded.slice(0, 60),
        token,
        password,
        Buffer.from(password).toString('base64'),
        `[${bytes[0]},`,
      ]) {
        assert.ok(!line.includes(secret), line);
      }
    });
  }
}

test('createLogger writes one parsable line whatever it is given', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 6 }), fc.string(), (fields, message) => {
      const line = logged(json, (log) => log.info(fields, message));
      assert.equal(line.indexOf('\n'), line.length - 1);
      JSON.parse(line);
      assert.equal(logged(text, (log) => log.info(fields, message)).split('\n').length, 2);
    }),
    { numRuns: 200 },
  );
});

test('scrubbed reads a megabyte of half-begun keys', () => {
  const hostile = '-----BEGIN PRIVATE KEY----- LS0tLS1CRUdJTi eyJ.eyJ Bearer x'.repeat(16_000);
  assert.ok(scrubbed(hostile).startsWith('[redacted private key]'));
  assert.equal(scrubbed('-----BEGIN '.repeat(100_000)).length, 1_100_000);
});

test('every line carries the fields of the logger', () => {
  const written: string[] = [];
  const log = createLogger(text, (line) => written.push(line), { component: 'webhook' });
  log.named('client').info({ port: 1 }, 'up');
  assert.match(written.join(''), /INFO {2}up component=webhook logger=client port=1\n$/);
});
