// The bundle does what the sources do: everything that is loaded lazily is there, and works as bundled.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { buildBundle } from '../../scripts/build.ts';
import { nodeFlags } from '../../scripts/node-flags.ts';
import { certificates, issuers } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { secrets } from '../../src/kube/resources.ts';
import { startAcmeClouds } from '../support/acme-clouds.ts';
import { type ControlPlane, sharedControlPlane } from '../support/control-plane.ts';
import { startController } from '../support/controller-process.ts';
import { withoutMoto } from '../support/moto.ts';
import { applyPrivateCA, leaf, untilReady } from '../support/private-ca.ts';
import { until } from '../support/until.ts';

const config = `apiVersion: controller.config.cert-manager.io/v1alpha1
kind: ControllerConfiguration
numberOfConcurrentWorkers: 3
`;

describe('the bundle', () => {
  let plane: ControlPlane;
  let entry: string;
  before(async () => {
    plane = await sharedControlPlane();
    entry = await buildBundle();
  });

  it('reads a kubeconfig and a configuration file, issues, and makes keystores of the oldest profile', async () => {
    const file = join(plane.folder, 'controller.yaml');
    writeFileSync(file, config);
    const controller = await startController(plane, { entry, nodeFlags, flags: [`--config=${file}`] });
    try {
      await controller.logged('the controllers are running');
      await applyPrivateCA(plane);
      const namespace = await plane.createNamespace('bundle');
      const keystores = { pkcs12: { create: true, password: 'changeit' }, jks: { create: true, password: 'changeit' } };
      await plane.client.create(certificates, leaf(namespace, 'web', { keystores }));
      await untilReady(plane, namespace, 'web');
      const secret = await plane.client.get<KubeObject & { data: object }>(secrets, { namespace, name: 'web-tls' });
      assert.deepEqual(Object.keys(secret.data).sort(), [
        'ca.crt',
        'keystore.jks',
        'keystore.p12',
        'tls.crt',
        'tls.key',
        'truststore.jks',
        'truststore.p12',
      ]);
    } finally {
      assert.equal(await controller.stop(), 0);
    }
    assert.deepEqual(controller.noise, []);
  });

  it('reaches Route 53 and Cloudflare with the libraries that it loads for them, through a proxy, and cleans up', {
    skip: withoutMoto(),
  }, async () => {
    const clouds = await startAcmeClouds({ route53: ['aws.example.com'], cloudflare: ['flare.example.com'] });
    const controller = await startController(plane, { entry, nodeFlags, flags: clouds.flags, env: clouds.env });
    try {
      const namespace = await plane.createNamespace('clouds');
      const stringData = { token: clouds.cloudflare.apiToken };
      await plane.client.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'flare', namespace },
        stringData,
      });
      const zoneOf = (name: string) => ({ selector: { dnsZones: [name] } });
      const apiTokenSecretRef = { name: 'flare', key: 'token' };
      await plane.client.create(issuers, {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Issuer',
        metadata: { name: 'acme', namespace },
        spec: {
          acme: {
            server: clouds.pebble.directoryUrl,
            caBundle: Buffer.from(clouds.pebble.apiCaPem).toString('base64'),
            privateKeySecretRef: { name: 'account' },
            solvers: [
              { ...zoneOf('aws.example.com'), dns01: { route53: { region: 'us-east-1' } } },
              { ...zoneOf('flare.example.com'), dns01: { cloudflare: { apiTokenSecretRef } } },
            ],
          },
        },
      });
      const dnsNames = ['aws.example.com', 'flare.example.com'];
      await plane.client.create(certificates, leaf(namespace, 'both', { dnsNames, issuerRef: { name: 'acme' } }));
      await untilReady(plane, namespace, 'both');
      const seen = dnsNames.flatMap((name) => clouds.seenAt(`_acme-challenge.${name}`));
      assert.deepEqual(seen, ['Route 53 aws.example.com', 'Cloudflare']);
      await until('the records are gone', async () => (await clouds.records()).length === 0);
    } finally {
      assert.equal(await controller.stop(), 0);
      await clouds.stop();
    }
    assert.deepEqual(controller.noise, []);
  });
});
