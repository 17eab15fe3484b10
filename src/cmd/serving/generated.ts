// A serving certificate that is made here, under a CA that all replicas share in a Secret.
import type { Key } from '../../api/meta.ts';
import type { Log } from '../../base/log.ts';
import type { Client } from '../../kube/client.ts';
import { CurrentPair, type ServingSource } from './source.ts';

export interface GeneratedOptions {
  readonly secret: Key;
  readonly names: readonly string[];
  readonly leafLifetimeMs: number;
  readonly managedBy: string;
}

export interface GeneratedDeps {
  client(): Promise<Client>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Answers at once; the certificate comes as soon as the API server has been reached. `failed` rejects where there is no way to reach it. */
export function generated(options: GeneratedOptions, deps: GeneratedDeps): ServingSource {
  const { log, signal } = deps;
  const { secret, names, leafLifetimeMs, managedBy } = options;
  const source = new CurrentPair();
  const keep = async (): Promise<void> => {
    const client = await deps.client();
    const { keepServing } = await import('../../controllers/serving-authority/controller.ts');
    await keepServing({
      client,
      secret,
      leaf: { names, lifetimeMs: leafLifetimeMs },
      managedBy,
      use: (pair) => source.set(pair),
      lack: (problem) => source.lack(problem),
      log,
      signal,
    });
  };
  keep().catch((error: unknown) => source.fail(error instanceof Error ? error : new Error(String(error))));
  return source;
}
