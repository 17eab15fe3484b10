import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import type { Order } from '../../../../src/api/order.ts';
import { genuineOrder } from '../../../../src/issuers/acme/genuine-order.ts';
import { anAcmeRequest, anOrder } from '../../../support/order-builders.ts';

const request = anAcmeRequest();
const other = anAcmeRequest({ dnsNames: ['b.example.com'] });
const withIp = anAcmeRequest({
  commonName: 'a.example.com',
  dnsNames: ['a.example.com'],
  ipAddresses: ['2001:db8::1'],
});
const names = 'it asks for other names than its signing request';
const foreign = 'it does not belong to the CertificateRequest "web-1"';

const rows: readonly (readonly [string, Order, CertificateRequest, string | undefined])[] = [
  ['as we made it', anOrder(), request, undefined],
  [
    'with everything that the issuer may have added since',
    anOrder({ spec: { duration: '1h', profile: 'p', replaces: 'r' } }),
    request,
    undefined,
  ],
  [
    'with an address in other words',
    anOrder({ request: withIp, spec: { commonName: 'a.example.com', ipAddresses: ['2001:DB8:0::1'] } }),
    withIp,
    undefined,
  ],
  [
    'with defaults in the issuer’s reference',
    anOrder({ spec: { issuerRef: { name: 'acme', kind: 'Issuer', group: 'cert-manager.io' } } }),
    request,
    undefined,
  ],
  ['of nobody', anOrder({ metadata: { ownerReferences: [] } }), request, foreign],
  [
    'of a request of that name before',
    anOrder(),
    { ...request, metadata: { ...request.metadata, uid: 'new' } },
    foreign,
  ],
  ['of another namespace', anOrder({ metadata: { namespace: 'b' } }), request, foreign],
  ['not approved', anOrder(), anAcmeRequest(undefined, { conditions: [] }), 'its CertificateRequest is not approved'],
  [
    'another CSR',
    anOrder({ spec: { request: other.spec.request } }),
    request,
    'its signing request is not that of its CertificateRequest',
  ],
  [
    'another issuer',
    anOrder({ spec: { issuerRef: { name: 'b' } } }),
    request,
    'its issuer is not that of its CertificateRequest',
  ],
  [
    'another kind of issuer',
    anOrder({ spec: { issuerRef: { name: 'acme', kind: 'ClusterIssuer' } } }),
    request,
    'its issuer is not that of its CertificateRequest',
  ],
  ['another name', anOrder({ spec: { dnsNames: ['evil.example.com'] } }), request, names],
  ['a further name', anOrder({ spec: { dnsNames: ['a.example.com', 'evil.example.com'] } }), request, names],
  ['a common name of its own', anOrder({ spec: { commonName: 'evil.example.com' } }), request, names],
  ['a further address', anOrder({ spec: { ipAddresses: ['10.0.0.1'] } }), request, names],
  ['by another name', anOrder({ metadata: { name: 'mine' } }), request, 'its name is not the one that its spec gives'],
];
for (const [name, order, of, expected] of rows) {
  test(`an Order ${name}`, () => assert.equal(genuineOrder(order, of), expected));
}

test('an Order whose request has no CSR that can be read', () => {
  const broken = anAcmeRequest(undefined, { spec: { request: 'bm9uc2Vuc2U=' } });
  assert.equal(
    genuineOrder(anOrder({ request: broken }), broken),
    'the signing request of its CertificateRequest cannot be read',
  );
});
