import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { certifyRequest, createClusterAuthority, createSigningRequest } from '@pilvi/transport';
import type { ClusterAuthority } from '@pilvi/transport';
import {
  answerRequest,
  createJoinToken,
  formatJoinToken,
  openAnswer,
  parseJoinToken,
  parseRequest,
  prepareRequest,
  verifierOf,
} from './index.ts';
import type { ClusterDescription, Machine } from './index.ts';

const MACHINE: Machine = {
  name: 'b',
  roles: ['storage', 'gateway'],
  zone: 'B',
  host: '10.0.0.2',
  addresses: { gateway: '10.0.0.2:9100', storage: '10.0.0.2:9101' },
};
const CLUSTER: ClusterDescription = {
  clusterId: 'c',
  gateways: ['10.0.0.1:9100'],
  copies: 3,
  partitions: 128,
  expectedNodes: 3,
  region: 'r',
  domain: '',
  controlStore: 'embedded',
  rootKey: { accessKeyId: 'AKIA', secretAccessKey: 'a very secret key' },
};

async function makeAuthority(t: TestContext): Promise<ClusterAuthority> {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-enrol-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return createClusterAuthority(directory);
}

async function exchange(t: TestContext) {
  const authority = await makeAuthority(t);
  const token = createJoinToken(randomBytes, authority.certificate);
  const { request: signingRequest, key } = await createSigningRequest('b');
  const prepared = prepareRequest(token, { machine: MACHINE, signingRequest, replaces: false });
  const answer = async (by = authority): Promise<string> => {
    const received = parseRequest(prepared.body);
    const certificate = await certifyRequest(by, { request: received.signingRequest, name: 'b', hosts: ['10.0.0.2'] });
    assert.ok(certificate !== undefined);
    return answerRequest(received, { authority: by, certificate, cluster: CLUSTER });
  };
  return { authority, token, key, prepared, answer };
}

test('a machine with a token gets a certificate for its own key, and what it must know, unread by others', async (t) => {
  const { authority, token, key, prepared, answer } = await exchange(t);
  const received = parseRequest(prepared.body);
  assert.deepEqual(received.machine, MACHINE);
  assert.equal(received.isBy(verifierOf(token)), true);
  const body = await answer();
  const enrolment = openAnswer(token, prepared, key, body);
  assert.equal(enrolment.authority, authority.certificate);
  assert.deepEqual(enrolment.cluster, CLUSTER);
  // Neither side's secrets go over the wire.
  const text = formatJoinToken(token);
  for (const sent of [prepared.body, body]) {
    assert.ok(!sent.includes(token.secret.toString('base64url')) && !sent.includes('very secret') && !sent.includes(key.slice(30, 60)));
    assert.ok(!sent.includes(text));
  }
});

test('only who holds the token can make a request, and nobody can change it', async (t) => {
  const { authority, token, prepared } = await exchange(t);
  const other = createJoinToken(randomBytes, authority.certificate);
  assert.equal(parseRequest(prepared.body).isBy(verifierOf(other)), false);
  const { payload, ...rest } = JSON.parse(prepared.body) as { payload: string };
  const changed = JSON.stringify({ ...rest, payload: payload.replace('10.0.0.2:9101', '10.6.6.6:9101') });
  assert.equal(parseRequest(changed).isBy(verifierOf(token)), false);
});

test('an impostor, a changed answer and the answer to another request are not believed', async (t) => {
  const { authority, token, key, prepared, answer } = await exchange(t);
  const impostor = await makeAuthority(t);
  const impostors = await answer(impostor);
  assert.throws(() => openAnswer(token, prepared, key, impostors), { code: 'not-authentic', message: /another authority/ });
  // The impostor shows the real authority's certificate, which is no secret.
  const { payload, ...rest } = JSON.parse(impostors) as { payload: string };
  const masked = JSON.stringify({
    ...rest,
    payload: JSON.stringify({ ...(JSON.parse(payload) as object), authority: authority.certificate }),
  });
  assert.throws(() => openAnswer(token, prepared, key, masked), { code: 'not-authentic', message: /not signed/ });
  const { request: signingRequest } = await createSigningRequest('b');
  const again = prepareRequest(token, { machine: MACHINE, signingRequest, replaces: false });
  const body = await answer();
  assert.throws(() => openAnswer(token, again, key, body), { code: 'not-authentic' });
  for (const wrong of ['', '{}', '[]', 'x', JSON.stringify({ version: 2, payload: '{}', signature: '' })])
    assert.throws(() => openAnswer(token, prepared, key, wrong), { code: 'malformed' });
});

test('a signing request whose key its maker does not hold gets no certificate', async (t) => {
  const authority = await makeAuthority(t);
  const { request } = await createSigningRequest('b');
  const bytes = Buffer.from(request.split('\n').slice(1, -1).join(''), 'base64');
  bytes[bytes.length - 4]! ^= 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  for (const wrong of [forged, '', 'x']) assert.equal(await certifyRequest(authority, { request: wrong, name: 'b' }), undefined);
});

test('tokens are written and read; what is none is refused', async (t) => {
  const token = createJoinToken(randomBytes, (await makeAuthority(t)).certificate);
  const text = formatJoinToken(token);
  assert.deepEqual(parseJoinToken(` ${text}\n`), token);
  for (const wrong of ['', 'x', text.slice(0, -2), `${text}.x`, text.replace('pilvi1', 'pilvi2')])
    assert.throws(() => parseJoinToken(wrong), { code: 'malformed' });
});

test('requests of machines that cannot be are refused', async (t) => {
  const { token } = await exchange(t);
  const { request: signingRequest } = await createSigningRequest('b');
  const wrong: Partial<Record<keyof Machine, unknown>>[] = [
    { name: '../x' },
    { name: '' },
    { roles: [] },
    { roles: ['king'] },
    { zone: 'a/b' },
    { addresses: { gateway: 'unix:/x', storage: 'a:1' } },
    { addresses: { gateway: 'a:1' } },
  ];
  for (const part of wrong) {
    const { body } = prepareRequest(token, { machine: { ...MACHINE, ...part } as Machine, signingRequest, replaces: false });
    assert.throws(() => parseRequest(body), { code: 'malformed' }, JSON.stringify(part));
  }
});
