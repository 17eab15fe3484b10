// What a component is to the process that it runs in, alone or beside others: its own work, its health, its client. Signals, the logger and
// the listeners of metrics and profiles belong to the process (run-together.ts).
import type { Client } from '../kube/client.ts';
import type { Endpoints } from './health.ts';
import type { Logger } from './log/logger.ts';
import type { MetricsPage } from './metrics/page.ts';
import type { Process } from './process.ts';

/** What a process gives to a component that lives in it. */
export interface Surroundings {
  readonly log: Logger;
  readonly env: Process['env'];
  /** Where the component adds its metrics. */
  readonly page: MetricsPage;
  /** Aborts when the process is asked to stop in order. */
  readonly stopping: AbortSignal;
}

export interface Life {
  /** To be listened for while the component lives, from before it has reached its cluster. */
  readonly health: { readonly address: string; readonly endpoints: Endpoints } | undefined;
  /** Its connection to the cluster, opened at the first call. Rejects where credentials cannot be read. */
  client(): Promise<Client>;
  /**
   * Lives until `stopping` aborts or it cannot go on. Resolves with the exit code: 0 after an orderly stop, 1 otherwise. Rejects with what
   * kept it from starting. Nothing of it goes on once this has settled.
   */
  live(): Promise<number>;
}

/** Makes a life without starting anything. */
export type Birth<Settings> = (settings: Settings, surroundings: Surroundings) => Life;

/** `make`, called once at most; a failure is not remembered. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
