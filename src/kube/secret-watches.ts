// How Secrets are watched: those of ours in full, all others by their metadata only, so that neither memory nor the wire holds what nobody
// needs.
import type { KubeObject } from '../api/meta.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Client } from './client.ts';
import type { StoredCollection } from './store.ts';
import { startWatch, type Watch } from './watch.ts';

/** Marks the Secrets that are watched in full; upstream's label for the same purpose. */
const label = 'controller.cert-manager.io/fao';

/**
 * Two watches feed `collection`: Secrets labelled fao=true in full, and the metadata of all Secrets. The second says what exists, so that a
 * Secret whose label changes is never missing in between, whichever watch hears of it first; its view counts for Secrets without the label.
 * The collection's transform sees metadata only (no `type`) for those.
 */
export function watchSecrets(options: {
  readonly client: Client;
  // biome-ignore lint/suspicious/noExplicitAny: a watch does not care what its collection makes of the objects
  readonly collection: StoredCollection<any>;
  readonly namespace?: string | undefined;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly signal: AbortSignal;
  readonly paged?: boolean;
}): Watch {
  const whole = startWatch({ ...options, labelSelector: `${label}=true`, feed: { decidesExistence: false } });
  const metadata = startWatch({ ...options, metadataOnly: true, feed: { isContent: (raw) => !isWatchedInFull(raw) } });
  return {
    synced: Promise.all([whole.synced, metadata.synced]).then(() => undefined),
    stopped: Promise.all([whole.stopped, metadata.stopped]).then(() => undefined),
  };
}

export function isWatchedInFull(raw: KubeObject): boolean {
  return raw.metadata.labels?.[label] === 'true';
}
