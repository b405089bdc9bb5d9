import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IndexFailureCode } from '@pilvi/contracts/index/v1/command';
import { failureOf } from '../index-answer.ts';
import { smallPut } from '../testing/commands.ts';

import { Subject } from './index-subject.ts';
import type { IndexClientUnderTest, Op } from './index-subject.ts';

/** What every IndexClient does, the one in memory and the routed one over real nodes. Buckets are new for each test, so that it may run on a cluster in use. */
export function describeIndexClient(name: string, open: () => Promise<IndexClientUnderTest>): void {
  void describe(`IndexClient: ${name}`, () => {
    const run = (what: string, body: (subject: Subject) => Promise<void>): void => {
      void it(what, async () => {
        await using under = await open();
        await body(new Subject(under));
      });
    };

    run('a put is found, replaced, tagged and deleted', async (subject) => {
      assert.equal(failureOf(await subject.get('k')), IndexFailureCode.NO_SUCH_KEY);
      await subject.put('k', 'one');
      await subject.put('k', 'two');
      const found = await subject.get('k');
      assert.equal(found.outcome?.$case, 'found');
      assert.equal(found.outcome.value.inlineData.toString(), 'two');
      assert.ok(Math.abs(Number(found.outcome.value.record?.modifiedMs) - Date.now()) < 60_000, "the primary's clock sets the time");
      await subject.run('k', { $case: 'putObjectTags', value: { bucketId: subject.bucket, key: 'k', tags: [{ key: 'a', value: 'b' }] } });
      const head = await subject.get('k', true);
      assert.equal(head.outcome?.$case, 'found');
      assert.equal(head.outcome.value.inlineData.length, 0);
      assert.deepEqual(head.outcome.value.record?.tags, [{ key: 'a', value: 'b' }]);
      assert.equal((await subject.delete('k')).outcome?.$case, 'done');
      assert.equal(failureOf(await subject.get('k')), IndexFailureCode.NO_SUCH_KEY);
      assert.equal((await subject.delete('k')).outcome?.$case, 'done', 'deleting what is not there is no error');
    });

    run('of many conditional creations of a key exactly one succeeds', async (subject) => {
      const results = await Promise.all(Array.from({ length: 16 }, (_, n) => subject.put('k', `text ${n}`, { ifNoneMatch: ['*'] })));
      assert.equal(results.filter((result) => result.outcome?.$case === 'object').length, 1);
      assert.equal(results.filter((result) => failureOf(result) === IndexFailureCode.PRECONDITION_FAILED).length, 15);
    });

    run('If-Match compares and sets', async (subject) => {
      await subject.put('k', '0');
      for (let n = 0; n < 3; n++) {
        const results = await Promise.all(
          [0, 1, 2].map((who) => subject.put('k', `${n + 1}`, { ifMatch: [`etag-${n}`] }).then((r) => [who, r] as const)),
        );
        assert.equal(results.filter(([, result]) => result.outcome?.$case === 'object').length, 1);
      }
    });

    run('pages of a listing are in the order of UTF-8 bytes, with common prefixes once', async (subject) => {
      const keys = ['a', 'a/1', 'a/2', 'b', 'b/1/x', 'b/2', '\uffee', '\u{1f600}'];
      await Promise.all(keys.map((key) => subject.put(key, 'x')));
      for (const limit of [1, 2, 3, 100])
        assert.deepEqual(await subject.listAll('', '/', limit), ['a', 'a/*', 'b', 'b/*', '\uffee', '\u{1f600}']);
      assert.deepEqual(await subject.listAll('', '', 3), keys);
      assert.deepEqual(await subject.listAll('b/', '/', 1), ['b/1/*', 'b/2']);
      assert.deepEqual(await subject.listAll('c', '', 10), []);
      const after = await subject.under.client.list({ bucket: subject.bucket, prefix: '', delimiter: '', startAfter: 'a/2', limit: 1 });
      assert.deepEqual([after.entries[0]?.key, after.truncated], ['b', true]);
    });

    run('K1, K2: a commit needs an open intent, and holders that are replicas', async (subject) => {
      const holders = [...subject.under.holders(subject.partition('k'))];
      const first = await subject.openIntent('k');
      assert.equal((await subject.commit('k', first, holders)).outcome?.$case, 'object');
      assert.equal(failureOf(await subject.commit('k', first, holders)), IndexFailureCode.INTENT_CLOSED, 'the commit closed it');
      const second = await subject.openIntent('k');
      assert.equal(failureOf(await subject.commit('k', second, ['nobody'])), IndexFailureCode.HOLDERS_STALE);
      assert.equal(
        (await subject.run('k', { $case: 'renewIntent', value: { bucketId: subject.bucket, intentId: second } })).outcome?.$case,
        'done',
      );
      await subject.run('k', { $case: 'abortIntent', value: { bucketId: subject.bucket, intentId: second, notRenewedSinceMs: 0n } });
      assert.equal(failureOf(await subject.commit('k', second, holders)), IndexFailureCode.INTENT_CLOSED, 'it was fenced');
      assert.equal(
        failureOf(await subject.run('k', { $case: 'renewIntent', value: { bucketId: subject.bucket, intentId: second } })),
        IndexFailureCode.INTENT_CLOSED,
      );
    });

    run('a multipart upload is listed, completed, and then gone', async (subject) => {
      const upload = await subject.createUpload('dir/k', '01');
      await subject.createUpload('dir/k', '02');
      await subject.createUpload('z', '03');
      const page = await subject.under.client.listUploads({
        bucket: subject.bucket,
        prefix: '',
        delimiter: '',
        keyMarker: '',
        uploadIdMarker: '',
        limit: 2,
      });
      assert.deepEqual(
        page.entries.map((entry) => entry.upload?.uploadId),
        ['01', '02'],
      );
      assert.equal(page.truncated, true);
      const rest = await subject.under.client.listUploads({
        bucket: subject.bucket,
        prefix: '',
        delimiter: '/',
        keyMarker: 'dir/',
        uploadIdMarker: '',
        limit: 9,
      });
      assert.deepEqual(
        rest.entries.map((entry) => entry.upload?.uploadId),
        ['03'],
      );
      await subject.putEmptyPart(upload, 1);
      const complete = {
        bucketId: subject.bucket,
        key: 'dir/k',
        uploadId: '01',
        condition: undefined,
        minPartSizeBytes: 0n,
        expectedChecksums: [],
        expectedSizeBytes: -1n,
      };
      const wrong = await subject.run('dir/k', {
        $case: 'completeUpload',
        value: { ...complete, parts: [{ number: 2, etag: 'e', checksums: [] }] },
      });
      assert.equal(failureOf(wrong), IndexFailureCode.INVALID_PART);
      const done = await subject.run('dir/k', {
        $case: 'completeUpload',
        value: { ...complete, parts: [{ number: 1, etag: 'part-1', checksums: [] }] },
      });
      assert.equal(done.outcome?.$case, 'object');
      const gone = await subject.run('dir/k', { $case: 'getUpload', value: { bucketId: subject.bucket, key: 'dir/k', uploadId: '01' } });
      assert.equal(failureOf(gone), IndexFailureCode.NO_SUCH_UPLOAD);
    });

    run('X2: a sealed bucket takes nothing, one with a key is not sealed', async (subject) => {
      await subject.put('k', 'x');
      const seal: Op = { $case: 'sealBucket', value: { bucketId: subject.bucket, attempt: 1n } };
      assert.equal(failureOf(await subject.run('k', seal)), IndexFailureCode.BUCKET_NOT_EMPTY);
      await subject.delete('k');
      assert.equal((await subject.run('k', seal)).outcome?.$case, 'done');
      assert.equal(failureOf(await subject.put('k', 'x')), IndexFailureCode.BUCKET_SEALED);
      await subject.run('k', { $case: 'unsealBucket', value: { bucketId: subject.bucket, attempt: 1n } });
      assert.equal((await subject.put('k', 'x')).outcome?.$case, 'object');
    });

    run('a caller that has gone away gets no answer', async (subject) => {
      await assert.rejects(
        subject.under.client.execute(subject.partition('k'), smallPut('k', 'x', {}, subject.bucket), AbortSignal.abort(new Error('gone'))),
        { message: 'gone' },
      );
    });
  });
}
