// Changes that are told and forgotten: for objects of which nobody keeps anything, because whoever is told reads them when they are needed.
import type { Key, KubeObject, ResourceType } from '../api/meta.ts';
import { keyOf } from './collection.ts';
import type { Watched } from './watch.ts';

export interface NoticesOptions {
  readonly resource: ResourceType;
  /**
   * Told of every object that a watch brings: listed at first and again after each interruption, changed, deleted. An object that went while the
   * watch was interrupted is not told of.
   */
  readonly tell: (raw: KubeObject) => void;
  /** What `tell` threw: it may not stop the watch. */
  readonly onFault?: (fault: unknown, key: Key) => void;
}

export function createNotices({ resource, tell, onFault }: NoticesOptions): Watched {
  const pass = (raw: KubeObject): void => {
    try {
      tell(raw);
    } catch (fault) {
      onFault?.(fault, keyOf(raw));
    }
  };
  const ignore = (): void => undefined;
  return {
    resource,
    feed: () => ({ begin: ignore, complete: ignore, progress: ignore, listed: pass, changed: pass, deleted: pass }),
  };
}
