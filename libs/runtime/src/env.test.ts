import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integer, list, oneOf, optionalText, readEnv, text } from './index.ts';

const schema = {
  region: ['PILVI_REGION', text('us-east-1')],
  port: ['PILVI_PORT', integer({ min: 1, max: 65_535, fallback: 9000 })],
  gateways: ['PILVI_GATEWAYS', list()],
  transport: ['PILVI_TRANSPORT', oneOf(['unix', 'tcp'], 'unix')],
  tlsDir: ['PILVI_TLS_DIR', optionalText],
} as const;

test('each variable becomes its value', () => {
  assert.deepEqual(readEnv(schema, { PILVI_GATEWAYS: 'unix:/a, host:1', PILVI_PORT: '80', PILVI_REGION: '' }), {
    region: 'us-east-1',
    port: 80,
    gateways: ['unix:/a', 'host:1'],
    transport: 'unix',
    tlsDir: undefined,
  });
});

test('the error names the variable and what is wanted', () => {
  assert.throws(() => readEnv(schema, {}), { name: 'RuntimeError', code: 'bad-configuration', message: 'PILVI_GATEWAYS is not set' });
  for (const port of ['0', '65536', '1.5', 'x', '-1']) {
    assert.throws(() => readEnv(schema, { PILVI_GATEWAYS: 'a', PILVI_PORT: port }), {
      message: `PILVI_PORT must be a whole number from 1 to 65535, not "${port}"`,
    });
  }
  assert.throws(() => readEnv(schema, { PILVI_GATEWAYS: 'a', PILVI_TRANSPORT: 'udp' }), {
    message: /PILVI_TRANSPORT must be one of unix, tcp/,
    details: { variable: 'PILVI_TRANSPORT' },
  });
});
