// Our admission code as the webhook of a control plane, in this process: registered as the chart does it, but called by URL.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { kinds } from '../../src/api/kinds.ts';
import type { ResourceType } from '../../src/api/meta.ts';
import { silentLog } from '../../src/base/log.ts';
import { type AdmissionServer, startAdmissionServer } from '../../src/kube/admission-server.ts';
import type { ClientVerification } from '../../src/kube/client-verification.ts';
import { customResourceDefinitions } from '../../src/kube/resources.ts';
import { defaultPemLimits } from '../../src/pki/limits.ts';
import { createAdmission } from '../../src/webhook/admission.ts';
import { mutating, type Registration, validating } from '../../src/webhook/registration.ts';
import type { ApiClient, Manifest } from './api-client.ts';
import { clientFor } from './cluster.ts';
import { createAuthority } from './control-plane/authority.ts';
import type { ControlPlane } from './control-plane.ts';
import { until } from './until.ts';

export interface AdmissionWebhook {
  readonly server: AdmissionServer;
  /** Another certificate of the same CA for new handshakes. */
  renew(): Promise<void>;
  /** How many reviews were answered. */
  reviews(): number;
  close(): Promise<void>;
}

/** Starts it and waits until the API server asks it. */
export async function startAdmissionWebhook(
  plane: ControlPlane,
  clientVerification?: ClientVerification,
): Promise<AdmissionWebhook> {
  const authority = await createAuthority();
  const { access } = await plane.user('webhook');
  await grant(plane, 'webhook', 'webhook', [
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ]);
  const client = clientFor(access);
  const gates = { LiteralCertificateSubject: true, NameConstraints: true, OtherNames: true };
  const admission = createAdmission({ client, gates, limits: defaultPemLimits, log: silentLog });
  let reviews = 0;
  const server = await startAdmissionServer({
    port: 0,
    host: '127.0.0.1',
    tls: {},
    clientVerification,
    log: silentLog,
    limits: { lingerMs: 0 },
    onRequest: () => {
      reviews++;
    },
    mutate: admission.mutate,
    validate: admission.validate,
  });
  const renew = async () =>
    server.setTls(await authority.issue({ commonName: 'webhook', names: [{ type: 'ip', value: '127.0.0.1' }] }));
  await renew();
  await register(plane, server.port, authority.cert);
  return {
    server,
    renew,
    reviews: () => reviews,
    close: async () => {
      await server.close();
      client.close();
    },
  };
}

/** A kind of webhook configuration, by its plural. */
export const configurations = (plural: string, kind: string): ResourceType => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

async function register(plane: ControlPlane, port: number, caPem: string): Promise<void> {
  const registrations: readonly [string, string, Registration][] = [
    ['mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', mutating],
    ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', validating],
  ];
  for (const [plural, kind, { path, ...webhook }] of registrations) {
    const clientConfig = { url: `https://127.0.0.1:${port}${path}`, caBundle: Buffer.from(caPem).toString('base64') };
    await plane.client.apply(configurations(plural, kind), {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: 'cert-manager-webhook' },
      webhooks: [{ ...webhook, clientConfig }],
    });
  }
  const probe = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { generateName: 'probe-' },
    spec: { issuerRef: { name: 'x' }, request: 'eA==' },
  };
  const path = '/apis/cert-manager.io/v1/namespaces/default/certificaterequests?dryRun=All';
  await until('the API server asks the webhook', async () => {
    try {
      await plane.client.request('POST', path, probe);
      return false;
    } catch {
      return true;
    }
  });
}

const crdFolder = join(import.meta.dirname, '..', '..', 'crds');

/**
 * Our CRDs without the rules in them, which would answer before the webhook is asked: as in a cluster that has upstream's. Waits until they
 * are served.
 */
export async function installCrdsWithoutRules({ client }: ControlPlane): Promise<void> {
  for (const name of readdirSync(crdFolder)) {
    const manifest = JSON.stringify(parse(readFileSync(join(crdFolder, name), 'utf8')), (key, value) =>
      key === 'x-kubernetes-validations' ? undefined : value,
    );
    await client.apply(customResourceDefinitions, JSON.parse(manifest) as Manifest);
  }
  for (const kind of kinds) {
    await until(`${kind.plural} are served`, async () => {
      try {
        await client.list(kind);
        return true;
      } catch {
        return false;
      }
    });
  }
}

export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** A ClusterRole of that name with these rules, and its binding to a user or a group (`group:<name>`). Waits until it counts. */
export async function grant(
  { client }: ControlPlane,
  name: string,
  subject: string,
  rules: readonly AccessRule[],
): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const apiVersion = `${group}/v1`;
  const resource = (plural: string, kind: string): ResourceType => ({
    group,
    version: 'v1',
    plural,
    kind,
    namespaced: false,
  });
  const isGroup = subject.startsWith('group:');
  const manifests: readonly [ResourceType, Manifest][] = [
    [
      resource('clusterroles', 'ClusterRole'),
      { apiVersion, kind: 'ClusterRole', metadata: { name: `test:${name}` }, rules },
    ],
    [
      resource('clusterrolebindings', 'ClusterRoleBinding'),
      {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: { name: `test:${name}` },
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: `test:${name}` },
        subjects: [
          {
            apiGroup: group,
            kind: isGroup ? 'Group' : 'User',
            name: isGroup ? subject.slice('group:'.length) : subject,
          },
        ],
      },
    ],
  ];
  for (const [resource, manifest] of manifests) await client.apply(resource, manifest);
  const whom = isGroup ? { groups: [subject.slice('group:'.length)] } : { user: subject };
  await Promise.all(rules.map((rule) => until(`${name} counts`, () => counts(client, whom, rule))));
}

/** Whether the API server's own authorizer has heard of the rule. */
async function counts(client: ApiClient, whom: object, rule: AccessRule): Promise<boolean> {
  const resourceAttributes = {
    group: rule.apiGroups[0],
    resource: rule.resources[0],
    verb: rule.verbs[0],
    name: rule.resourceNames?.[0],
  };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { ...whom, resourceAttributes },
  };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const { status } = await client.request<{ status: { allowed: boolean } }>('POST', path, review);
  return status.allowed;
}
