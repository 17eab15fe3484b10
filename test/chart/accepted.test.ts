// Whether a real API server takes what the chart renders, strictly, and what becomes of a release of upstream's chart that is upgraded to
// ours. No node: what pods do is the business of test/e2e.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { staticManifests } from '../../scripts/manifest.ts';
import { asText, chartFolder, helmProgram, type Rendered, render, type Values } from '../support/chart.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { everythingOn } from './everything-on.ts';

const run = promisify(execFile);
/** The Prometheus operator's CRDs are not in the cluster. */
const known = ({ apiVersion }: Rendered) => !apiVersion.startsWith('monitoring.coreos.com/');
const documents = (objects: readonly Rendered[]) => objects.map((object) => stringify(object)).join('---\n');

/** Upstream's chart, which comes with its Go module where somebody has pinned and fetched that. */
async function upstreamChart(): Promise<string | undefined> {
  try {
    const { stdout } = await run('go', ['mod', 'download', '-json', 'github.com/cert-manager/cert-manager'], {
      cwd: join(import.meta.dirname, '..', 'oracle', 'admission'),
    });
    const folder = join((JSON.parse(stdout) as { Dir: string }).Dir, 'deploy', 'charts', 'cert-manager');
    return existsSync(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

describe('a real API server', () => {
  let plane: ControlPlane;
  let helm: string;
  before(async () => {
    helm = await helmProgram();
    plane = await startControlPlane({ controllerManager: false });
    for (const namespace of ['cert-manager', 'apps']) await plane.kubectl(['create', 'namespace', namespace]);
    // There is no webhook that could be asked about what is made there.
    await plane.kubectl(['label', 'namespace', 'apps', 'cert-manager.io/disable-validation=true']);
  });
  after(() => plane?.stop());

  const sets: readonly [string, Values][] = [
    ['default values', { crds: { enabled: true } }],
    ['combined', { combined: true, replicaCount: 2, networkPolicy: { enabled: true } }],
    ['everything on', everythingOn],
  ];
  for (const [what, values] of sets) {
    test(`takes what is rendered, to the last field: ${what}`, async () => {
      const objects = (await render(values)).filter(known);
      const strictly = ['apply', '--server-side', '--dry-run=server', '--validate=strict'];
      const said = await plane.kubectl([...strictly, '--filename', '-'], documents(objects));
      assert.equal(said.trim().split('\n').length, objects.length, asText(objects));
    });
  }

  const helmIn = async (...args: readonly string[]): Promise<string> => {
    const place = ['--namespace', 'cert-manager', '--kubeconfig', plane.admin.kubeconfig];
    return (await run(helm, [...args, ...place])).stdout;
  };
  /** Names and uids, a line each. */
  const uids = async (kinds: string, namespace: string): Promise<readonly string[]> => {
    const format = 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid}{"\\n"}{end}';
    const text = await plane.kubectl(['get', kinds, '--namespace', namespace, '--output', format]);
    return text.trim().split('\n').toSorted();
  };
  const bundle = Buffer.from('a bundle').toString('base64');
  const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
  /** What cainjector does. */
  const injectBundle = async (): Promise<void> => {
    for (const kind of kinds) {
      const webhooks = [{ name: 'webhook.cert-manager.io', clientConfig: { caBundle: bundle } }];
      const metadata = { name: 'cert-manager-webhook' };
      const partial = { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata, webhooks };
      const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager', 'cert-manager-cainjector'];
      await plane.kubectl([...apply, '--filename', '-'], stringify(partial));
    }
  };
  const bundles = () =>
    plane.kubectl([
      'get',
      kinds.join(',').toLowerCase(),
      '--output',
      'jsonpath={.items[*].webhooks[*].clientConfig.caBundle}',
    ]);
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'web', namespace: 'apps' },
    spec: { secretName: 'web', dnsNames: ['web.example.com'], issuerRef: { name: 'ca' } },
  };
  const lasting = 'customresourcedefinitions,certificates,secrets';
  const own = 'deployments,services,serviceaccounts,validatingwebhookconfigurations,mutatingwebhookconfigurations';

  const modes: readonly [string, readonly string[]][] = [
    ['as Helm 3 does it', ['--server-side=false']],
    ['as Helm 4 does it', ['--server-side=true']],
  ];
  for (const [mode, applying] of modes)
    test(`upgrades a release of upstream and keeps what it knows, ${mode}`, async (context) => {
      const upstream = await upstreamChart();
      if (upstream === undefined) context.diagnostic('upstream’s chart is not on this machine: our own is upgraded');
      const unhooked = ['--no-hooks', '--set', 'crds.enabled=true', ...applying];
      await helmIn('install', 'cert-manager', upstream ?? chartFolder, ...unhooked);
      await plane.kubectl(['apply', '--filename', '-'], stringify(certificate));
      await injectBundle();
      const [lastingBefore, ownBefore] = [await uids(lasting, 'apps'), await uids(own, 'cert-manager')];

      if (upstream !== undefined)
        await assert.rejects(
          helmIn('upgrade', 'cert-manager', chartFolder, '--reuse-values'),
          /reset-then-reuse-values/,
        );
      await helmIn('upgrade', 'cert-manager', chartFolder, '--reset-then-reuse-values', '--no-hooks');
      assert.deepEqual(await uids(lasting, 'apps'), lastingBefore);
      assert.deepEqual(await uids(own, 'cert-manager'), ownBefore);
      assert.equal(await bundles(), `${bundle} ${bundle}`, 'the webhook stays reachable');
      const image = await plane.kubectl([
        'get',
        'deployments',
        '--namespace',
        'cert-manager',
        '--output',
        'jsonpath={.items[*].spec.template.spec.containers[*].image}',
      ]);
      assert.deepEqual(
        [...new Set(image.split(' ').map((each) => each.split(':')[0]))],
        ['ghcr.io/certwright/certwright'],
      );

      await helmIn('upgrade', 'cert-manager', chartFolder, ...unhooked, '--set', 'combined=true');
      const together = await uids(own, 'cert-manager');
      assert.deepEqual(
        ownBefore.filter((each) => !together.includes(each)).map((each) => each.split(' ').slice(0, 2).join(' ')),
        [
          'Deployment cert-manager-cainjector',
          'Deployment cert-manager-webhook',
          'Service cert-manager-cainjector',
          'ServiceAccount cert-manager-cainjector',
          'ServiceAccount cert-manager-webhook',
        ],
      );
      assert.deepEqual(await uids(lasting, 'apps'), lastingBefore);

      await helmIn('upgrade', 'cert-manager', chartFolder, ...unhooked);
      assert.deepEqual((await uids('deployments', 'cert-manager')).length, 3);
      await helmIn('uninstall', 'cert-manager');
      assert.deepEqual(await uids(lasting, 'apps'), lastingBefore);
    });

  test('takes the static manifest from kubectl apply, again and again', async () => {
    const manifest = (await staticManifests()).get('cert-manager.yaml') ?? '';
    const apply = () => plane.kubectl(['apply', '--filename', '-'], manifest);
    await apply();
    await injectBundle();
    const changed = (await apply())
      .trim()
      .split('\n')
      .filter((line) => !line.endsWith(' unchanged'));
    // kubectl sends these each time, for a field that the API server fills in.
    assert.deepEqual(
      changed.map((line) => line.split('.')[0]),
      ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration'],
    );
    assert.equal(await bundles(), `${bundle} ${bundle}`);
  });
});
