// A cluster as cert-manager v1.21 left it, taken over: nothing is issued again, nothing mended, and the same Secret would be applied.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Certificate } from '../../../../src/api/certificate.ts';
import type { CertificateRequest } from '../../../../src/api/certificate-request.ts';
import { conditionOf } from '../../../../src/api/conditions.ts';
import { controllerUid } from '../../../../src/api/meta.ts';
import { backoffUntil } from '../../../../src/controllers/certificate/backoff.ts';
import { ownerOfSecret } from '../../../../src/controllers/certificate/duplicates.ts';
import { readinessOf } from '../../../../src/controllers/certificate/readiness.ts';
import { reissueReason } from '../../../../src/controllers/certificate/reissue.ts';
import { requestsToDelete, revisionsOf } from '../../../../src/controllers/certificate/revisions.ts';
import { violationsOf } from '../../../../src/controllers/certificate/rules.ts';
import {
  issuedOrigin,
  secretManifest,
  storedOrigin,
  temporaryOrigin,
} from '../../../../src/controllers/certificate/secret.ts';
import { ownedBy, type RawSecret, secretFactsOf } from '../../../../src/controllers/certificate/secret-ingest.ts';
import { upkeepFinding } from '../../../../src/controllers/certificate/upkeep.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';

function adopted<T>(file: string): T[] {
  const url = new URL(`../../../golden/adopted/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { items: T[] }).items;
}

const certificates = adopted<Certificate>('certificates');
const requests = adopted<CertificateRequest>('certificaterequests');
const secrets = adopted<RawSecret>('secrets');
const now = new Date('2026-11-22T19:10:00Z');
const us = 'cert-manager-certificates-issuing';

function rawSecretOf({ metadata, spec }: Certificate): RawSecret | undefined {
  return secrets.find(
    ({ metadata: found }) => found.namespace === metadata.namespace && found.name === spec.secretName,
  );
}

function seenOf(certificate: Certificate) {
  const raw = rawSecretOf(certificate);
  const { namespace, uid } = certificate.metadata;
  return {
    certificate,
    secret: raw === undefined ? undefined : secretFactsOf(raw, defaultPemLimits),
    requests: requests.filter((request) => controllerUid(request.metadata) === uid),
    sharing: certificates.filter(
      (other) => other.metadata.namespace === namespace && other.spec.secretName === certificate.spec.secretName,
    ),
  };
}

const nameOf = ({ metadata }: Certificate) => metadata.name;
const isFinished = ({ status }: Certificate) => conditionOf(status?.conditions, 'Ready')?.status === 'True';
const finished = certificates.filter(isFinished);

test('the ones that are finished', () => {
  assert.deepEqual(finished.map(nameOf), ['acme', 'ecdsa', 'ed25519', 'everything', 'intermediate', 'plain', 'root']);
});

for (const certificate of finished) {
  test(`${nameOf(certificate)} is left as it is`, () => {
    const seen = seenOf(certificate);
    assert.deepEqual(
      {
        reissue: reissueReason(seen, now),
        changed: violationsOf(seen),
        upkeep: upkeepFinding(seen, { enableOwnerRef: false }),
        backoff: backoffUntil(seen, { minimumBackoffMs: 3_600_000, maximumBackoffMs: 115_200_000 }, now),
        deleted: requestsToDelete(seen),
        owner: nameOf(ownerOfSecret(seen)),
        foreign: seen.secret?.foreignWriters,
      },
      {
        reissue: undefined,
        changed: [],
        upkeep: undefined,
        backoff: undefined,
        deleted: [],
        owner: nameOf(certificate),
        foreign: [],
      },
    );
  });
}

for (const certificate of certificates) {
  test(`${nameOf(certificate)} is as ready as before`, () => {
    const { ready, notBefore, notAfter, renewalTime } = readinessOf(seenOf(certificate), now);
    const { conditions, ...status } = certificate.status ?? {};
    const { lastTransitionTime, ...before } = conditionOf(conditions, 'Ready') ?? {};
    assert.ok(lastTransitionTime);
    assert.deepEqual(
      { ready, notBefore, notAfter, renewalTime },
      { ready: before, notBefore: status.notBefore, notAfter: status.notAfter, renewalTime: status.renewalTime },
    );
  });
}

const waiting = certificates.filter(
  (certificate) => !isFinished(certificate) && certificate.metadata.name !== 'same-secret',
);

for (const certificate of waiting) {
  test(`${nameOf(certificate)} goes on with its request`, () => {
    const revisions = revisionsOf(seenOf(certificate));
    assert.ok(revisions.kind === 'ok');
    assert.deepEqual([revisions.current, revisions.next?.metadata.name], [undefined, `${nameOf(certificate)}-1`]);
  });
}

test('same-secret leaves the Secret to plain', () => {
  const certificate = certificates.find(({ metadata }) => metadata.name === 'same-secret')!;
  assert.equal(nameOf(ownerOfSecret(seenOf(certificate))), 'plain');
});

const stored = certificates.filter(
  (certificate) => isFinished(certificate) || certificate.metadata.name === 'temporary',
);

for (const certificate of stored) {
  test(`the Secret of ${nameOf(certificate)} would be applied as it is`, () => {
    const raw = rawSecretOf(certificate)!;
    const seen = seenOf(certificate);
    const leaf = seen.secret!.tls.leaf;
    assert.ok(leaf.kind === 'ok');
    const { labels, annotations, name, namespace, managedFields = [] } = raw.metadata;
    const text = (key: string) => Buffer.from(raw.data?.[key] ?? '', 'base64').toString();
    const bytes = (key: string) => Buffer.from(raw.data?.[key] ?? '', 'base64');
    const keystoreKeys = Object.keys(raw.data ?? {}).filter((key) => /^(keystore|truststore)\./.test(key));
    const issuerRef = seen.requests.at(-1)!.spec.issuerRef;
    const origin = isFinished(certificate) ? issuedOrigin(certificate, issuerRef) : temporaryOrigin(certificate);
    const manifest = secretManifest({
      certificate,
      tlsKeyPem: text('tls.key'),
      tlsCrtPem: text('tls.crt'),
      caPem: text('ca.crt'),
      names: leaf.value.names,
      keystores: Object.fromEntries(keystoreKeys.map((key) => [key, bytes(key)])),
      origin,
      existingType: undefined,
      enableOwnerRef: false,
    });
    const { type, data } = raw;
    assert.deepEqual(manifest, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels, annotations },
      type,
      data,
    });
    assert.deepEqual(storedOrigin(annotations), {
      certificateName: origin.certificateName,
      issuer: origin.issuer === undefined ? undefined : { kind: '', group: '', ...origin.issuer },
    });
    // Applying takes exactly the fields that are owned already: nothing is added, nothing given up.
    const owned = ownedBy(us, managedFields);
    assert.ok(owned !== 'bad' && owned !== undefined);
    assert.deepEqual(
      [owned.labels, owned.annotations, owned.data, owned.owners].map((keys) => [...keys].sort()),
      [labels, annotations, data, {}].map((part) => Object.keys(part ?? {}).sort()),
    );
  });
}
