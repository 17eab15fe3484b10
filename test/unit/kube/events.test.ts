// The recorder under a burst. What arrives at the API server, and how it looks there, is test/api/kube/runtime.test.ts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import type { Client } from '../../../src/kube/client.ts';
import { createRecorder } from '../../../src/kube/events.ts';
import { aCertificate } from '../../support/certificate-builders.ts';

const burst = 1_000;

/** Answers creates only when told to, and counts them. */
function slowClient() {
  const waiting: (() => void)[] = [];
  const created: string[] = [];
  const create = (_resource: unknown, manifest: { readonly metadata: { readonly name: string } }) =>
    new Promise((resolve) => {
      created.push(manifest.metadata.name);
      waiting.push(() => resolve(manifest));
    });
  const answerAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      for (const answer of waiting.splice(0)) answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { client: { create } as unknown as Client, created, answerAll };
}

describe('a recorder in a burst', () => {
  it('lets nobody wait while few events do, makes who adds to many wait, and loses none', async () => {
    const { client, created, answerAll } = slowClient();
    const recorder = createRecorder({ client, log: silentLog });
    const record = (i: number): void =>
      recorder.record({
        kind: 'event',
        by: 'test',
        about: aCertificate({}, undefined, { name: `c${i}`, uid: `uid-${i}` }),
        type: 'Normal',
        reason: 'Issuing',
        message: 'm',
      });
    record(0);
    await recorder.room();
    for (let i = 1; i < burst; i++) record(i);
    let hasRoom = false;
    const room = recorder.room().then(() => {
      hasRoom = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(hasRoom, false);
    await answerAll();
    await room;
    await recorder.flush();
    assert.equal(new Set(created).size, burst);
  });
});
