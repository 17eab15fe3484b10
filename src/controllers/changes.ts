// From what a backend wants done to the cluster to the actions that do it. Pure.
import type { Change } from '../issuers/backend.ts';
import type { Action } from '../kube/reconcile.ts';

/** `by`: field manager. */
export function changeAction(change: Change, by: string): Action {
  return change.kind === 'create'
    ? { kind: 'create', by, resource: change.resource, manifest: change.object }
    : { kind: 'delete', by, resource: change.resource, key: change.key, uid: change.uid };
}
