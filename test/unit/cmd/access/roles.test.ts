// Declared access against the code: every kind of object that a component's code names must be one that the component may touch.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import type { ResourceType } from '../../../../src/api/meta.ts';
import { declaredRoles, type Holder, rolesOf } from '../../../../src/cmd/access/roles.ts';
import { allows, rule } from '../../../../src/cmd/access/rule.ts';
import { readSource } from '../../../support/architecture/source-text.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** Files that list kinds for whoever wants them: only what others import of them is in use. */
const lists = ['src/api/kinds.ts', 'src/kube/resources.ts'];

/** The names that a file imports, by the file that it takes them from, types left out. */
function importsOf(path: string): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(join(root, path), 'utf8');
  const { imports } = readSource(path, text);
  const found = new Map<string, readonly string[]>();
  for (const { kind, specifier } of imports) {
    if (kind === 'type' || specifier?.startsWith('.') !== true) continue;
    const target = relative(root, join(root, dirname(path), specifier));
    const clause = new RegExp(`import \\{([^}]*)\\} from '${specifier.replaceAll('.', '\\.')}'`).exec(text)?.[1] ?? '';
    const names = clause.split(',').map((name) => name.trim());
    found.set(target, [
      ...(found.get(target) ?? []),
      ...names.filter((name) => name !== '' && !name.startsWith('type ')),
    ]);
  }
  return found;
}

const isResource = (value: unknown): value is ResourceType =>
  typeof value === 'object' && value !== null && 'plural' in value && 'group' in value && 'namespaced' in value;

/** Every kind that is named on the way from a component's command. */
async function resourcesIn(start: string): Promise<ReadonlyMap<string, ResourceType>> {
  const used = new Map<string, ResourceType>();
  const seen = new Set([start]);
  for (const path of seen) {
    const own = (await import(join(root, path))) as Readonly<Record<string, unknown>>;
    if (!lists.includes(path))
      for (const value of Object.values(own)) if (isResource(value)) used.set(value.plural, value);
    for (const [target, names] of importsOf(path)) {
      seen.add(target);
      const theirs = (await import(join(root, target))) as Readonly<Record<string, unknown>>;
      for (const value of names.map((name) => theirs[name])) if (isResource(value)) used.set(value.plural, value);
    }
  }
  return used;
}

/** Kinds that a component's code names without asking the API server for them: the webhook gets its objects sent. */
const named: Readonly<Partial<Record<Holder, readonly string[]>>> = {
  webhook: ['certificates', 'certificaterequests', 'issuers', 'clusterissuers', 'orders', 'challenges'],
};

describe('a component names no kind that it may not touch', () => {
  const holders = (['controller', 'webhook', 'cainjector'] as const).filter((holder) =>
    existsSync(join(root, 'src', 'cmd', holder, 'command.ts')),
  );
  for (const holder of holders) {
    test(holder, async () => {
      const rules = rolesOf(holder).flatMap((role) => role.rules);
      const resources = [...(await resourcesIn(`src/cmd/${holder}/command.ts`)).values()];
      assert.ok(resources.length > 0, 'found none at all');
      const refused = resources
        .filter(({ plural }) => !(named[holder] ?? []).includes(plural))
        .filter(({ group, plural }) => !verbs.some((verb) => allows(rules, group, plural, verb)));
      assert.deepEqual(
        refused.map(({ group, plural }) => `${plural}.${group}`),
        [],
      );
    });
  }
});

/** [what, group, resource, verb, whether the controller may]. */
const controllerMay: readonly [string, string, string, string, boolean][] = [
  ['watch Secrets', '', 'secrets', 'watch', true],
  ['apply Secrets', '', 'secrets', 'patch', true],
  ['change the status of a Certificate', 'cert-manager.io', 'certificates/status', 'update', true],
  ['change a CRD', 'apiextensions.k8s.io', 'customresourcedefinitions', 'update', false],
  ['make a role', 'rbac.authorization.k8s.io', 'roles', 'create', false],
  ['impersonate', '', 'users', 'impersonate', false],
  ['run in a pod', '', 'pods/exec', 'create', false],
  ['take a token', '', 'serviceaccounts/token', 'create', false],
];

describe('the controller may', () => {
  const rules = rolesOf('controller').flatMap((role) => role.rules);
  for (const [what, group, resource, verb, expected] of controllerMay)
    test(`${expected ? '' : 'not '}${what}`, () => assert.equal(allows(rules, group, resource, verb), expected));
});

test('no role has a wildcard, and none may do what leads to more rights', () => {
  const dangerous = ['escalate', 'bind', 'impersonate', '*'];
  for (const { name, rules } of declaredRoles) {
    for (const each of rules) {
      assert.ok(!each.verbs.some((verb) => dangerous.includes(verb)), name);
      assert.ok(!each.resources.includes('*') && !each.apiGroups.includes('*'), name);
      assert.ok(!each.resources.includes('serviceaccounts/token'), name);
    }
  }
});

test('the webhook reads no Secret but its own', () => {
  const rules = rolesOf('webhook').flatMap((role) => role.rules);
  const ofSecrets = rules.filter((each) => each.resources.includes('secrets') && !each.verbs.includes('create'));
  assert.deepEqual(ofSecrets, [rule('', 'secrets', ['get', 'list', 'watch', 'update'], ['cert-manager-webhook-ca'])]);
});
