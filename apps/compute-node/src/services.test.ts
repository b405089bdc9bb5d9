import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { InstanceState, Power } from '@pilvi/contracts/compute/v1/instance';
import { missingHere } from './missing-here.ts';
import { createNodeProcess } from './testing/node-process.ts';
import type { NodeProcess } from './testing/node-process.ts';
import { group, script, wanted } from './testing/wanted-instance.ts';

const missing = await missingHere();
const skip = missing.length > 0 && `NOT TRIED: this machine lacks ${missing.join(', ')}`;
describe('the services of an image', { skip }, () => {
  let node: NodeProcess;
  const is = (state: InstanceState) => (observed: { state: InstanceState }) => observed.state === state;
  const consoleWith = async (id: string, words: RegExp): Promise<string> => {
    for (;;) {
      const console = await node.gateway.console(id);
      if (words.test(console)) return console;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /** As Debian's packages lay them: one file, which the directories of the runlevels link to. */
  const install = (name: string, ...body: readonly string[]): readonly string[] => [
    'mkdir -p /etc/init.d /etc/rc2.d /etc/rc0.d',
    `cat > /etc/init.d/${name} <<'END'\n#!/bin/sh\n${body.join('\n')}\nEND`,
    `chmod 755 /etc/init.d/${name}`,
    `ln -s ../init.d/${name} /etc/rc2.d/S01${name}`,
    `ln -s ../init.d/${name} /etc/rc0.d/K01${name}`,
  ];

  before(async () => {
    node = await createNodeProcess();
    node.gateway.tell(group(1n));
    node.start();
  });
  after(() => node[Symbol.asyncDispose]());

  it('are started at each boot, and stopped by their own words before anything is asked to end', async () => {
    const id = 'i-0000004a';
    const keeper = ['trap "echo asked-to-end; exit" TERM', 'while :; do sleep 0.1; done'];
    const service = [
      'case $1 in',
      'start) /root/keeper & ;;',
      'stop) echo "stopping with $(ps | grep -c "[r]oot/keeper") keeper" ;;',
      'esac',
    ];
    const userData = script(
      ...install('kept', ...service),
      `cat > /root/keeper <<'END'\n#!/bin/sh\necho keeper-is-up\n${keeper.join('\n')}\nEND`,
      'chmod 755 /root/keeper',
      // What is not to be started, and what cannot be.
      'echo no > /etc/rc2.d/S02plain; ln -s /nowhere /etc/rc2.d/S03gone; ln -s ../init.d/kept /etc/rc2.d/K04kept',
      'echo installed',
    );
    node.gateway.want(wanted(id, { userData }));
    assert.doesNotMatch(await consoleWith(id, /user-data ended with 0/), /keeper-is-up/);
    node.gateway.want(wanted(id, { reboots: 1n }));
    const again = await consoleWith(id, /keeper-is-up/);
    assert.doesNotMatch(again, /installed/);
    node.gateway.want(wanted(id, { reboots: 1n, power: Power.STOPPED }));
    const { exit } = await node.gateway.saw(id, is(InstanceState.STOPPED));
    assert.equal(exit?.code, 0);
    const console = await node.gateway.console(id);
    assert.match(console, /keeper-is-up\n[^]*stopping with 1 keeper\n[^]*asked-to-end\n/);
  });

  it('that do not start hold up neither a stop nor the instance', async () => {
    const id = 'i-0000004b';
    node.gateway.want(wanted(id, { userData: script(...install('slow', '[ $1 = stop ] || sleep 1000')) }));
    await consoleWith(id, /user-data ended with 0/);
    node.gateway.want(wanted(id, { reboots: 1n }));
    await node.gateway.saw(id, ({ state, reboots }) => state === InstanceState.RUNNING && reboots === 1n);
    node.gateway.want(wanted(id, { reboots: 1n, power: Power.STOPPED }));
    const { exit } = await node.gateway.saw(id, is(InstanceState.STOPPED));
    assert.deepEqual({ code: exit?.code, signal: exit?.signal }, { code: 0, signal: 0 });
  });
});
