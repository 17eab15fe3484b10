// What the API server would not let us make for a backend: remembered, so that whoever waits for it is told why. Memory only: after a restart it is
// tried once more before anything is said.
import { ApiError } from '../base/errors.ts';
import type { Change, Note } from '../issuers/backend.ts';
import type { Execute } from '../kube/execute.ts';
import type { Action } from '../kube/reconcile.ts';

type Create = Extract<Action, { kind: 'create' }>;

/** The oldest go first. */
const limit = 10_000;

export class RefusedChanges {
  readonly #refusals = new Map<string, string>();

  /** What to say about the first of these changes that was refused when it was last tried; undefined where none was. */
  noteOn(changes: readonly Change[] = []): Note | undefined {
    for (const change of changes) {
      const error = change.kind === 'create' ? this.#refusals.get(idOf(change.resource, change.object)) : undefined;
      if (error !== undefined && change.kind === 'create' && change.refused !== undefined) {
        return { reason: change.refused.reason, message: `${change.refused.message}: ${error}` };
      }
    }
    return undefined;
  }

  /** `execute`, taking note of each creation that the API server refuses. The error is thrown on, for the queue's back-off. */
  guard(execute: Execute): Execute {
    return async (actions, signal) => {
      const at = actions.findIndex(({ kind }) => kind === 'create');
      if (at < 0) return execute(actions, signal);
      if (at > 0) await execute(actions.slice(0, at), signal);
      await this.#create(actions[at] as Create, execute, signal);
      if (at + 1 < actions.length) await this.guard(execute)(actions.slice(at + 1), signal);
    };
  }

  async #create(action: Create, execute: Execute, signal: AbortSignal | undefined): Promise<void> {
    const id = idOf(action.resource, action.manifest);
    this.#refusals.delete(id);
    try {
      await execute([action], signal);
    } catch (error) {
      if (error instanceof ApiError) this.#note(id, error.message);
      throw error;
    }
  }

  #note(id: string, message: string): void {
    this.#refusals.set(id, message);
    const oldest = this.#refusals.keys().next();
    if (this.#refusals.size > limit && oldest.done !== true) this.#refusals.delete(oldest.value);
  }
}

function idOf({ group, plural }: Create['resource'], { metadata }: Pick<Create['manifest'], 'metadata'>): string {
  return `${plural}.${group}/${metadata.namespace ?? ''}/${metadata.name}`;
}
