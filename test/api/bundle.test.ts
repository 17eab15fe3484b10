// The bundle does what the sources do: everything that is loaded lazily is there, and works as bundled.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { buildBundle } from '../../scripts/build.ts';
import { nodeFlags } from '../../scripts/node-flags.ts';
import { certificates } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { secrets } from '../../src/kube/resources.ts';
import { type ControlPlane, sharedControlPlane } from '../support/control-plane.ts';
import { startController } from '../support/controller-process.ts';
import { applyPrivateCA, leaf, untilReady } from '../support/private-ca.ts';

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
});
