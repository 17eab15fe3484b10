// The issuer controller, for Issuers or for ClusterIssuers: wires observe, decide, perform and settle together.
import type { Issuer } from '../../api/issuer.ts';
import type { Key, KubeObject } from '../../api/meta.ts';
import type { AnyBackend, CheckOutcome } from '../../issuers/backend.ts';
import type { BackendIoFactory } from '../../issuers/io.ts';
import { resourceNamespaceOf } from '../../issuers/issuer-type.ts';
import { secretReferencesOf } from '../../issuers/references.ts';
import { type Collection, type Indexes, keyOf } from '../../kube/collection.ts';
import type { Execute } from '../../kube/execute.ts';
import type { Controller } from '../../kube/reconcile.ts';
import { RefusedChanges } from '../refused-changes.ts';
import { type CheckCall, decideIssuer, type IssuerSeen, settleIssuer } from './decide.ts';

export interface IssuerControllerOptions {
  readonly scope: 'Issuer' | 'ClusterIssuer';
  /** The collection of that kind, with the indexes of `issuerIndexes`. */
  readonly issuers: Collection<Issuer>;
  readonly io: BackendIoFactory;
  readonly backends: readonly AnyBackend[];
  readonly clusterResourceNamespace: string;
}

/** The index that both collections of issuers must have: `secretReferences`, by `namespace/name` of the Secrets that an issuer refers to. */
export function issuerIndexes(backends: readonly AnyBackend[], clusterResourceNamespace: string): Indexes<Issuer> {
  return { secretReferences: (issuer) => secretReferencesOf(issuer, backends, clusterResourceNamespace) };
}

/** Which issuers a change concerns; `object` is undefined where it is gone, `previous` where it is new. */
export type IssuerMapping<T> = (object: T | undefined, previous: T | undefined) => readonly Key[];

/**
 * The controller, the mappings from changes to the keys it must look at (`issuers` is the collection of its own kind), and `guard`: the `execute`
 * that the controller is started with must go through it, so that the status says what could not be made.
 */
export function createIssuerController(options: IssuerControllerOptions): {
  readonly controller: Controller<IssuerSeen, CheckCall, CheckOutcome>;
  readonly watches: { readonly issuers: IssuerMapping<Issuer>; readonly secrets: IssuerMapping<KubeObject> };
  readonly guard: (execute: Execute) => Execute;
} {
  const refused = new RefusedChanges();
  const controller: Controller<IssuerSeen, CheckCall, CheckOutcome> = {
    name: options.scope === 'Issuer' ? 'issuers' : 'clusterissuers',
    observe: async (key) => {
      const issuer = options.issuers.get(key);
      return issuer === undefined ? undefined : { issuer };
    },
    decide: (seen) => decideIssuer(seen, options.backends),
    perform: async (call, signal) => told(await check(call, options, signal), refused),
    settle: (seen, _call, outcome, now) => settleIssuer(seen, outcome, now),
  };
  return {
    controller,
    guard: (execute) => refused.guard(execute),
    watches: {
      issuers: (issuer) => (issuer === undefined ? [] : [keyOf(issuer)]),
      secrets: (secret, previous) => {
        const { namespace, name } = (secret ?? previous)?.metadata ?? {};
        if (name === undefined) return [];
        return options.issuers.by('secretReferences', `${namespace ?? ''}/${name}`).map(keyOf);
      },
    },
  };
}

/** An issuer that waits for what cannot be made is not ready. */
function told(outcome: CheckOutcome, refused: RefusedChanges): CheckOutcome {
  const note = outcome.kind === 'unfinished' ? refused.noteOn(outcome.changes) : undefined;
  return note === undefined ? outcome : { ...outcome, kind: 'notReady', ...note, initError: note.message };
}

async function check(
  { issuer, backend: type }: CheckCall,
  options: IssuerControllerOptions,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const backend = options.backends.find((each) => each.type === type);
  const config = backend?.config(issuer);
  if (backend === undefined || config === undefined) throw new Error(`no backend for issuer type ${type}`);
  const resourceNamespace = resourceNamespaceOf(issuer, options.clusterResourceNamespace);
  return backend.check(config, options.io.open({ resourceNamespace, signal }), issuer);
}
