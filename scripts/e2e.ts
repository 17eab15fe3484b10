// The top of the test ladder: builds the image, starts a cluster with a node on this machine, and tries the chart as a user. Ends with code
// 3, saying what is missing, where this machine cannot run a node.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { findHelm } from '../test/support/binaries/helm.ts';
import { findBinaries } from '../test/support/binaries.ts';
import { type ClusterFile, clusterVariable, describeCluster } from '../test/support/e2e/cluster.ts';
import { loadImage, type NodeCluster, startNodeCluster } from '../test/support/node/cluster.ts';
import { missingPrerequisites } from '../test/support/node/prerequisites.ts';
import { asksForHelp } from './arguments.ts';
import { buildImage } from './image/buildah.ts';
import { root, runStages, type Stage, testFiles, testStage } from './ladder/stage.ts';

const usage = `npm run test:e2e [-- options and test files]

Builds the image (buildah), starts a cluster with a node (etcd, kube-apiserver, containerd, kubelet and the rest, in namespaces of their
own), loads the image, and runs test/e2e/*.test.ts, which install charts/cert-manager with Helm. Needs Linux and root; Debian packages
that are missing are installed with apt-get. Where that cannot be had it says what is missing and ends with exit code 3.

  test/e2e/default/install.test.ts   runs this file only; several are possible
  --keep           leaves the cluster running after the tests until Ctrl-C, and prints its KUBECONFIG
  --up             as --keep, without any test
  --cluster FILE   on the cluster that another --keep or --up has running (it prints FILE); the image is built and loaded anew`;

const testTimeoutMs = 900_000;
const cannotRunHere = 3;
const say = (line: string) => console.log(line);

/** What one stage makes and the next ones use. */
interface Made {
  cluster?: NodeCluster;
}

/** The image as the chart names it by default: installed without a value for it, nothing is pulled. */
function imageName(): string {
  const chart = join(root, 'charts', 'cert-manager');
  const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Record<string, unknown> & {
    image: { name: string };
  };
  const { appVersion } = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as { appVersion: string };
  return `${values['imageRegistry']}/${values['imageNamespace']}/${values.image.name}:${appVersion}`;
}

/** A stage that later ones build on; what it throws is what it says. */
function foundation(name: string, asks: string, work: () => Promise<void>): Stage {
  const run = async () => {
    try {
      await work();
      return true;
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return false;
    }
  };
  return { name, asks, run, isFoundation: true };
}

function foundations(made: Made, folder: string, clusterFile: string | undefined): Stage[] {
  const archive = join(folder, 'image.tar');
  let helm = '';
  const programs = foundation('programs', 'Are the programs of a cluster, and Helm, there?', async () => {
    const { folder: binaries } = await findBinaries({ controllerManager: true, node: true, say });
    helm = await findHelm(say);
    say(`in ${binaries} and ${helm}`);
  });
  const cluster = foundation('cluster', 'Does a cluster with a node start?', async () => {
    made.cluster = await startNodeCluster({ say });
    process.env[clusterVariable] = describeCluster(made.cluster, helm);
  });
  const image = foundation('image', 'Can the image be built and loaded?', async () => {
    const name = imageName();
    const size = await buildImage({ name, archive, uncompressed: true, say });
    say(`${name}: ${(size.unpackedBytes / 1e6).toFixed(1)} MB`);
    const { socket } = JSON.parse(readFileSync(process.env[clusterVariable] ?? '', 'utf8')) as ClusterFile;
    await loadImage(socket, archive);
    rmSync(archive);
  });
  if (clusterFile === undefined) return [programs, cluster, image];
  process.env[clusterVariable] = clusterFile;
  return [image];
}

function testStages(files: readonly string[]): Stage[] {
  return files.map((file) =>
    testStage(basename(file, '.test.ts'), `Does a user get what ${file} asks?`, [file], testTimeoutMs),
  );
}

async function stay(): Promise<void> {
  const path = process.env[clusterVariable] ?? '';
  const file = JSON.parse(readFileSync(path, 'utf8')) as ClusterFile;
  console.log(`
The cluster stays up until Ctrl-C. In another terminal:

  export KUBECONFIG=${file.kubeconfig}
  export PATH=$PATH:${join(file.kubectl, '..')}:${join(file.helm, '..')}
  npm run test:e2e -- --cluster ${path} test/e2e/default/install.test.ts
`);
  const forever = setInterval(() => {}, 1 << 30);
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  });
  clearInterval(forever);
}

interface Wanted {
  readonly files: readonly string[];
  readonly keep: boolean;
  readonly cluster: string | undefined;
}

/** Throws for what makes no sense. */
function wanted(args: string[]): Wanted {
  const options = { keep: { type: 'boolean' }, up: { type: 'boolean' }, cluster: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const absent = positionals.filter((file) => !existsSync(file) || !file.endsWith('.test.ts'));
  if (absent.length > 0) throw new Error(`No such test file: ${absent.join(', ')}.`);
  if (values.up === true) return { files: [], keep: true, cluster: values.cluster };
  const files = positionals.length > 0 ? positionals : testFiles('e2e');
  return { files, keep: values.keep ?? false, cluster: values.cluster };
}

async function run({ files, keep, cluster }: Wanted): Promise<number> {
  const missing = await missingPrerequisites(say);
  if (missing.length > 0) {
    console.error(`This machine cannot run a node, so nothing was tested. It lacks:\n- ${missing.join('\n- ')}`);
    return cannotRunHere;
  }
  const folder = mkdtempSync(join(tmpdir(), 'certwright-e2e-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const made: Made = {};
  try {
    const ok = await runStages([...foundations(made, folder, cluster), ...testStages(files)]);
    if (keep && made.cluster !== undefined) await stay();
    return ok ? 0 : 1;
  } finally {
    await made.cluster?.stop();
  }
}

process.chdir(root);
if (asksForHelp()) console.log(usage);
else {
  try {
    process.exitCode = await run(wanted(process.argv.slice(2)));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}
