// /metrics over TLS with a certificate that the process makes for itself, as a scraper sees it.
import assert from 'node:assert/strict';
import { get } from 'node:https';
import { describe, test } from 'node:test';
import type { AuthoritySecret } from '../../../src/controllers/serving-authority/authority.ts';
import { secrets } from '../../../src/kube/resources.ts';
import { sharedControlPlane } from '../../support/control-plane.ts';
import { startController } from '../../support/controller-process.ts';
import { until } from '../../support/until.ts';

function scrape(port: number, ca: string): Promise<{ status: number | undefined; names: string | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/metrics', servername: 'metrics.svc', ca, agent: false };
    const request = get(options, (response) => {
      const { subjectaltname } = (response.socket as import('node:tls').TLSSocket).getPeerCertificate();
      response.resume();
      resolve({ status: response.statusCode, names: subjectaltname });
    });
    request.on('error', reject);
  });
}

describe('metrics over TLS', () => {
  test("the controller's certificate is made under a CA in a Secret", async () => {
    const plane = await sharedControlPlane();
    const namespace = await plane.createNamespace('metrics');
    const controller = await startController(plane, {
      flags: [
        `--namespace=${namespace}`,
        `--leader-election-namespace=${namespace}`,
        `--metrics-dynamic-serving-ca-secret-namespace=${namespace}`,
        '--metrics-dynamic-serving-ca-secret-name=metrics-ca',
        '--metrics-dynamic-serving-dns-names=metrics.svc',
      ],
    });
    const { address, tls } = await controller.logged('metrics are served');
    assert.equal(tls, true);
    const key = { namespace, name: 'metrics-ca' };
    const secret = await until('there is a CA', () =>
      plane.client.get<AuthoritySecret>(secrets, key).catch(() => undefined),
    );
    assert.deepEqual(secret.metadata.labels, { 'app.kubernetes.io/managed-by': 'cert-manager' });
    const ca = Buffer.from(secret.data?.['ca.crt'] ?? '', 'base64').toString();
    const answer = await until('it is served', () =>
      scrape(Number(String(address).split(':').at(-1)), ca).catch(() => undefined),
    );
    assert.deepEqual(answer, { status: 200, names: 'DNS:metrics.svc' });
    await controller.stop();
  });
});
