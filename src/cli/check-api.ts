// Whether the API can be used: a valid CertificateRequest is accepted and stamped by the webhook, an invalid one refused, both as dry-runs that
// store nothing. Once, or until it is so. For startupapicheck and `ctl check api`; where the texts go is theirs.
import { certificateRequests } from '../api/served-kinds.ts';
import { type Clock, delay } from '../base/clock.ts';
import { ApiError } from '../base/errors.ts';
import type { Client } from '../kube/client.ts';
import { missingResources } from '../kube/ready.ts';
import { apiVersionOf, resourcePath } from '../kube/resources.ts';
import { csrTemplateOf, signCsr } from '../pki/csr.ts';
import { generateKey } from '../pki/keys.ts';
import { type ApiProblem, apiProblem, isDenial, problemOf } from './api-problem.ts';

/** The two CertificateRequests that are sent, ready for JSON. */
export interface ApiProbes {
  readonly valid: object;
  readonly invalid: object;
}

/** Made once a process: it takes a key. */
export async function createProbes(): Promise<ApiProbes> {
  const key = await generateKey({ algorithm: 'ECDSA', size: 521 });
  const spec = {
    dnsNames: ['example.com'],
    privateKey: { algorithm: 'ECDSA' as const, size: 521 as const },
    secretName: '',
    issuerRef: { name: 'cmapichecker' },
  };
  const gates = {
    LiteralCertificateSubject: false,
    UseCertificateRequestBasicConstraints: true,
    NameConstraints: false,
    OtherNames: false,
  };
  return {
    valid: probe('cmapichecker-valid-', signCsr(csrTemplateOf(spec, gates), key)),
    invalid: probe('cmapichecker-invalid-', 'invalid-csr'),
  };
}

function probe(generateName: string, request: string): object {
  return {
    apiVersion: apiVersionOf(certificateRequests),
    kind: certificateRequests.kind,
    metadata: { generateName },
    spec: { request: Buffer.from(request).toString('base64'), issuerRef: { name: 'cmapichecker' } },
  };
}

/** How long the API server may take for one probe, its calls of the webhook included, where nothing else is said. */
const defaultTimeoutMs = 10_000;

export interface CheckOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly probes: ApiProbes;
  /** How long one probe may take. */
  readonly timeoutMs?: number;
}

/** One look; undefined where the API can be used. Rejects only when `signal` aborts. */
export async function checkApi(options: CheckOptions, signal: AbortSignal): Promise<ApiProblem | undefined> {
  const accepted = await dryRun(options, options.probes.valid, signal).catch(caught);
  if (accepted instanceof Failure) return explain(accepted.error, options.client, signal);
  if (!accepted.spec?.username && !accepted.spec?.uid) return apiProblem('mutationMissing');
  const refused = await dryRun(options, options.probes.invalid, signal).catch(caught);
  if (!(refused instanceof Failure)) return apiProblem('validationMissing');
  return isDenial(refused.error) ? undefined : explain(refused.error, options.client, signal);
}

class Failure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

const caught = (error: unknown): Failure => new Failure(error);

async function explain(error: unknown, client: Client, signal: AbortSignal): Promise<ApiProblem> {
  signal.throwIfAborted();
  return problemOf(error, await isServed(error, client, signal));
}

interface Stamped {
  readonly spec?: { readonly username?: string; readonly uid?: string };
}

/** The API server is given the time, and we a little more: it then says what it has been waiting for. */
function dryRun(options: CheckOptions, body: object, signal: AbortSignal): Promise<Stamped> {
  const { client, namespace, timeoutMs = defaultTimeoutMs } = options;
  return client.request('POST', resourcePath(certificateRequests, { namespace }), {
    body,
    query: { dryRun: 'All', timeout: `${Math.ceil(timeoutMs / 1000)}s` },
    timeoutMs: timeoutMs + 2_000,
    signal,
  });
}

/** A 404 has two causes, and only discovery tells them apart. */
async function isServed(error: unknown, client: Client, signal: AbortSignal): Promise<boolean> {
  if (!(error instanceof ApiError) || error.status !== 404) return true;
  try {
    return (await missingResources(client, [certificateRequests], signal)).length === 0;
  } catch {
    signal.throwIfAborted();
    return true;
  }
}

export interface WaitOptions {
  /** One look, as `checkApi`. */
  readonly check: (signal: AbortSignal) => Promise<ApiProblem | undefined>;
  /** 0: one look only. */
  readonly waitMs: number;
  /** The longest pause between two looks; the first ones are shorter. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Told of the first problem, and of every other one that follows it. */
  readonly onProblem: (problem: ApiProblem) => void;
  readonly signal: AbortSignal;
}

export type WaitResult =
  | { readonly kind: 'ready' }
  /** `timedOut`: waiting longer might have helped. */
  | { readonly kind: 'notReady'; readonly problem: ApiProblem; readonly timedOut: boolean };

const firstPauseMs = 250;
const pauseGrowth = 1.6;
/** Rights that were just granted take a moment to reach every API server; after that, waiting does not bring them. */
const forbiddenMs = 3_000;
/** How long a look that has begun before the end of the wait may still take. */
const lateMs = 5_000;

/** Looks until the API can be used, `waitMs` have passed, or waiting cannot help. Rejects when `signal` aborts. */
export async function waitForApi(options: WaitOptions): Promise<WaitResult> {
  const { check, waitMs, intervalMs, clock, onProblem, signal } = options;
  const steadyMs = (): number => clock.steadyMs?.() ?? clock.now().getTime();
  const startMs = steadyMs();
  const late = new AbortController();
  const cancel = waitMs > 0 ? clock.after(waitMs + lateMs, () => late.abort(new Error('timed out'))) : () => undefined;
  let problem: ApiProblem | undefined;
  let sinceMs = startMs;
  try {
    for (let attempt = 0; ; attempt++) {
      const found = await check(AbortSignal.any([signal, late.signal]));
      if (found === undefined) return { kind: 'ready' };
      if (found.kind !== problem?.kind) sinceMs = steadyMs();
      if (found.kind !== problem?.kind || found.message !== problem.message) onProblem(found);
      problem = found;
      const isHopeless = waitMs === 0 || (found.kind === 'forbidden' && steadyMs() - sinceMs >= forbiddenMs);
      if (isHopeless) return { kind: 'notReady', problem, timedOut: false };
      const leftMs = startMs + waitMs - steadyMs();
      if (leftMs <= 0) return { kind: 'notReady', problem, timedOut: true };
      await delay(clock, Math.min(intervalMs, leftMs, firstPauseMs * pauseGrowth ** attempt), signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!late.signal.aborted) throw error;
    return { kind: 'notReady', problem: problem ?? apiProblem('unreachable'), timedOut: true };
  } finally {
    cancel();
  }
}
