// The roles that the chart makes against those that the source declares.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type DeclaredRole, declaredRoles } from '../../src/cmd/access/roles.ts';
import type { Rule } from '../../src/cmd/access/rule.ts';
import { type Rendered, render } from '../support/chart.ts';

const namespaces = { cluster: undefined, leases: 'leases', pods: 'cert-manager' };
const values = { global: { leaderElection: { namespace: 'leases' } } };

/** Independent of the order of rules and of what is in them. */
const sorted = (rules: readonly Rule[]) =>
  rules
    .map((rule) => Object.fromEntries(Object.entries(rule).map(([field, items]) => [field, items.toSorted()])))
    .map((rule) => JSON.stringify(rule, Object.keys(rule).toSorted()))
    .toSorted();

const keyOf = (name: string, namespace: string | undefined) => `${namespace ?? ''}/${name}`;
const declaredKey = ({ name, scope }: DeclaredRole) => keyOf(name, namespaces[scope]);

/** What a set of objects grants: role → its rules, and role → who has it. */
function grants(objects: readonly Rendered[]) {
  const of = (kinds: readonly string[]) => objects.filter(({ kind }) => kinds.includes(kind));
  const roles = of(['ClusterRole', 'Role']).map(
    ({ metadata, rules }) => [keyOf(metadata.name, metadata.namespace), rules as readonly Rule[]] as const,
  );
  const bindings = of(['ClusterRoleBinding', 'RoleBinding']).map(({ metadata, roleRef, subjects }) => {
    const { name } = roleRef as { name: string };
    const holders = (subjects as readonly { kind: string; name: string; namespace: string }[]).map(
      (subject) => `${subject.kind} ${subject.namespace}/${subject.name}`,
    );
    assert.equal(name, metadata.name, 'a binding is named as its role');
    return [keyOf(name, metadata.namespace), holders] as const;
  });
  return { roles: new Map(roles), bindings: new Map(bindings) };
}

const accounts = {
  controller: 'ServiceAccount cert-manager/cert-manager',
  webhook: 'ServiceAccount cert-manager/cert-manager-webhook',
  cainjector: 'ServiceAccount cert-manager/cert-manager-cainjector',
  startupapicheck: 'ServiceAccount cert-manager/cert-manager-startupapicheck',
};

describe('what the chart grants is what is declared', () => {
  let apart: ReturnType<typeof grants>;
  let combined: ReturnType<typeof grants>;
  before(async () => {
    apart = grants(await render(values));
    combined = grants(await render({ ...values, combined: true }));
  });

  test('no role more, no role less', () => {
    const expected = declaredRoles.map(declaredKey).toSorted();
    assert.deepEqual([...apart.roles.keys()].toSorted(), expected);
    assert.deepEqual([...combined.roles.keys()].toSorted(), expected);
  });
  for (const role of declaredRoles) {
    test(role.name, () => {
      const key = declaredKey(role);
      assert.deepEqual(sorted(apart.roles.get(key) ?? []), sorted(role.rules));
      assert.deepEqual(sorted(combined.roles.get(key) ?? []), sorted(role.rules));
      assert.deepEqual(apart.bindings.get(key), role.holder === 'people' ? undefined : [accounts[role.holder]]);
    });
  }
  test('in one pod the controller’s account has the roles of all that run there', () => {
    for (const role of declaredRoles.filter(({ holder }) => holder !== 'people')) {
      const holder = role.holder === 'startupapicheck' ? accounts.startupapicheck : accounts.controller;
      assert.deepEqual(combined.bindings.get(declaredKey(role)), [holder], role.name);
    }
  });
});

const rolesWith = async (more: object) => [...grants(await render({ ...values, ...more })).roles];

test('without roles there are none', async () => {
  assert.deepEqual(await rolesWith({ global: { rbac: { create: false } } }), []);
});

test('without cainjector and approval their roles are gone', async () => {
  const names = (await rolesWith({ cainjector: { enabled: false }, disableAutoApproval: true })).map(([key]) => key);
  assert.deepEqual(
    declaredRoles.map(declaredKey).filter((key) => !names.includes(key)),
    [
      '/cert-manager-controller-approve:cert-manager-io',
      '/cert-manager-cainjector',
      'leases/cert-manager-cainjector:leaderelection',
    ],
  );
});

test('a serving authority of the metrics is in the role of who keeps it', async () => {
  const config = { metricsTLSConfig: { dynamic: { secretNamespace: 'cert-manager', secretName: 'metrics-ca' } } };
  const roles = new Map(await rolesWith({ webhook: { config }, cainjector: { config } }));
  const namesIn = (key: string) => roles.get(key)?.flatMap((rule) => rule.resourceNames ?? []);
  assert.deepEqual(namesIn('cert-manager/cert-manager-webhook:dynamic-serving'), [
    'cert-manager-webhook-ca',
    'metrics-ca',
  ]);
  assert.deepEqual(namesIn('cert-manager/cert-manager-cainjector:dynamic-serving'), ['metrics-ca']);
});
