import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageNameOf } from './import-image.ts';

test('an image is named after the last part of where it comes from', () => {
  const names = {
    'docker://docker.io/library/nginx:1.27': 'nginx-1.27',
    'docker://localhost:5000/tools': 'tools',
    'docker://quay.io/team/tools@sha256:0123abcd': 'tools',
    'docker-daemon:shop:latest': 'shop-latest',
    'oci:/tmp/layout:v1': 'layout-v1',
    '/tmp/my root.tar.gz': 'my root',
    'debian.oci.tar': 'debian',
    'rootfs.tgz': 'rootfs',
    'image.tar.zst': 'image',
    'a+b.tar': 'a_b',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(names).map((source) => [source, imageNameOf(source)])), names);
});
