// `helm upgrade`: over a release of upstream's chart and back, from one of our versions to the next, to one Deployment and back. Everything
// in the cluster stays as it is, and valid Certificates that are applied meanwhile are taken, if not at the first attempt.
// The pods of upstream's chart run our program here: the cluster that cert-manager itself has left is in test/api/adoption.test.ts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { version } from '../../src/cmd/version.ts';
import { asks } from '../oracle/programs.ts';
import { chartFolder } from '../support/chart.ts';
import { type Cluster, theCluster } from '../support/e2e/cluster.ts';
import {
  applyDuring,
  describeApplied,
  finishApplied,
  keptState,
  untilLeasesAreHeld,
} from '../support/e2e/continuity.ts';
import {
  examples,
  install,
  pods,
  release,
  releaseNamespace,
  untilCertificatesReady,
  wipe,
} from '../support/e2e/release.ts';
import {
  imageValues,
  loadImagesNamedAsUpstream,
  packageChart,
  tagImage,
  upstreamChart,
} from '../support/e2e/upstream.ts';

const place = ['--namespace', releaseNamespace, '--wait', '--timeout', '3m'];
const set = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
const withCrds = { 'crds.enabled': 'true' };
const issued = [
  'cert-manager/selfsigned-ca',
  'istio-system/cacerts',
  'sandbox/example-com',
  'sandbox/rsa',
  'sandbox/keystore',
];

async function issueExamples(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '-f', examples]);
  await untilCertificatesReady(cluster, issued);
}

async function removeExamples(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', '-f', examples, '--ignore-not-found']);
}

/** Runs Helm, and looks at what stays. */
async function changes(t: TestContext, cluster: Cluster, ...args: readonly string[]): Promise<void> {
  const before = await keptState(cluster);
  const applied = await applyDuring(cluster, async () => {
    await cluster.helm([...args, ...place]);
    await untilLeasesAreHeld(cluster);
  });
  t.diagnostic(describeApplied(applied));
  assert.deepEqual(applied.lost, []);
  // That these are issued shows that the new controller is at work, and could have touched the others.
  await finishApplied(cluster);
  await untilCertificatesReady(cluster, issued);
  assert.deepEqual(await keptState(cluster), before);
}

/** Component → its image, of all pods that stay. */
async function runningImages(cluster: Cluster): Promise<Readonly<Record<string, string | undefined>>> {
  const staying = (await pods(cluster)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return Object.fromEntries(
    staying.map(({ metadata, spec }) => [
      metadata.labels?.['app.kubernetes.io/component'] ?? metadata.name,
      spec?.containers[0]?.image,
    ]),
  );
}

const components = ['controller', 'webhook', 'cainjector'] as const;
const everywhere = (image: string) => Object.fromEntries(components.map((component) => [component, image]));
const ours = `ghcr.io/certwright/certwright:${version}`;

describe('over upstream’s chart', asks('go'), () => {
  let cluster: Cluster;
  let folder: string;
  let theirs: string;
  before(async () => {
    cluster = theCluster();
    folder = mkdtempSync(join(tmpdir(), 'certwright-upgrade-'));
    theirs = await upstreamChart(cluster, folder);
    await loadImagesNamedAsUpstream(cluster, folder);
  });
  after(async () => {
    await removeExamples(cluster);
    await wipe(cluster);
    rmSync(folder, { recursive: true, force: true });
  });

  // Helm 3 writes as `kubectl apply` does on the client's side, and a release made so goes on so.
  for (const [name, asHelm] of [
    ['3', ['--server-side=false']],
    ['4', []],
  ] as const) {
    describe(`of a release as Helm ${name} makes it`, () => {
      before(async () => {
        await wipe(cluster);
        const into = [...place, '--create-namespace', ...asHelm];
        await cluster.helm(['install', release, theirs, ...into, ...set({ ...withCrds, ...imageValues })]);
        await issueExamples(cluster);
      });

      it('keeps everything', async (t) => {
        await changes(t, cluster, 'upgrade', release, chartFolder, ...set(withCrds));
        assert.deepEqual(await runningImages(cluster), everywhere(ours));
      });

      it('keeps everything when it is rolled back', async (t) => {
        await changes(t, cluster, 'rollback', release, '1');
      });

      it('keeps everything with the values that were changed', async (t) => {
        await changes(t, cluster, 'upgrade', release, chartFolder, '--reset-then-reuse-values');
        const expected = components.map((component) => [
          component,
          `ghcr.io/certwright/cert-manager-${component}:${version}`,
        ]);
        assert.deepEqual(await runningImages(cluster), Object.fromEntries(expected));
      });
    });
  }

  it('says what to do where all values are kept, defaults of upstream’s images included', async () => {
    await cluster.helm(['rollback', release, '1', ...place]);
    const before = await keptState(cluster);
    const upgrade = ['upgrade', release, chartFolder, '--reuse-values', ...place];
    const { ok, text } = await cluster.tryHelm(upgrade);
    assert.ok(!ok && text.includes('use --reset-then-reuse-values'), text);
    assert.deepEqual(await keptState(cluster), before);
  });
});

describe('from one of our versions', () => {
  const next = '0.1.1-next';
  const nextImage = `ghcr.io/certwright/certwright:${next}`;
  let cluster: Cluster;
  let folder: string;
  before(async () => {
    cluster = theCluster();
    folder = mkdtempSync(join(tmpdir(), 'certwright-upgrade-'));
    await install(cluster);
    await issueExamples(cluster);
  });
  after(async () => {
    await removeExamples(cluster);
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps everything in the next one', async (t) => {
    tagImage(cluster, ours, nextImage);
    const chart = await packageChart(cluster, chartFolder, next, folder);
    const more = set({ replicaCount: '2', 'webhook.replicaCount': '2' });
    await changes(t, cluster, 'upgrade', release, chart, '--reuse-values', ...more);
    assert.deepEqual(await runningImages(cluster), everywhere(nextImage));
    assert.equal((await pods(cluster)).filter(({ metadata }) => metadata.deletionTimestamp === undefined).length, 5);
  });

  it('keeps everything when it is rolled back', async (t) => {
    await changes(t, cluster, 'rollback', release, '1');
    assert.deepEqual(await runningImages(cluster), everywhere(ours));
  });

  it('keeps everything in one Deployment', async (t) => {
    await changes(t, cluster, 'upgrade', release, chartFolder, '--reuse-values', ...set({ combined: 'true' }));
    assert.deepEqual(await runningImages(cluster), { controller: ours });
  });

  it('keeps everything in three Deployments again', async (t) => {
    await changes(t, cluster, 'upgrade', release, chartFolder, '--reuse-values', ...set({ combined: 'false' }));
    assert.deepEqual(await runningImages(cluster), everywhere(ours));
  });
});
