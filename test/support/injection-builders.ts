// CAs and targets for tests of the CA injection: real PEM, and objects of the four kinds that hold a bundle.
import type { KubeObject, ManagedFieldsEntry } from '../../src/api/meta.ts';
import type { InjectionRules, InjectionSeen } from '../../src/controllers/cainjector/seen.ts';
import type { TargetKind } from '../../src/controllers/cainjector/targets.ts';
import { apiVersionOf } from '../../src/kube/resources.ts';
import { signCertificate } from '../../src/pki/certificate.ts';
import { encodeName, subjectOf } from '../../src/pki/distinguished-name.ts';
import { usagesOf } from '../../src/pki/key-usage.ts';
import { keyFactsOf, spkiOf } from '../../src/pki/keys.ts';
import { aKey, hour, issuanceTime } from './pki-builders.ts';

export const injectionTime = issuanceTime;

export const injectionRules: InjectionRules = {
  merging: true,
  maximumBytes: 330_000,
  namespace: '',
  ignoredNamespaces: new Set(),
  certificates: true,
};

/** The PEM of a self-signed CA that ends `hours` after `from`; negative: it has expired. Each call makes another certificate. */
export function aCaPem(name: string, hours = 24, from: Date = injectionTime): string {
  const key = aKey('p256', 'injected');
  const subjectDer = encodeName(subjectOf(undefined, name));
  const usages = usagesOf([], true);
  return signCertificate(
    {
      subjectDer,
      spki: spkiOf(key),
      notBefore: new Date(from.getTime() - 1000 * hour),
      notAfter: new Date(from.getTime() + hours * hour),
      isCA: true,
      keyUsage: usages.bits,
      extKeyUsage: [],
    },
    { key, facts: keyFactsOf(key), subjectDer, ski: undefined },
  );
}

export const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

/** A target of that kind with these bundles (base64, one a webhook; the other kinds have one). */
export function aTarget(
  kind: TargetKind,
  change: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly bundles?: readonly string[];
    readonly managedFields?: readonly ManagedFieldsEntry[];
  } = {},
): KubeObject {
  const { annotations = {}, bundles = [''], managedFields } = change;
  const clientConfigs = bundles.map((caBundle) => ({
    service: { name: 'web', namespace: 'app' },
    ...(caBundle === '' ? {} : { caBundle }),
  }));
  const [clientConfig] = clientConfigs;
  const content: Readonly<Record<string, object>> = {
    CustomResourceDefinition: { spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig } } } },
    APIService: { spec: { group: 'web.example', version: 'v1', ...clientConfig } },
  };
  const webhooks = clientConfigs.map((each, index) => ({ name: `hook-${index}.web.example`, clientConfig: each }));
  return {
    apiVersion: apiVersionOf(kind.resource),
    kind: kind.resource.kind,
    metadata: {
      name: 'web',
      uid: 'target-uid',
      resourceVersion: '7',
      creationTimestamp: '2026-11-22T19:00:00Z',
      annotations,
      ...(managedFields === undefined ? {} : { managedFields }),
    },
    ...(content[kind.resource.kind] ?? { webhooks }),
  } as KubeObject;
}

/** What a look at `live` sees where the CA is `ca`. */
export function seenWith(live: KubeObject, ca: string, change: Partial<InjectionSeen> = {}): InjectionSeen {
  return {
    target: live,
    source: { kind: 'ca', ca: Buffer.from(ca) },
    live,
    past: { writes: [] },
    lookAgain: false,
    leads: true,
    ...change,
  };
}
