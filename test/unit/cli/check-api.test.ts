import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ApiProblem, apiProblem } from '../../../src/cli/api-problem.ts';
import { createProbes, waitForApi } from '../../../src/cli/check-api.ts';
import { decodeCsr, verifyCsr } from '../../../src/pki/csr.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const silent = apiProblem('deploymentNotReady', 'connection refused');
const noCa = apiProblem('caNotInjected');
const forbidden = apiProblem('forbidden');

interface Run {
  /** Seconds since the start, of every look. */
  readonly looks: number[];
  readonly told: ApiProblem[];
  readonly result: unknown;
}

/** Each look finds what `answers` has next, and then always its last one. */
async function run(
  answers: readonly (ApiProblem | undefined)[],
  options: { waitMs: number; intervalMs?: number },
): Promise<Run> {
  const clock = new ManualClock();
  const start = clock.now().getTime();
  const [looks, told]: [number[], ApiProblem[]] = [[], []];
  const waiting = waitForApi({
    check: async () => {
      looks.push((clock.now().getTime() - start) / 1000);
      return answers[Math.min(looks.length, answers.length) - 1];
    },
    waitMs: options.waitMs,
    intervalMs: options.intervalMs ?? 5_000,
    clock,
    onProblem: (problem) => told.push(problem),
    signal: new AbortController().signal,
  });
  await clock.advance('1h');
  return { looks, told, result: await waiting };
}

describe('waiting for the API', () => {
  test('once, without a wait: ready', async () => {
    assert.deepEqual(await run([undefined], { waitMs: 0 }), { looks: [0], told: [], result: { kind: 'ready' } });
  });

  test('once, without a wait: not ready', async () => {
    const { looks, result } = await run([silent, undefined], { waitMs: 0 });
    assert.deepEqual([looks, result], [[0], { kind: 'notReady', problem: silent, timedOut: false }]);
  });

  test('looks at short intervals first, then at the interval; tells each reason once', async () => {
    const answers = [...Array(6).fill(silent), { ...silent, detail: 'other' }, ...Array(6).fill(noCa), undefined];
    const { looks, told, result } = await run(answers, { waitMs: 60_000 });
    const pauses = looks.slice(1).map((at, index) => Math.round((at - (looks[index] ?? 0)) * 100) / 100);
    assert.deepEqual(pauses, [0.25, 0.4, 0.64, 1.02, 1.64, 2.62, 4.2, 5, 5, 5, 5, 5, 5]);
    assert.deepEqual([told, result], [[silent, noCa], { kind: 'ready' }]);
  });

  test('gives up in time, after a last look at the very end', async () => {
    const { looks, result } = await run([silent], { waitMs: 3_000, intervalMs: 1_000 });
    assert.equal(looks.at(-1), 3);
    assert.deepEqual(result, { kind: 'notReady', problem: silent, timedOut: true });
  });

  test('waits for missing rights for a moment only', async () => {
    const { looks, result } = await run([forbidden], { waitMs: 600_000 });
    assert.equal((looks.at(-1) ?? 0) < 10, true);
    assert.deepEqual(result, { kind: 'notReady', problem: forbidden, timedOut: false });
  });

  test('rights that arrive in that moment are enough', async () => {
    assert.deepEqual((await run([forbidden, forbidden, undefined], { waitMs: 60_000 })).result, { kind: 'ready' });
  });

  test('a look that hangs ends with the wait', async () => {
    const clock = new ManualClock();
    const waiting = waitForApi({
      check: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
      waitMs: 10_000,
      intervalMs: 5_000,
      clock,
      onProblem: () => undefined,
      signal: new AbortController().signal,
    });
    await clock.advance('15s');
    assert.deepEqual(await waiting, { kind: 'notReady', problem: apiProblem('unreachable'), timedOut: true });
  });

  test('an interruption ends it', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const waiting = waitForApi({
      check: async () => silent,
      waitMs: 10_000,
      intervalMs: 5_000,
      clock: new ManualClock(),
      onProblem: () => stop.abort(reason),
      signal: stop.signal,
    });
    await assert.rejects(waiting, reason);
  });
});

test('the probes: a P-521 CSR for example.com, and something that is none', async () => {
  const { valid, invalid } = await createProbes();
  const { metadata, spec, ...kind } = valid as {
    metadata: object;
    spec: { request: string; issuerRef: object };
  };
  const csr = decodeCsr(Buffer.from(spec.request, 'base64'));
  assert.equal(verifyCsr(csr), true);
  assert.deepEqual(
    [kind, metadata, spec.issuerRef, csr.names.dnsNames],
    [
      { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest' },
      { generateName: 'cmapichecker-valid-' },
      { name: 'cmapichecker' },
      ['example.com'],
    ],
  );
  assert.deepEqual(invalid, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { generateName: 'cmapichecker-invalid-' },
    spec: { request: 'aW52YWxpZC1jc3I=', issuerRef: { name: 'cmapichecker' } },
  });
});
