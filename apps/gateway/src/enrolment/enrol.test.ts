import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { incarnation, nodeName, zone } from '@pilvi/cluster-map';
import { createMemoryControlStore } from '@pilvi/control-store';
import { openAnswer, parseJoinToken, prepareRequest } from '@pilvi/enrolment';
import type { Machine } from '@pilvi/enrolment';
import { createManualClock, silentLogger } from '@pilvi/runtime';
import { createClusterAuthority, createSigningRequest } from '@pilvi/transport';
import { memberKey } from '../cluster/keys.ts';
import { encodeMember } from '../cluster/stored-form.ts';
import { enrol } from './enrol.ts';
import type { EnrolComponents } from './enrol.ts';
import { createToken, listTokens, revokeToken, TOKEN_PREFIX } from './join-tokens.ts';

const MACHINE: Machine = {
  name: 'b',
  roles: ['storage'],
  zone: 'B',
  host: '10.0.0.2',
  addresses: { gateway: '10.0.0.2:9100', storage: '10.0.0.2:9101' },
};
const ROOT = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

async function setUp(t: TestContext, change: Partial<EnrolComponents> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'pilvi-enrol-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const authority = await createClusterAuthority(directory);
  const clock = createManualClock();
  const control = createMemoryControlStore({ clock });
  const components: EnrolComponents = {
    control,
    clock,
    log: silentLogger,
    authority,
    isEmbedded: true,
    describeCluster: () => ({
      clusterId: 'c',
      gateways: [],
      copies: 3,
      partitions: 16,
      expectedNodes: 3,
      region: 'r',
      domain: '',
      controlStore: 'embedded',
    }),
    rootKey: ROOT,
    isConnected: () => false,
    ...change,
  };
  const token = async (ttlMs = 60_000) =>
    parseJoinToken((await createToken({ control, nowMs: clock.wallMs() }, { authority: authority.certificate, ttlMs })).token);
  const request = async (by: ReturnType<typeof parseJoinToken>, machine: Partial<Machine> = {}, replaces = false) => {
    const { request: signingRequest, key } = await createSigningRequest('b');
    return { key, ...prepareRequest(by, { machine: { ...MACHINE, ...machine }, signingRequest, replaces }) };
  };
  return { control, clock, components, token, request };
}

test('a token enrols one machine; only the same request may come again', async (t) => {
  const { components, token, request, control } = await setUp(t);
  const given = await token();
  const asked = await request(given);
  const first = openAnswer(given, asked, asked.key, await enrol(components, asked.body));
  assert.equal(first.cluster.clusterId, 'c');
  assert.equal(first.cluster.rootKey, undefined);
  const again = openAnswer(given, asked, asked.key, await enrol(components, asked.body));
  assert.equal(again.authority, first.authority);
  const other = await request(given, { name: 'd' });
  await assert.rejects(enrol(components, other.body), { code: 'token-used', message: /by machine "b"/ });
  assert.equal((await listTokens(control))[0]?.stored.used?.machine, 'b');
});

test('of two machines at once one gets the token', async (t) => {
  const { components, token, request } = await setUp(t);
  const given = await token();
  const asked = await Promise.all(['d', 'e', 'f'].map((name) => request(given, { name })));
  const results = await Promise.allSettled(asked.map(({ body }) => enrol(components, body)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('what the control store keeps of a token enrols nobody', async (t) => {
  const { components, token, request, control } = await setUp(t);
  const given = await token();
  const stored = (await control.range(TOKEN_PREFIX)).entries[0]!;
  assert.ok(!stored.value.includes(given.secret.toString('base64url')));
  // A thief of the control data has the id, the pin and the verifier, and has to guess the secret.
  const guess = await request({ ...given, secret: Buffer.alloc(32, 1) });
  await assert.rejects(enrol(components, guess.body), { code: 'unknown-token' });
});

test('expired, revoked and foreign tokens are refused', async (t) => {
  const { components, token, request, clock, control } = await setUp(t);
  const short = await token(1_000);
  await clock.advance(1_000);
  await assert.rejects(enrol(components, (await request(short)).body), { code: 'token-expired' });
  const revoked = await token();
  assert.equal(await revokeToken(control, revoked.id), true);
  assert.equal(await revokeToken(control, revoked.id), false);
  await assert.rejects(enrol(components, (await request(revoked)).body), { code: 'unknown-token' });
  const other = await setUp(t);
  await assert.rejects(enrol(components, (await request(await other.token())).body), { code: 'unknown-token', message: /another cluster/ });
});

test('a refused machine leaves the token unused', async (t) => {
  const { components, token, request, control } = await setUp(t);
  const given = await token();
  await assert.rejects(enrol(components, (await request(given, { roles: ['gateway'] })).body), { code: 'needs-etcd' });
  await assert.rejects(enrol({ ...components, authority: undefined }, (await request(given)).body), { code: 'no-authority' });
  await assert.rejects(enrol(components, 'x'), { code: 'malformed' });
  assert.equal((await listTokens(control))[0]?.stored.used, undefined);
});

test('a gateway is told the root key, where there is etcd', async (t) => {
  const { components, token, request } = await setUp(t, { isEmbedded: false });
  const given = await token();
  const asked = await request(given, { roles: ['gateway'] });
  assert.deepEqual(openAnswer(given, asked, asked.key, await enrol(components, asked.body)).cluster.rootKey, ROOT);
});

test('a name that is taken has to be replaced, and its machine must be silent', async (t) => {
  const { components, token, request, control } = await setUp(t);
  const member = {
    incarnation: incarnation('i'),
    name: nodeName('storage-b'),
    zone: zone('B'),
    weight: 1,
    address: 'a:1',
    state: 'active',
    joinedMs: 0,
    lastSeenMs: 0,
  } as const;
  await control.txn([], [{ kind: 'put', key: memberKey(member.incarnation), value: encodeMember(member) }]);
  const given = await token();
  await assert.rejects(enrol(components, (await request(given)).body), { code: 'name-taken' });
  const replacing = await request(given, {}, true);
  await assert.rejects(enrol({ ...components, isConnected: (name) => name === 'storage-b' }, replacing.body), { code: 'still-there' });
  await enrol(components, replacing.body);
});
