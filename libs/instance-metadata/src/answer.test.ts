import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answer } from './answer.ts';
import type { MetadataAnswer } from './answer.ts';
import { createSessionTokens } from './session-tokens.ts';
import { sampleInstance } from './testing/sample-instance.ts';

const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN = 'x-aws-ec2-metadata-token';
const NAMES: Record<string, string> = { 'sg-1': 'default', 'sg-2': 'web' };

let nowMs = 1_700_000_000_000;
const tokens = createSessionTokens(Buffer.alloc(32, 7), () => nowMs);
const context = { tokens, groupNames: (id: string) => NAMES[id] };

function ask(method: string, url: string, headers: Record<string, string> = {}, instance = sampleInstance()): MetadataAnswer {
  return answer({ method, url, headers }, instance, context);
}

/** As IMDSv2 asks: with a token. */
function get(path: string, instance = sampleInstance()): string | number {
  const found = ask('GET', path, { [TOKEN]: tokens.issue(instance.instanceId, 60) }, instance);
  return found.status === 200 ? Buffer.from(found.body ?? '').toString() : found.status;
}

describe('tokens', () => {
  test('are given for 1 to 21600 seconds, and good for so long', () => {
    const issued = ask('PUT', '/latest/api/token', { [TTL]: '21600' });
    assert.equal(issued.status, 200);
    assert.equal(issued.headers?.[TTL], '21600');
    const token = Buffer.from(issued.body ?? '').toString();
    assert.match(token, /^[\w-]{40}$/);
    const before = nowMs;
    nowMs += 21_599_000;
    const found = ask('GET', '/latest/meta-data/instance-id', { [TOKEN]: token });
    assert.deepEqual([found.status, found.headers?.[TTL]], [200, '1']);
    nowMs += 1_000;
    assert.equal(ask('GET', '/latest/meta-data/instance-id', { [TOKEN]: token }).status, 401);
    nowMs = before;
  });

  test('with another time to live, or none, are refused', () => {
    for (const ttl of ['0', '21601', '-1', '1.5', '', 'abc', '0x10', '1e3'])
      assert.equal(ask('PUT', '/latest/api/token', { [TTL]: ttl }).status, 400, ttl);
    assert.equal(ask('PUT', '/latest/api/token').status, 400);
  });

  test('are refused to a proxy, and to another method', () => {
    assert.equal(ask('PUT', '/latest/api/token', { [TTL]: '60', 'x-forwarded-for': '192.0.2.1' }).status, 403);
    for (const method of ['GET', 'POST', 'DELETE']) assert.equal(ask(method, '/latest/api/token', { [TTL]: '60' }).status, 405, method);
  });

  test('are good for the instance that asked', () => {
    const foreign = tokens.issue('i-00000000000000006', 60);
    assert.equal(ask('GET', '/latest/meta-data/', { [TOKEN]: foreign }).status, 401);
    const own = tokens.issue('i-00000000000000005', 60);
    const last = own.at(-1) === 'A' ? 'B' : 'A';
    for (const wrong of ['', 'x', own.slice(1), own.slice(0, -2) + last + last])
      assert.equal(ask('GET', '/latest/meta-data/', { [TOKEN]: wrong }).status, 401, wrong);
  });
});

describe('access', () => {
  test('without a token is refused, unless the instance allows version 1', () => {
    assert.equal(ask('GET', '/latest/meta-data/instance-id').status, 401);
    const optional = sampleInstance({ metadata: { enabled: true, tokensRequired: false, hopLimit: 1, tags: false } });
    assert.equal(ask('GET', '/latest/meta-data/instance-id', {}, optional).body, 'i-00000000000000005');
    assert.equal(ask('GET', '/latest/meta-data/instance-id', { [TOKEN]: 'stale' }, optional).status, 401);
  });

  test('to a service that is turned off is refused', () => {
    const off = sampleInstance({ metadata: { enabled: false, tokensRequired: false, hopLimit: 1, tags: false } });
    assert.equal(ask('GET', '/latest/meta-data/', {}, off).status, 403);
    assert.equal(ask('PUT', '/latest/api/token', { [TTL]: '60' }, off).status, 403);
  });

  test('other methods change nothing', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      assert.equal(ask(method, '/latest/meta-data/instance-id').status, 405, method);
    assert.equal(ask('HEAD', '/latest/meta-data/', { [TOKEN]: tokens.issue('i-00000000000000005', 60) }).status, 200);
  });
});

describe('what is told', () => {
  test('directories are listed', () => {
    assert.match(String(get('/')), /^1\.0\n2007-01-19\n[^]*\nlatest$/);
    assert.equal(get('/latest/'), 'dynamic\nmeta-data\nuser-data');
    assert.equal(get('/2021-03-23'), 'dynamic\nmeta-data\nuser-data');
    assert.equal(get('/latest/meta-data/placement/'), 'availability-zone\navailability-zone-id\nregion');
    assert.equal(get('/latest/meta-data/placement'), get('/latest/meta-data//placement/'));
    assert.match(
      String(get('/latest/meta-data/')),
      /^ami-id\n[^]*\nnetwork\/\nplacement\/\npublic-ipv4\npublic-keys\/\nreservation-id\nsecurity-groups\ntags\/$/,
    );
  });

  test('identity, network and placement', () => {
    const told = {
      'ami-id': 'ami-00000000000000001',
      'instance-type': 't3.micro',
      hostname: 'ip-10-201-0-5.ec2.internal',
      'local-ipv4': '10.201.0.5',
      'public-ipv4': '127.201.0.5',
      'placement/availability-zone': 'eu-north-1a',
      'placement/region': 'eu-north-1',
      'security-groups': 'default\nweb',
      'reservation-id': 'r-00000000000000001',
      'network/interfaces/macs/': '02:00:00:00:00:05/',
      'network/interfaces/macs/02:00:00:00:00:05/subnet-ipv4-cidr-block': '10.201.0.0/20',
      'network/interfaces/macs/02:00:00:00:00:05/ipv4-associations/127.201.0.5': '10.201.0.5',
      'network/interfaces/macs/02:00:00:00:00:05/security-group-ids': 'sg-1\nsg-2',
    };
    for (const [path, text] of Object.entries(told)) assert.equal(get(`/latest/meta-data/${path}`), text, path);
  });

  test('public keys, by number and name', () => {
    assert.equal(get('/latest/meta-data/public-keys/'), '0=my-key');
    assert.equal(get('/latest/meta-data/public-keys/0/'), 'openssh-key');
    assert.equal(get('/latest/meta-data/public-keys/0/openssh-key'), 'ssh-ed25519 AAAA me');
    assert.equal(get('/latest/meta-data/public-keys/', sampleInstance({ publicKeys: [] })), 404);
  });

  test('tags, when the instance tells them', () => {
    assert.equal(get('/latest/meta-data/tags/instance/'), 'Name\ncost centre');
    assert.equal(get('/latest/meta-data/tags/instance/cost%20centre'), '7');
    const silent = sampleInstance({ metadata: { enabled: true, tokensRequired: true, hopLimit: 1, tags: false } });
    assert.equal(get('/latest/meta-data/tags/instance/Name', silent), 404);
  });

  test('user data, byte by byte; none is 404', () => {
    assert.equal(get('/latest/user-data'), '#!/bin/sh\necho hello\n');
    assert.equal(get('/latest/user-data', sampleInstance({ userData: Buffer.alloc(0) })), 404);
    assert.equal(get('/latest/', sampleInstance({ userData: Buffer.alloc(0) })), 'dynamic\nmeta-data');
  });

  test('the identity document', () => {
    const document = JSON.parse(String(get('/latest/dynamic/instance-identity/document'))) as Record<string, unknown>;
    assert.equal(document['instanceId'], 'i-00000000000000005');
    assert.equal(document['pendingTime'], '2023-11-14T22:13:20Z');
    assert.equal(document['privateIp'], '10.201.0.5');
    assert.equal(get('/latest/dynamic/instance-identity/'), 'document');
  });

  test('nothing else', () => {
    for (const path of [
      '/latest/meta-data/iam/',
      '/latest/meta-data/instance-id/more',
      '/2099-01-01/',
      '/latest/nothing',
      '/latest/meta-data/__proto__',
      '/latest/meta-data/constructor',
      '/latest/user-data/x',
    ]) {
      assert.equal(get(path), 404, path);
    }
    assert.equal(get('/latest/meta-data/%zz'), 400);
    assert.equal(
      get(
        '/latest/meta-data/security-groups',
        sampleInstance({ interfaces: [{ ...sampleInstance().interfaces[0]!, securityGroupIds: ['sg-unnamed'] }] }),
      ),
      404,
    );
  });
});
