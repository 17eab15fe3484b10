// What each component's ServiceAccount may do on a cluster, and what it may not: asked of the API server as `kubectl auth can-i` asks, for
// the rights that would hurt. (can-i itself cannot ask about signers, which are no resource that the server knows.)
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { type Cluster, theCluster } from '../../support/e2e/cluster.ts';
import { installDefault, releaseNamespace } from '../../support/e2e/release.ts';

const accounts = {
  controller: 'cert-manager',
  webhook: 'cert-manager-webhook',
  cainjector: 'cert-manager-cainjector',
} as const;
type Account = keyof typeof accounts;
const all: readonly Account[] = ['controller', 'webhook', 'cainjector'];

/** The `resourceAttributes` of a SubjectAccessReview. */
interface Attributes {
  readonly verb: string;
  readonly resource: string;
  readonly group?: string;
  readonly subresource?: string;
  readonly name?: string;
  /** `default` stands for any that is not ours. */
  readonly namespace?: string;
}

const secret = (verb: string, namespace: string, name?: string): Attributes => ({
  verb,
  resource: 'secrets',
  namespace,
  ...(name === undefined ? {} : { name }),
});
const approve = (name: string): Attributes => ({
  verb: 'approve',
  resource: 'signers',
  group: 'cert-manager.io',
  name,
});
const webhooks = { resource: 'validatingwebhookconfigurations', group: 'admissionregistration.k8s.io' };
const crds = { resource: 'customresourcedefinitions', group: 'apiextensions.k8s.io' };
const rbac = 'rbac.authorization.k8s.io';

/** [what, as asked, who may]. */
const rights: readonly [string, Attributes, readonly Account[]][] = [
  ['read Secrets everywhere', secret('get', 'default'), ['controller', 'cainjector']],
  ['write Secrets everywhere', secret('update', 'default'), ['controller']],
  ['read the CA Secret of the webhook', secret('get', releaseNamespace, 'cert-manager-webhook-ca'), all],
  [
    'write the CA Secret of the webhook',
    secret('update', releaseNamespace, 'cert-manager-webhook-ca'),
    ['controller', 'webhook'],
  ],
  ['write another Secret beside it', secret('update', releaseNamespace, 'other'), ['controller']],
  ['approve for our Issuers', approve('issuers.cert-manager.io/*'), ['controller']],
  ['approve for our ClusterIssuers', approve('clusterissuers.cert-manager.io/*'), ['controller']],
  ['approve for anybody', approve('issuers.example.com/*'), []],
  ['change CRDs', { verb: 'patch', ...crds }, ['cainjector']],
  ['make CRDs', { verb: 'create', ...crds }, []],
  ['delete CRDs', { verb: 'delete', ...crds }, []],
  ['change webhooks', { verb: 'patch', ...webhooks }, ['cainjector']],
  ['make webhooks', { verb: 'create', ...webhooks }, []],
  [
    'ask who may what',
    { verb: 'create', resource: 'subjectaccessreviews', group: 'authorization.k8s.io' },
    ['controller', 'webhook'],
  ],
  ['give rights', { verb: 'create', resource: 'clusterrolebindings', group: rbac }, []],
  ['widen roles', { verb: 'escalate', resource: 'clusterroles', group: rbac }, []],
  ['be somebody else', { verb: 'impersonate', resource: 'users' }, []],
  ['ask for tokens', { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace: 'default' }, []],
  ['run commands in pods', { verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'default' }, []],
  ['start pods, for HTTP01', { verb: 'create', resource: 'pods', namespace: 'default' }, ['controller']],
  ['start Deployments', { verb: 'create', resource: 'deployments', group: 'apps', namespace: 'default' }, []],
  ['read ConfigMaps', { verb: 'get', resource: 'configmaps', namespace: 'default' }, []],
  ['read nodes', { verb: 'list', resource: 'nodes' }, []],
  ['do anything at all', { verb: '*', resource: '*', group: '*' }, []],
];

describe('the rights of the installed components', () => {
  let cluster: Cluster;
  before(async () => {
    cluster = theCluster();
    await installDefault(cluster);
  });

  const may = async (account: Account, resourceAttributes: Attributes): Promise<boolean> => {
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${releaseNamespace}`, 'system:authenticated'];
    const user = `system:serviceaccount:${releaseNamespace}:${accounts[account]}`;
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: { user, groups, resourceAttributes },
    };
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const { status } = await cluster.api.request<{ status: { allowed: boolean } }>('POST', path, review);
    return status.allowed;
  };

  for (const [what, attributes, expected] of rights) {
    const who = expected.length === 0 ? 'nobody' : expected.join(', ');
    it(`${who} may ${what}`, async () => {
      const answers = await Promise.all(all.map((account) => may(account, attributes)));
      assert.deepEqual(
        all.filter((_, index) => answers[index]),
        expected,
      );
    });
  }
});
