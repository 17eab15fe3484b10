// An Ingress of the user's with the path of a challenge in it, and without it again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../../../src/api/meta.ts';
import { withoutSolverPath, withSolverPath } from '../../../../src/solvers/http01/edited-ingress.ts';
import type { IngressPath, IngressRule } from '../../../../src/solvers/http01/ingress-path.ts';
import { anHttp01Challenge } from '../../../support/http01-builders.ts';
import { deepFreeze, someTimeText } from '../../../support/request-builders.ts';

const challenge = anHttp01Challenge({ ingress: { name: 'shop' } });
const challengePath = `/.well-known/acme-challenge/${challenge.spec.token}`;
const path = (to: string, name = 'solver'): IngressPath => ({
  path: to,
  pathType: 'Exact',
  backend: { service: { name, port: { number: 8089 } } },
});
const shop: IngressPath = {
  path: '/',
  pathType: 'Prefix',
  backend: { service: { name: 'shop', port: { number: 80 } } },
};
const rule = (host: string, ...paths: readonly IngressPath[]): IngressRule => ({ host, http: { paths } });
const solver = path(challengePath);
const web = 'web.example.com';

function anIngress(
  rules: readonly IngressRule[] | undefined,
  more: object = {},
): KubeObject & { readonly spec: object } {
  return deepFreeze({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop', namespace: 'app', uid: 'uid', resourceVersion: '7', creationTimestamp: someTimeText },
    spec: { ...more, ...(rules === undefined ? {} : { rules }) },
  });
}

const edited = (rules?: readonly IngressRule[], more?: object) =>
  withSolverPath(anIngress(rules, more), challenge, 'solver', { exactPaths: true });
const cleaned = (rules?: readonly IngressRule[], more?: object) => withoutSolverPath(anIngress(rules, more), challenge);

describe('with the path of a challenge', () => {
  type Row = readonly [string, readonly IngressRule[] | undefined, readonly IngressRule[] | undefined];
  const table: readonly Row[] = [
    ['a rule for the host gets it first', [rule(web, shop)], [rule(web, solver, shop)]],
    [
      'only the first rule for the host',
      [rule(web, shop), rule(web, shop)],
      [rule(web, solver, shop), rule(web, shop)],
    ],
    [
      'another host gets a rule of its own',
      [rule('other.example', shop)],
      [rule('other.example', shop), rule(web, solver)],
    ],
    ['a rule without paths', [{ host: web }], [rule(web, solver)]],
    ['no rule at all', undefined, [rule(web, solver)]],
    ['the path leads elsewhere', [rule(web, shop, path(challengePath, 'old'))], [rule(web, shop, solver)]],
    ['the path leads to no Service', [rule(web, { ...solver, backend: {} })], [rule(web, solver)]],
    ['it is there', [rule(web, shop, solver)], undefined],
    [
      'another challenge is there',
      [rule(web, path('/.well-known/acme-challenge/x'), shop)],
      [rule(web, solver, path('/.well-known/acme-challenge/x'), shop)],
    ],
  ];
  for (const [what, before, after] of table)
    it(what, () =>
      assert.deepEqual(
        edited(before, { ingressClassName: 'a' }),
        after === undefined ? undefined : anIngress(after, { ingressClassName: 'a' }),
      ),
    );

  it('an address is proved on every host', () => {
    const address = anHttp01Challenge({ ingress: { name: 'shop' } }, { dnsName: '192.0.2.1' });
    const found = withSolverPath(anIngress([rule(web, shop)]), address, 'solver', { exactPaths: false });
    const loose = { ...solver, pathType: 'ImplementationSpecific' };
    assert.deepEqual(found, anIngress([rule(web, shop), { http: { paths: [loose] } }]));
  });
});

describe('without the path of a challenge', () => {
  type Row = readonly [string, readonly IngressRule[] | undefined, readonly IngressRule[] | undefined, object?];
  const table: readonly Row[] = [
    ['it goes', [rule(web, solver, shop)], [rule(web, shop)]],
    ['whoever it leads to', [rule(web, path(challengePath, 'old'), shop)], [rule(web, shop)]],
    ['as often as it is there', [rule(web, solver, shop), rule(web, solver)], [rule(web, shop)]],
    ['its rule goes with it', [rule('other.example', shop), rule(web, solver)], [rule('other.example', shop)]],
    [
      'a rule of another host stays',
      [rule('other.example', solver), rule(web, solver)],
      [rule('other.example', solver)],
    ],
    ['a rule without paths stays', [{ host: web }, rule(web, solver)], [{ host: web }]],
    ['the last rule loses its path, for one there must be', [rule(web, solver)], [{ host: web }]],
    ['or a default backend', [rule(web, solver)], [], { defaultBackend: {} }],
    ['it is not there', [rule(web, shop)], undefined],
    ['nothing is there', undefined, undefined],
  ];
  for (const [what, before, after, more = {}] of table)
    it(what, () => assert.deepEqual(cleaned(before, more), after === undefined ? undefined : anIngress(after, more)));
});

it('what was edited and cleaned is what it was', () => {
  const aPath = fc.constantFrom(shop, path('/.well-known/acme-challenge/x'), path('/a'));
  const aRule = fc.record({
    host: fc.constantFrom(web, 'other.example'),
    paths: fc.array(aPath, { minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(aRule, { minLength: 1, maxLength: 4 }), (rules) => {
      const before = anIngress(rules.map(({ host, paths }) => rule(host, ...paths)));
      const between = withSolverPath(before, challenge, 'solver', { exactPaths: true });
      assert.ok(
        between !== undefined && withSolverPath(between, challenge, 'solver', { exactPaths: true }) === undefined,
      );
      assert.deepEqual(withoutSolverPath(between, challenge), before);
    }),
  );
});
