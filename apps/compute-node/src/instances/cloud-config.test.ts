import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userDataScript } from './cloud-config.ts';

const made = (text: string): string => userDataScript(Buffer.from(text)).toString();

test('what is no cloud-config stays as it is', () => {
  assert.equal(made('#cloud-config-archive\n'), '#cloud-config-archive\n');
  assert.equal(made('#!/bin/sh\necho x\n'), '#!/bin/sh\necho x\n');
});

test('steps come in the order of cloud-init, whatever the order they are written in', () => {
  const script = made("#cloud-config\nruncmd:\n  - echo it's\n  - [touch, /tmp/a b]\nbootcmd: [first]\n");
  assert.deepEqual(script.split('\n').slice(0, 3), [
    '#!/run/pilvi/busybox sh',
    "( /run/pilvi/busybox sh -c 'first' )",
    "( /run/pilvi/busybox sh -c 'echo it'\\''s' )",
  ]);
  assert.match(script, /^'touch' '\/tmp\/a b'$/m);
});

test('files carry any content, and their encodings', () => {
  const script = made(
    "#cloud-config\nwrite_files:\n  - path: /etc/x\n    content: aGk=\n    encoding: b64\n    permissions: '0600'\n    owner: root:root\n",
  );
  assert.match(script, /^echo YUdrPQ== \| \S+ base64 -d \| \S+ base64 -d > '\/etc\/x'$/m);
  assert.match(script, /chmod 0600 '\/etc\/x'\n\S+ chown 'root:root' '\/etc\/x'/);
});

test('what is malformed is said on the console, and nothing of it is done', () => {
  for (const [config, words] of [
    ['runcmd: [a', /it is no YAML/],
    ['runcmd: ls', /runcmd is no list/],
    ['- a', /no mapping/],
    ['bootcmd: [x]\nwrite_files: [{path: etc, content: a}]', /etc is no absolute path/],
    ['write_files: [{path: /a, encoding: rot13}]', /rot13 is not known/],
    ['write_files: [{path: /a, permissions: rw}]', /no permissions/],
  ] as const) {
    const script = made(`#cloud-config\n${config}\n`);
    assert.match(script, words, config);
    assert.match(script, /\nexit 1\n$/);
    assert.equal(script.split('\n').length, 4);
  }
  assert.match(made('#cloud-config\nswap: {}\n'), /not done here: swap/);
});
