import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { InstanceNetwork } from './instance-network.ts';
import { sampleAttachment, sampleGroup } from './testing/sample-network.ts';

/** An implementation under test. */
export interface TestedNetwork {
  readonly network: InstanceNetwork;
  /** Whether a conversation begins between two attached instances, by their numbers. What is expected tells how long to wait for it. */
  passes(attempt: Attempt, expected: boolean): Promise<boolean>;
  close(): Promise<void>;
}

export interface Attempt {
  readonly from: number;
  readonly to: number;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

const EVERYTHING_OUT = 'out -1 0.0.0.0/0';

/** What every InstanceNetwork does. Instances 5, 6 and 7 answer on the TCP ports 80, 81, 82 and 5432, and on the UDP port 53. */
export function testInstanceNetwork(name: string, open: (instances: readonly number[]) => Promise<TestedNetwork>): void {
  describe(name, () => {
    let tested: TestedNetwork;
    let revision = 0n;
    const put = (groupId: string, ...rules: string[]): Promise<void> =>
      tested.network.putSecurityGroup(sampleGroup(groupId, ++revision, rules));
    const attach = async (number: number, ...groups: string[]): Promise<void> =>
      void (await tested.network.attach(sampleAttachment(number, groups)));
    const check = async (from: number, to: number, protocol: 'tcp' | 'udp', port: number, expected: boolean): Promise<void> =>
      assert.equal(await tested.passes({ from, to, protocol, port }, expected), expected, `${from} to ${to}, ${protocol} ${port}`);
    const opens = (from: number, to: number, protocol: 'tcp' | 'udp', port: number): Promise<void> => check(from, to, protocol, port, true);
    const shut = (from: number, to: number, protocol: 'tcp' | 'udp', port: number): Promise<void> => check(from, to, protocol, port, false);
    before(async () => {
      tested = await open([5, 6, 7]);
    });
    after(() => tested.close());

    test('nothing comes in that no rule lets in', async () => {
      await put('sg-a', EVERYTHING_OUT);
      for (const number of [5, 6, 7]) await attach(number, 'sg-a');
      await shut(5, 6, 'tcp', 80);
      await shut(5, 6, 'udp', 53);
    });

    test('a rule opens its ports of its protocol, at once', async () => {
      await put('sg-a', EVERYTHING_OUT, 'in tcp 80-81 0.0.0.0/0');
      await opens(5, 6, 'tcp', 80);
      await opens(5, 6, 'tcp', 81);
      await shut(5, 6, 'tcp', 82);
      await shut(5, 6, 'udp', 53);
      await put('sg-a', EVERYTHING_OUT, 'in udp 53 0.0.0.0/0');
      await opens(5, 6, 'udp', 53);
      await shut(5, 6, 'tcp', 80);
    });

    test('an older picture of a group changes nothing', async () => {
      await tested.network.putSecurityGroup(sampleGroup('sg-a', revision - 1n, ['in -1 0.0.0.0/0', EVERYTHING_OUT]));
      await shut(5, 6, 'tcp', 80);
    });

    test('a rule is for the addresses it names', async () => {
      await put('sg-a', EVERYTHING_OUT, 'in tcp 80 10.201.0.5/32');
      await opens(5, 6, 'tcp', 80);
      await shut(7, 6, 'tcp', 80);
    });

    test('a rule of all protocols and one by number', async () => {
      await put('sg-a', EVERYTHING_OUT, 'in -1 10.201.0.4/31');
      await opens(5, 6, 'udp', 53);
      await shut(7, 6, 'udp', 53);
    });

    test('a group may let another group in: the database and its application', async () => {
      await put('sg-app', EVERYTHING_OUT);
      await put('sg-db', EVERYTHING_OUT, 'in tcp 5432 sg-app');
      await attach(5, 'sg-app');
      await attach(6, 'sg-db');
      await attach(7, 'sg-a');
      await opens(5, 6, 'tcp', 5432);
      await shut(7, 6, 'tcp', 5432);
      await attach(7, 'sg-a', 'sg-app');
      await opens(7, 6, 'tcp', 5432);
      await attach(7, 'sg-a');
      await shut(7, 6, 'tcp', 5432);
    });

    test('what is told of members elsewhere counts, of own ones the own knowledge', async () => {
      await tested.network.putSecurityGroup(sampleGroup('sg-app', ++revision, [EVERYTHING_OUT], ['10.201.0.7', '10.201.16.9']));
      await shut(7, 6, 'tcp', 5432);
      await opens(5, 6, 'tcp', 5432);
    });

    test('a rule that refers to a group nobody knows lets nobody in', async () => {
      await put('sg-db', EVERYTHING_OUT, 'in tcp 5432 sg-unheard');
      await shut(5, 6, 'tcp', 5432);
    });

    test('without a rule outwards nothing goes out, whatever the other side takes', async () => {
      await put('sg-db', 'in -1 0.0.0.0/0', EVERYTHING_OUT);
      await put('sg-app', 'in -1 0.0.0.0/0');
      await shut(5, 6, 'tcp', 80);
      await opens(6, 5, 'tcp', 80);
      await put('sg-app', 'out tcp 81 sg-db');
      await opens(5, 6, 'tcp', 81);
      await shut(5, 6, 'tcp', 80);
    });

    test('an interface in a group that is not known yet is deaf and mute, and says so', async () => {
      await put('sg-app', 'in -1 0.0.0.0/0', EVERYTHING_OUT);
      await attach(5, 'sg-app', 'sg-late');
      await shut(6, 5, 'tcp', 80);
      await shut(5, 6, 'tcp', 80);
      assert.match(tested.network.problem('i-00000000000000005'), /sg-late/);
      await put('sg-late');
      await opens(6, 5, 'tcp', 80);
      assert.equal(tested.network.problem('i-00000000000000005'), '');
    });

    test('a group that is forgotten takes its rules with it', async () => {
      await tested.network.removeSecurityGroup('sg-late');
      await shut(6, 5, 'tcp', 80);
      await attach(5, 'sg-app');
      await opens(6, 5, 'tcp', 80);
    });

    test('an address has one owner', async () => {
      const thief = { ...sampleAttachment(9, ['sg-a']), privateAddress: '10.201.0.5' };
      await assert.rejects(tested.network.attach(thief), { code: 'in-use' });
      await assert.rejects(tested.network.attach({ ...sampleAttachment(5, ['sg-a']), privateAddress: '10.201.0.99' }), {
        code: 'unsupported',
      });
      await opens(6, 5, 'tcp', 80);
    });

    test('a public address that the node cannot have is a problem that is told', async () => {
      await tested.network.attach(sampleAttachment(7, ['sg-a'], { publicAddress: '192.0.2.99' }));
      assert.match(tested.network.problem('i-00000000000000007'), /192\.0\.2\.99 is not in this node's range/);
      await attach(7, 'sg-a');
      assert.equal(tested.network.problem('i-00000000000000007'), '');
    });

    test('to attach again is to find the same, to detach twice to do nothing', async () => {
      const first = await tested.network.attach(sampleAttachment(5, ['sg-app']));
      assert.deepEqual(await tested.network.attach(sampleAttachment(5, ['sg-app'])), first);
      await tested.network.detach('i-00000000000000005');
      await tested.network.detach('i-00000000000000005');
      assert.notEqual(tested.network.problem('i-00000000000000005'), '');
    });
  });
}
