// CertificateRequests before a real API server that asks our webhook: who they are from, who may approve them, what stays as it is.
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import type { CertificateRequest } from '../../../src/api/certificate-request.ts';
import type { Condition } from '../../../src/api/conditions.ts';
import { certificateRequests } from '../../../src/api/kinds.ts';
import { customResourceDefinitions, namespaces } from '../../../src/kube/resources.ts';
import type { UserInfo } from '../../../src/webhook/review.ts';
import {
  type AdmissionWebhook,
  grant,
  installCrdsWithoutRules,
  startAdmissionWebhook,
} from '../../support/admission-webhook.ts';
import { type ControlPlane, startControlPlane, type User } from '../../support/control-plane.ts';
import { aCsrPem } from '../../support/pki-builders.ts';
import { until } from '../../support/until.ts';
import { createWebhookCaller, type WebhookCaller } from '../../support/webhook-caller.ts';

const denied = 'admission webhook "webhook.cert-manager.io" denied the request: ';
const csr = Buffer.from(aCsrPem({ dnsNames: ['web.example.com'] })).toString('base64');

describe('CertificateRequests and their webhook', () => {
  let plane: ControlPlane;
  let webhook: AdmissionWebhook;
  let caller: WebhookCaller;
  let namespace: string;
  let alice: User;
  before(async () => {
    caller = await createWebhookCaller();
    plane = await startControlPlane({ apiserverFlags: caller.apiserverFlags });
    await installCrdsWithoutRules(plane);
    webhook = await startAdmissionWebhook(plane, caller.verification);
    namespace = await plane.createNamespace('requests');
    alice = await plane.user('alice', ['dev', 'ops']);
    // Everything but the right to approve, which is about signers.
    await grant(plane, 'dev', 'group:dev', [
      {
        apiGroups: ['cert-manager.io'],
        resources: ['certificaterequests', 'certificaterequests/status'],
        verbs: ['*'],
      },
    ]);
  });
  after(async () => {
    await webhook?.close();
    await plane?.stop();
    caller?.remove();
  });

  const kubectl = (user: User, args: readonly string[], input?: string) =>
    plane.kubectl(['--kubeconfig', user.kubeconfig, '-n', namespace, ...args], input);
  const complaint = async (done: Promise<string>): Promise<string> => {
    const error = await done.then(
      (said) => assert.fail(`it was let through: ${said}`),
      (reason: Error) => reason,
    );
    const { message } = error;
    assert.ok(message.includes(denied), message);
    return message.slice(message.indexOf(denied) + denied.length);
  };
  let count = 0;
  const manifest = (spec: object = {}, metadata: object = {}) =>
    JSON.stringify({
      apiVersion: 'cert-manager.io/v1',
      kind: 'CertificateRequest',
      metadata: { name: `web-${++count}`, ...metadata },
      spec: { issuerRef: { name: 'ca' }, request: csr, ...spec },
    });
  const created = async (user: User, spec: object = {}, args: readonly string[] = [], metadata: object = {}) =>
    JSON.parse(
      await kubectl(user, ['create', '-o', 'json', '-f', '-', ...args], manifest(spec, metadata)),
    ) as CertificateRequest;
  const identityOf = ({ spec: { username, uid, groups, extra } }: CertificateRequest) => ({
    username,
    uid,
    groups: groups?.toSorted(),
    extra,
  });
  const whoIs = async (user: User) => {
    const review = JSON.parse(await kubectl(user, ['auth', 'whoami', '-o', 'json'])) as {
      status: { userInfo: UserInfo };
    };
    const { username, uid = '', groups = [], extra } = review.status.userInfo;
    return { username, uid, groups: groups.toSorted(), extra };
  };

  describe('identity', () => {
    test('is that of the requester', async () => {
      const identity = identityOf(await created(alice));
      assert.deepEqual(identity, await whoIs(alice));
      assert.deepEqual([identity.username, identity.groups], ['alice', ['dev', 'ops', 'system:authenticated']]);
    });

    test('whatever the request claims', async () => {
      const claim = { username: 'root', uid: '0', groups: ['system:masters'], extra: { a: ['b'] } };
      assert.deepEqual(identityOf(await created(alice, claim)), await whoIs(alice));
    });

    test('also of a user who is impersonated, with all that is said of that user', async () => {
      const as = [
        '--as=bob',
        '--as-uid=7',
        '--as-group=dev',
        '--as-group=dev2',
        '--as-user-extra=example.org/team=a',
        '--as-user-extra=example.org/team=b',
      ];
      assert.deepEqual(identityOf(await created(plane.admin, { extra: { other: ['x'] } }, as)), {
        username: 'bob',
        uid: '7',
        groups: ['dev', 'dev2', 'system:authenticated'],
        extra: { 'example.org/team': ['a', 'b'] },
      });
      assert.deepEqual(
        identityOf(
          await created(plane.admin, { extra: { other: ['x'] } }, ['--as=system:serviceaccount:a:b', '--as-group=dev']),
        ),
        {
          username: 'system:serviceaccount:a:b',
          uid: '',
          groups: ['dev', 'system:authenticated'],
          extra: undefined,
        },
      );
    });

    test('in a dry run, too, and nothing is stored', async () => {
      const request = await created(alice, {}, ['--dry-run=server']);
      assert.equal(request.spec.username, 'alice');
      const key = { namespace, name: request.metadata.name };
      assert.equal(await plane.client.find(certificateRequests, key), undefined);
    });

    test('by server-side apply', async () => {
      const said = await kubectl(alice, ['apply', '--server-side', '-o', 'json', '-f', '-'], manifest());
      assert.equal((JSON.parse(said) as CertificateRequest).spec.username, 'alice');
    });

    test('stays for good', async () => {
      const { metadata } = await created(alice);
      const patch = (spec: object) =>
        kubectl(alice, ['patch', 'certificaterequest', metadata.name, '--type=merge', '-p', JSON.stringify({ spec })]);
      const spec = 'spec: Forbidden: cannot change spec after creation';
      const fixed = (field: string) => `spec.${field}: Forbidden: ${field} identity cannot be changed once set`;
      const cases: readonly [object, string][] = [
        [{ username: 'root' }, `[${fixed('username')}, ${spec}]`],
        [{ uid: '7' }, `[${fixed('uid')}, ${spec}]`],
        [{ groups: [] }, `[${fixed('groups')}, ${spec}]`],
        [{ extra: null }, `[${fixed('extra')}, ${spec}]`],
        [{ isCA: true }, spec],
      ];
      for (const [change, message] of cases) assert.equal(await complaint(patch(change)), message);
      await kubectl(alice, ['label', 'certificaterequest', metadata.name, 'a=b']);
    });
  });

  const condition = (type: string, more: Partial<Condition> = {}): Condition => ({
    type,
    status: 'True',
    reason: 'Test',
    message: 'as the test wants it',
    lastTransitionTime: '2026-11-22T19:00:00Z',
    ...more,
  });
  const setStatus = (user: User, name: string, conditions: readonly Condition[], args: readonly string[] = []) =>
    kubectl(user, [
      ...['patch', 'certificaterequest', name, '--subresource=status', '--type=merge', '-o', 'json'],
      ...['-p', JSON.stringify({ status: { conditions } })],
      ...args,
    ]);
  const decide = async (user: User, spec: object, args: readonly string[] = []) =>
    setStatus(user, (await created(alice, spec)).metadata.name, [condition('Approved')], args);
  const approver = async (name: string, ...resourceNames: string[]) => {
    const user = await plane.user(name, ['dev']);
    const rule = { apiGroups: ['cert-manager.io'], resources: ['signers'], verbs: ['approve'], resourceNames };
    await grant(plane, name, name, [rule]);
    return user;
  };
  const mayNot = (name: string, shown: string) =>
    `status.conditions: Forbidden: user "${name}" does not have permissions to set approved/denied conditions for issuer ${shown}`;

  describe('approval', () => {
    test('needs the right to approve for that issuer', async () => {
      const all = await approver('approver-all', 'issuers.cert-manager.io/*');
      const one = await approver('approver-one', `issuers.cert-manager.io/${namespace}.ca`);
      const elsewhere = await approver(
        'approver-elsewhere',
        'issuers.cert-manager.io/other.ca',
        'clusterissuers.cert-manager.io/*',
      );
      const cluster = await approver('approver-cluster', 'clusterissuers.cert-manager.io/ca');
      const clusterIssuer = { issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' } };
      const shown = '{ca ClusterIssuer cert-manager.io}';
      await decide(all, {});
      await decide(one, {});
      await decide(cluster, clusterIssuer);
      await decide(elsewhere, clusterIssuer);
      assert.equal(await complaint(decide(alice, {})), mayNot('alice', '{ca  }'));
      assert.equal(await complaint(decide(elsewhere, {})), mayNot('approver-elsewhere', '{ca  }'));
      assert.equal(await complaint(decide(all, clusterIssuer)), mayNot('approver-all', shown));
      assert.equal(await complaint(decide(one, { issuerRef: { name: 'ca2' } })), mayNot('approver-one', '{ca2  }'));
    });

    test('of a group or an impersonated user counts as well', async () => {
      await grant(plane, 'approvers', 'group:approvers', [
        { apiGroups: ['cert-manager.io'], resources: ['signers'], verbs: ['approve'] },
      ]);
      await decide(plane.admin, {}, ['--as=carol', '--as-group=dev', '--as-group=approvers', '--as-user-extra=a=b']);
      const refused = decide(plane.admin, {}, ['--as=carol', '--as-group=dev']);
      assert.equal(await complaint(refused), mayNot('carol', '{ca  }'));
    });

    test('denying needs it, too, and anything else in the status does not', async () => {
      const { metadata } = await created(alice);
      const refused = setStatus(alice, metadata.name, [condition('Denied')]);
      assert.equal(await complaint(refused), mayNot('alice', '{ca  }'));
      await setStatus(alice, metadata.name, [condition('Ready', { status: 'False', reason: 'Pending' })]);
      await setStatus(plane.admin, metadata.name, [condition('Denied')]);
    });

    test('outside the status it is dropped', async () => {
      const { metadata } = await created(alice);
      const status = { conditions: [condition('Approved')] };
      const said = await kubectl(alice, [
        'patch',
        'certificaterequest',
        metadata.name,
        '--type=merge',
        '-o',
        'json',
        '-p',
        JSON.stringify({ status }),
      ]);
      assert.equal((JSON.parse(said) as CertificateRequest).status, undefined);
    });

    test('has a shape, and stays as it is', async () => {
      const approved = condition('Approved');
      const changed = (type: string) =>
        `status.conditions: Forbidden: '${type}' condition may not be modified once set`;
      const both = "status.conditions: Forbidden: both 'Denied' and 'Approved' conditions cannot coexist";
      const { metadata } = await created(alice);
      const fresh = [
        [
          [condition('Approved', { status: 'False' })],
          'status.conditions.Approved: Invalid value: "False": "Approved" condition may only be set to True',
        ],
        [[approved, condition('Denied')], both],
      ] as const;
      for (const [conditions, message] of fresh)
        assert.equal(await complaint(setStatus(plane.admin, metadata.name, conditions)), message);
      await setStatus(plane.admin, metadata.name, [approved]);
      const then = [
        [[condition('Approved', { message: 'changed' })], changed('Approved')],
        [[condition('Approved', { lastTransitionTime: '2026-11-22T19:00:01Z' })], changed('Approved')],
        [[], changed('Approved')],
        [[approved, condition('Denied')], both],
        [[condition('Denied')], changed('Approved')],
      ] as const;
      for (const [conditions, message] of then)
        assert.equal(await complaint(setStatus(plane.admin, metadata.name, conditions)), message);
      await setStatus(alice, metadata.name, [approved, condition('Ready', { reason: 'Issued' })]);
    });

    test('for the issuers of others, whose kinds the API server knows', async () => {
      const group = 'issuers.example.org';
      const thing = { issuerRef: { name: 'x', kind: 'ExampleIssuer', group } };
      const shown = `{x ExampleIssuer ${group}}`;
      const absent = `spec.issuerRef: Forbidden: referenced signer resource does not exist: ${shown}`;
      assert.equal(await complaint(decide(plane.admin, thing)), absent);
      await installCrd(plane, group, 'ExampleIssuer', 'exampleissuers', 'Namespaced');
      await installCrd(plane, group, 'ExampleClusterIssuer', 'exampleclusterissuers', 'Cluster');
      await decide(plane.admin, thing);
      const one = await approver('external-one', `exampleissuers.${group}/${namespace}.x`);
      const cluster = await approver('external-cluster', `exampleclusterissuers.${group}/x`);
      await decide(one, thing);
      await decide(cluster, { issuerRef: { ...thing.issuerRef, kind: 'ExampleClusterIssuer' } });
      assert.equal(await complaint(decide(cluster, thing)), mayNot('external-cluster', shown));
      const unknown = { issuerRef: { ...thing.issuerRef, kind: 'Other' } };
      assert.equal(
        await complaint(decide(plane.admin, unknown)),
        `spec.issuerRef: Forbidden: referenced signer resource does not exist: {x Other ${group}}`,
      );
    });
  });

  test('annotations of ours stay as they are', async () => {
    const own = 'cert-manager.io/certificate-name';
    const { metadata } = await created(alice, {}, [], { annotations: { [own]: 'web', other: 'a' } });
    const annotate = (...changes: string[]) =>
      kubectl(alice, ['annotate', '--overwrite', 'certificaterequest', metadata.name, ...changes]);
    const message = (key: string) =>
      `metadata.annotations.${key}: Forbidden: cannot change cert-manager annotation after creation`;
    assert.equal(await complaint(annotate(`${own}=shop`)), message(own));
    assert.equal(await complaint(annotate(`${own}-`)), message(own));
    assert.equal(await complaint(annotate('acme.cert-manager.io/x=y')), message('acme.cert-manager.io/x'));
    await annotate('other=b');
  });

  test('nobody notices that the certificate of the webhook is another one', async () => {
    const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificaterequests?dryRun=All`;
    const before = webhook.reviews();
    for (let round = 0; round < 5; round++) {
      const made = Array.from({ length: 20 }, () =>
        plane.client.request('POST', path, JSON.parse(manifest()) as object),
      );
      await webhook.renew();
      await Promise.all(made);
    }
    assert.equal(webhook.reviews() - before, 200);
  });

  test('only the API server may ask', async () => {
    const url = `https://127.0.0.1:${webhook.server.port}/validate`;
    const { cert, key } = plane.admin.access;
    for (const options of [{}, { cert, key }]) {
      await assert.rejects(
        new Promise((resolve, reject) => {
          request(url, { method: 'POST', rejectUnauthorized: false, agent: false, ...options }, resolve)
            .on('error', reject)
            .end();
        }),
      );
    }
  });

  test('a namespace can be left out of validation, never of the stamp', async () => {
    const name = await plane.createNamespace('unchecked');
    await plane.client.merge(
      namespaces,
      { name },
      { metadata: { labels: { 'cert-manager.io/disable-validation': 'true' } } },
    );
    const unchecked = await until('the API server knows the label', async () => {
      try {
        const said = await plane.kubectl(
          ['create', '-n', name, '-o', 'json', '-f', '-'],
          manifest({ request: 'eA==', username: 'x' }),
        );
        return JSON.parse(said) as CertificateRequest;
      } catch {
        return undefined;
      }
    });
    assert.equal(unchecked.spec.username, 'admin');
  });
});

async function installCrd(
  { client }: ControlPlane,
  group: string,
  kind: string,
  plural: string,
  scope: 'Namespaced' | 'Cluster',
): Promise<void> {
  const name = `${plural}.${group}`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await client.apply(customResourceDefinitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  await until(`${name} is served`, async () => {
    try {
      const list = await client.request<{ resources: { kind: string }[] }>('GET', `/apis/${group}/v1`);
      return list.resources.some((each) => each.kind === kind);
    } catch {
      return false;
    }
  });
}
