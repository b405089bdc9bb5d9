import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EC2_SHAPES } from '@pilvi/aws-query';
import { EC2_ACTIONS } from '../ec2/actions.ts';
import { actionsTable } from './actions-table.ts';
import { DOCUMENT, S3_NAMES } from './document.ts';

test('docs/actions.md is what the code says', () => {
  assert.equal(readFileSync(DOCUMENT, 'utf8'), actionsTable(S3_NAMES), 'run: node apps/gateway/src/actions-table/main.ts');
});

test('every field that an action takes is one of its request', () => {
  for (const { name, takes } of EC2_ACTIONS) {
    for (const path of takes) {
      let reference = EC2_SHAPES.actions[name]?.input ?? '';
      for (const field of path.split('.')) {
        const shape = EC2_SHAPES.shapes[reference];
        const structure = shape !== undefined && 'list' in shape ? EC2_SHAPES.shapes[shape.list] : shape;
        assert.ok(structure !== undefined && 'fields' in structure && structure.fields[field] !== undefined, `${name} has no ${path}`);
        reference = structure.fields[field][1];
      }
    }
  }
});
