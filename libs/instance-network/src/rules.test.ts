import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hostRules } from './host-rules.ts';
import type { SecurityGroup } from './instance-network.ts';
import { routerRules } from './router-rules.ts';
import { NO_NETWORK } from './testing/kernel-network.ts';
import { sampleAttachment, sampleGroup } from './testing/sample-network.ts';

const SETTINGS = { hostAddress: '169.254.201.1', publicCidr: '127.201.0.0/16', endpointPort: 9000 };
const HOST = { table: 'pilvi-0123abcd', uplink: 'pilvi-0123abcd', routerAddress: '169.254.201.2' };

const web = sampleGroup('sg-web', 1n, [
  'in tcp 80 0.0.0.0/0',
  'in tcp 443 0.0.0.0/0',
  'in icmp 8 0.0.0.0/0',
  'in tcp 22 127.0.0.1/32',
  'in tcp 80 ::/0',
  'out -1 0.0.0.0/0',
]);
const db = sampleGroup(
  'sg-db',
  1n,
  [
    'in tcp 5432 sg-web',
    'in udp 9000-9010 10.201.0.0/16',
    'in 47 192.0.2.0/24',
    'in icmp sg-db',
    'in tcp 1 sg-unknown',
    'out tcp 443 0.0.0.0/0',
  ],
  ['10.201.16.9'],
);

const SCRIPTS: Record<string, string> = {
  'router-empty.nft': routerRules(desired([], []), { ...SETTINGS, endpointPort: undefined }),
  'router-web-and-db.nft': routerRules(
    desired(
      [
        sampleAttachment(5, ['sg-web'], { publicAddress: '127.201.0.5' }),
        sampleAttachment(6, ['sg-db', 'sg-web'], { hopLimit: 3, sourceDestCheck: false }),
        sampleAttachment(7, ['sg-db', 'sg-late']),
      ],
      [web, db],
    ),
    SETTINGS,
  ),
  'router-public-range.nft': routerRules(desired([sampleAttachment(5, ['sg-web'], { publicAddress: '198.51.100.5' })], [web]), {
    ...SETTINGS,
    publicCidr: '198.51.100.0/24',
  }),
  'host-laptop.nft': hostRules({
    ...HOST,
    publicCidr: '127.201.0.0/16',
    surroundings: { exits: ['wlan0'], neighbours: ['192.168.1.0/24', '172.17.0.0/16'] },
  }),
  'host-public-range.nft': hostRules({ ...HOST, publicCidr: '198.51.100.0/24', surroundings: { exits: [], neighbours: ['192.0.2.0/24'] } }),
};

function desired(attachments: ReturnType<typeof sampleAttachment>[], groups: SecurityGroup[]): Parameters<typeof routerRules>[0] {
  return {
    attachments: new Map(attachments.map((attachment) => [attachment.instanceId, attachment])),
    groups: new Map(groups.map((group) => [group.groupId, group])),
  };
}

for (const [name, script] of Object.entries(SCRIPTS)) {
  const golden = join(import.meta.dirname, 'testdata', name);
  test(`rules are those of testdata/${name} (UPDATE_GOLDEN=1 writes them)`, () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, script);
    assert.equal(script, readFileSync(golden, 'utf8'));
  });

  test(`the kernel takes testdata/${name}, twice`, { skip: NO_NETWORK }, () => {
    execFileSync('unshare', ['--net', 'sh', '-ec', 'nft -f "$0"; nft -f "$0"', golden]);
  });
}
