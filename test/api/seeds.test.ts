// The manifests of the articles that the examples are taken from, applied with kubectl as a reader would, and what comes of them, as openssl sees it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Certificate } from '../../src/api/certificate.ts';
import { certificateRequests, certificates } from '../../src/api/kinds.ts';
import { secrets } from '../../src/kube/resources.ts';
import { asks, workFolder } from '../oracle/programs.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import {
  bytesOf,
  describeCertificate,
  describeKey,
  openPkcs12,
  type TlsSecret,
  verifyChain,
} from '../support/openssl.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { untilReady } from '../support/private-ca.ts';
import { until } from '../support/until.ts';

const examples = join(import.meta.dirname, '..', '..', 'docs', 'examples');
const defaultUsages = { 'Key Usage critical': 'Digital Signature, Key Encipherment' };
const issuer = 'CN=certmanager-ca,O=cert-manager';

/** Certificate, key, names and validity of each example. */
const expected = [
  {
    of: 'cert-manager/selfsigned-ca',
    secret: 'selfsigned-ca',
    key: 'RSA 2048',
    header: 'RSA PRIVATE KEY',
    certificate: {
      subject: issuer,
      issuer,
      validHours: 21600,
      extensions: {
        'Key Usage critical': 'Digital Signature, Key Encipherment, Certificate Sign',
        'Basic Constraints critical': 'CA:TRUE',
      },
    },
  },
  {
    of: 'istio-system/cacerts',
    secret: 'cacerts',
    key: 'RSA 2048',
    header: 'RSA PRIVATE KEY',
    certificate: {
      subject: 'CN=istiod.istio-system.svc',
      issuer,
      validHours: 1440,
      extensions: {
        'Key Usage critical': 'Digital Signature, Key Encipherment, Certificate Sign',
        'Basic Constraints critical': 'CA:TRUE',
        'Subject Alternative Name': 'DNS:istiod.istio-system.svc',
      },
    },
  },
  {
    of: 'sandbox/example-com',
    secret: 'tls-example.com',
    key: 'EC 256 prime256v1',
    header: 'EC PRIVATE KEY',
    certificate: {
      subject: 'CN=example.com,O=xxx',
      issuer,
      validHours: 2160,
      extensions: {
        'Extended Key Usage': 'TLS Web Server Authentication, TLS Web Client Authentication',
        'Basic Constraints critical': 'CA:FALSE',
        'Subject Alternative Name':
          'DNS:example.com, DNS:*.example.com, IP Address:192.168.0.5, URI:spiffe://cluster.local/ns/sandbox/sa/example',
      },
    },
  },
  {
    of: 'sandbox/rsa',
    secret: 'rsa-tls',
    key: 'RSA 2048',
    header: 'RSA PRIVATE KEY',
    certificate: {
      subject: '',
      issuer,
      validHours: 2160,
      extensions: {
        ...defaultUsages,
        'Basic Constraints critical': 'CA:FALSE',
        'Subject Alternative Name critical': 'DNS:rsa.example.com',
      },
    },
  },
  {
    of: 'sandbox/keystore',
    secret: 'keystore-tls',
    key: 'RSA 2048',
    header: 'RSA PRIVATE KEY',
    certificate: {
      subject: '',
      issuer,
      validHours: 2160,
      extensions: {
        ...defaultUsages,
        'Basic Constraints critical': 'CA:FALSE',
        'Subject Alternative Name critical': 'DNS:java.example.com',
      },
    },
  },
] as const;

describe('the manifests of the articles', () => {
  let plane: ControlPlane;
  let operator: Operator;
  const folder = workFolder();
  const secretOf = (namespace: string, name: string) => plane.client.get<TlsSecret>(secrets, { namespace, name });

  before(async () => {
    // Of its own: one of the flags tried here makes the controllers write every Secret there is.
    plane = await startControlPlane({ crds: true, controllerManager: true });
    operator = await startOperator(plane);
    await plane.kubectl(['create', 'namespace', 'cert-manager']);
    await plane.kubectl(['apply', '-f', examples]);
  });
  after(async () => {
    await operator?.stop();
    await plane?.stop();
    folder.remove();
  });

  for (const { of, secret: secretName, key, header, certificate } of expected) {
    it(`${of} becomes Ready, and openssl finds in ${secretName} what was asked for`, asks('openssl'), async () => {
      const [namespace = '', name = ''] = of.split('/');
      await untilReady(plane, namespace, name);
      const secret = await secretOf(namespace, secretName);
      assert.equal(secret.type, 'kubernetes.io/tls');
      assert.deepEqual(describeCertificate(secret), certificate);
      assert.equal(describeKey(secret), key);
      assert.match(bytesOf(secret, 'tls.key').toString(), new RegExp(`^-----BEGIN ${header}-----\n`));
      const root = bytesOf(await secretOf('cert-manager', 'selfsigned-ca'), 'tls.crt');
      assert.deepEqual(bytesOf(secret, 'ca.crt').toString(), root.toString());
      assert.deepEqual(verifyChain(secret, root, folder), {
        succeeded: true,
        output: `${folder.at('chain.pem')}: OK\n`,
      });
      assert.equal(secret.metadata.ownerReferences, undefined);
    });
  }

  it('labels and annotations of the secretTemplate are on the Secret, with what the certificate is about', async () => {
    const { metadata } = await secretOf('sandbox', 'tls-example.com');
    assert.deepEqual(metadata.labels, { 'controller.cert-manager.io/fao': 'true', 'my-secret-label': 'foo' });
    assert.deepEqual(metadata.annotations, {
      'cert-manager.io/alt-names': 'example.com,*.example.com',
      'cert-manager.io/certificate-name': 'example-com',
      'cert-manager.io/common-name': 'example.com',
      'cert-manager.io/ip-sans': '192.168.0.5',
      'cert-manager.io/issuer-group': 'cert-manager.io',
      'cert-manager.io/issuer-kind': 'ClusterIssuer',
      'cert-manager.io/issuer-name': 'selfsigned-ca',
      'cert-manager.io/subject-organizations': 'xxx',
      'cert-manager.io/uri-sans': 'spiffe://cluster.local/ns/sandbox/sa/example',
      'my-secret-annotation-1': 'foo',
      'my-secret-annotation-2': 'bar',
    });
  });

  it(
    'the keystore opens with its password, as the profile says, and holds key, certificate and CA',
    asks('openssl'),
    async () => {
      const secret = await secretOf('sandbox', 'keystore-tls');
      const { pem, protection } = openPkcs12(bytesOf(secret, 'keystore.p12'), 'changeit', folder);
      assert.equal(pem.match(/BEGIN PRIVATE KEY/g)?.length, 1);
      assert.equal(pem.match(/BEGIN CERTIFICATE/g)?.length, 2);
      assert.match(protection, /MAC: sha256/);
      assert.match(protection, /PBES2, PBKDF2, AES-256-CBC/);
      const [leaf = ''] = bytesOf(secret, 'tls.crt')
        .toString()
        .split(/(?<=-----END CERTIFICATE-----)/);
      assert.ok(pem.includes(leaf));
      const trust = openPkcs12(bytesOf(secret, 'truststore.p12'), 'changeit', folder);
      assert.ok(trust.pem.includes(bytesOf(secret, 'ca.crt').toString().trim()));
      assert.doesNotMatch(trust.pem, /PRIVATE KEY/);
    },
  );

  it('`kubectl describe certificate` shows the four events of the article, in its order, from its components', async () => {
    const events = await until('all events are there', async () => {
      const rows = eventsIn(await plane.kubectl(['describe', 'certificate', 'example-com', '--namespace=sandbox']));
      return rows.length >= 4 && rows;
    });
    assert.deepEqual(events, [
      ['Normal', 'Issuing', 'cert-manager-certificates-trigger', 'Issuing certificate as Secret does not exist'],
      [
        'Normal',
        'Generated',
        'cert-manager-certificates-key-manager',
        'Stored new private key in temporary Secret resource "example-com-<random>"',
      ],
      [
        'Normal',
        'Requested',
        'cert-manager-certificates-request-manager',
        'Created new CertificateRequest resource "example-com-1"',
      ],
      ['Normal', 'Issuing', 'cert-manager-certificates-issuing', 'The certificate has been successfully issued'],
    ]);
  });

  it(
    'the rotation of the article: 1440h becomes 720h, and the certificate is issued anew at once',
    asks('openssl'),
    async () => {
      const before = await secretOf('istio-system', 'cacerts');
      const manifest = readFileSync(join(examples, '02-istiod.yaml'), 'utf8');
      await plane.kubectl(['apply', '-f', '-'], manifest.replace('duration: 1440h', 'duration: 720h'));
      const { status } = await untilReady(plane, 'istio-system', 'cacerts', 2);
      assert.equal(status?.revision, 2);
      const now = await secretOf('istio-system', 'cacerts');
      assert.equal(describeCertificate(now).validHours, 720);
      assert.equal(Date.parse(status?.notAfter ?? '') - Date.parse(status?.renewalTime ?? ''), 360 * 3_600_000);
      assert.notEqual(bytesOf(now, 'tls.key').toString(), bytesOf(before, 'tls.key').toString());
      assert.equal(now.metadata.uid, before.metadata.uid);
      const changed = 'Fields on existing CertificateRequest resource not up to date: [spec.duration]';
      await until('an event says why', async () => {
        const described = await plane.kubectl(['describe', 'certificate', 'cacerts', '--namespace=istio-system']);
        return eventsIn(described).some(([, , , message]) => message === changed);
      });
    },
  );

  it('the Secret outlives its Certificate, unlike the CertificateRequest', async () => {
    await plane.kubectl(['delete', 'certificate', 'rsa', '--namespace=sandbox']);
    // That the garbage collector has been here is what the request shows.
    await until('the request is collected', () => isGone(plane, 'request', 'sandbox', 'rsa-1'));
    assert.equal((await secretOf('sandbox', 'rsa-tls')).metadata.name, 'rsa-tls');
  });

  it('with --enable-certificate-owner-ref it goes with its Certificate', async () => {
    await operator.stop();
    operator = await startOperator(plane, { flags: ['--enable-certificate-owner-ref'] });
    const { metadata } = await plane.client.get<Certificate>(certificates, { namespace: 'sandbox', name: 'keystore' });
    const owned = await until('the Secret has its owner', async () => {
      const secret = await secretOf('sandbox', 'keystore-tls');
      return secret.metadata.ownerReferences !== undefined && secret;
    });
    assert.deepEqual(owned.metadata.ownerReferences, [
      {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        name: 'keystore',
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    await plane.kubectl(['delete', 'certificate', 'keystore', '--namespace=sandbox']);
    await until('the Secret is collected', () => isGone(plane, 'secret', 'sandbox', 'keystore-tls'));
  });
});

async function isGone(
  plane: ControlPlane,
  what: 'request' | 'secret',
  namespace: string,
  name: string,
): Promise<boolean> {
  const resource = what === 'request' ? certificateRequests : secrets;
  return (await plane.client.find(resource, { namespace, name })) === undefined;
}

/** The rows below `Events:`: type, reason, component, message; what is random in a name is replaced. */
function eventsIn(described: string): string[][] {
  const table = described.slice(described.indexOf('\nEvents:')).split('\n').slice(4);
  return table
    .map((line) => line.trim().split(/ {2,}/))
    .filter((cells) => cells.length === 5)
    .map(([type = '', reason = '', , from = '', message = '']) => [
      type,
      reason,
      from,
      message.replace(/-[a-z0-9]{5}"/, '-<random>"'),
    ]);
}
