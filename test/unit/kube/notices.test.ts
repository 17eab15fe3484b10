import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { KubeObject } from '../../../src/api/meta.ts';
import { createNotices } from '../../../src/kube/notices.ts';
import { secrets } from '../../../src/kube/resources.ts';

const secret = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'n', name, uid: name, resourceVersion: '1', creationTimestamp: '' },
});

it('every object that a watch brings is told of, and one that cannot be understood hurts no other', () => {
  const told: string[] = [];
  const faults: string[] = [];
  const notices = createNotices({
    resource: secrets,
    tell: ({ metadata }) => {
      if (metadata.name === 'bad') throw new Error('cannot tell');
      told.push(metadata.name);
    },
    onFault: (fault, key) => faults.push(`${key.namespace}/${key.name}: ${(fault as Error).message}`),
  });
  assert.equal(notices.resource, secrets);
  const feed = notices.feed();
  feed.begin();
  feed.listed(secret('a'));
  feed.listed(secret('bad'));
  feed.complete('5');
  feed.changed(secret('b'));
  feed.progress('6');
  feed.deleted(secret('c'));
  assert.deepEqual(told, ['a', 'b', 'c']);
  assert.deepEqual(faults, ['n/bad: cannot tell']);
});
