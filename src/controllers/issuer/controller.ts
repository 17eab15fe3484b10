// The issuer controller, for Issuers or for ClusterIssuers: wires observe, decide, perform and settle together.
import type { Issuer } from '../../api/issuer.ts';
import type { Key, KubeObject } from '../../api/meta.ts';
import type { AnyBackend, CheckOutcome } from '../../issuers/backend.ts';
import type { BackendIoFactory } from '../../issuers/io.ts';
import { resourceNamespaceOf } from '../../issuers/issuer-type.ts';
import { secretReferencesOf } from '../../issuers/references.ts';
import { type Collection, type Indexes, keyOf } from '../../kube/collection.ts';
import type { Controller } from '../../kube/reconcile.ts';
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

/** The controller and the mappings from changes to the keys it must look at; `issuers` is the collection of its own kind. */
export function createIssuerController(options: IssuerControllerOptions): {
  readonly controller: Controller<IssuerSeen, CheckCall, CheckOutcome>;
  readonly watches: { readonly issuers: IssuerMapping<Issuer>; readonly secrets: IssuerMapping<KubeObject> };
} {
  const controller: Controller<IssuerSeen, CheckCall, CheckOutcome> = {
    name: options.scope === 'Issuer' ? 'issuers' : 'clusterissuers',
    observe: async (key) => {
      const issuer = options.issuers.get(key);
      return issuer === undefined ? undefined : { issuer };
    },
    decide: (seen) => decideIssuer(seen, options.backends),
    perform: (call, signal) => check(call, options, signal),
    settle: (seen, _call, outcome, now) => settleIssuer(seen, outcome, now),
  };
  return {
    controller,
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
