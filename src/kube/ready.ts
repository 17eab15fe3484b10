// Waits at start until the API server answers and serves every kind that we need, and says what is missing in the meantime.
import type { ResourceType } from '../api/meta.ts';
import { type Clock, delay, systemClock } from '../base/clock.ts';
import { ApiError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Client } from './client.ts';
import { groupPath } from './resources.ts';

export interface ReadyOptions {
  readonly client: Client;
  readonly resources: readonly ResourceType[];
  readonly log: Log;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
}

const pauseMs = 2_000;
const maxPauseMs = 15_000;

/** Resolves once all `resources` are served; rejects only when `signal` aborts. */
export async function waitForApiServer(options: ReadyOptions): Promise<void> {
  const { client, resources, log, signal } = options;
  const clock = options.clock ?? systemClock;
  for (let attempt = 0; ; attempt++) {
    const problem = await findProblem(client, resources, signal);
    if (problem === undefined) return;
    log.warn({ err: problem.error, missing: problem.missing }, problem.message);
    await delay(clock, Math.min(maxPauseMs, pauseMs * 1.5 ** attempt), signal);
  }
}

interface Problem {
  readonly message: string;
  readonly missing?: readonly string[];
  readonly error?: unknown;
}

async function findProblem(
  client: Client,
  resources: readonly ResourceType[],
  signal: AbortSignal,
): Promise<Problem | undefined> {
  try {
    const missing = await missingResources(client, resources, signal);
    return missing.length === 0 ? undefined : { missing, message: missingMessage(missing) };
  } catch (error) {
    signal.throwIfAborted();
    return { error, message: problemMessage(error) };
  }
}

/** `plural.group` of what the server does not serve. */
export async function missingResources(
  client: Client,
  resources: readonly ResourceType[],
  signal?: AbortSignal,
): Promise<string[]> {
  const served = new Map<string, Set<string>>();
  const missing: string[] = [];
  for (const resource of resources) {
    const path = groupPath(resource);
    let names = served.get(path);
    if (names === undefined) {
      names = await namesUnder(client, path, signal);
      served.set(path, names);
    }
    if (!names.has(resource.plural))
      missing.push(resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`);
  }
  return missing;
}

async function namesUnder(client: Client, path: string, signal?: AbortSignal): Promise<Set<string>> {
  try {
    const list = await client.request<{ resources?: { name: string }[] }>('GET', path, { signal });
    return new Set((list.resources ?? []).map(({ name }) => name));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return new Set();
    throw error;
  }
}

function missingMessage(missing: readonly string[]): string {
  return (
    `the API server does not know ${missing.join(', ')}: the CustomResourceDefinitions are not installed. ` +
    'Install the chart with crds.enabled=true, or run kubectl apply --server-side -f on the crds folder. Waiting for them'
  );
}

function problemMessage(error: unknown): string {
  if (!(error instanceof ApiError)) return 'the API server cannot be asked what it serves. Trying again';
  if (error.status === 0) return 'the API server does not answer. Trying again';
  if (error.status === 401 || error.status === 403)
    return 'the API server does not accept our credentials. Trying again';
  return 'the API server is not ready. Trying again';
}
