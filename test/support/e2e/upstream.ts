// Upstream's chart, out of its Go module, and images under the names of upstream's. Nothing of upstream is kept in this repository, and its
// own images are not pulled: what such a release runs is our program.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '../../../scripts/image/buildah.ts';
import { upstreamVersion, version } from '../../../src/cmd/version.ts';
import { loadImage } from '../node/cluster.ts';
import type { Cluster } from './cluster.ts';

/** Its go.mod says which release. */
const pin = join(import.meta.dirname, '..', '..', 'oracle', 'admission');
const repository = 'ghcr.io/certwright';
/** Target of the Dockerfile, which is the name of upstream's image → the part of the values; no test starts a solver. */
const images = {
  'cert-manager-controller': '',
  'cert-manager-webhook': 'webhook.',
  'cert-manager-cainjector': 'cainjector.',
  'cert-manager-startupapicheck': 'startupapicheck.',
} as const;

/** The values of somebody who has nothing but other images: ours, one for each of upstream's. */
export const imageValues: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(images).map(([name, part]) => [`${part}image.repository`, `${repository}/${name}`]),
);

/** Builds and loads what `imageValues` names, under the versions of upstream's chart and of ours. Takes half a minute. */
export async function loadImagesNamedAsUpstream(cluster: Cluster, folder: string): Promise<void> {
  const archive = join(folder, 'image.tar');
  for (const target of Object.keys(images)) {
    const name = `${repository}/${target}:${upstreamVersion}`;
    await buildImage({ name, archive, target, uncompressed: true, say: () => {} });
    await loadImage(cluster.file.socket, archive);
    rmSync(archive);
    tagImage(cluster, name, `${repository}/${target}:${version}`);
  }
}

/** One more name for an image that the node has. */
export function tagImage(cluster: Cluster, name: string, more: string): void {
  execFileSync('ctr', [
    ...['--address', cluster.file.socket, '--namespace', 'k8s.io'],
    ...['images', 'tag', '--force', name, more],
  ]);
}

/** Upstream's chart as it is released: its source has no version. Answers the path of the package. Needs Go. */
export async function upstreamChart(cluster: Cluster, folder: string): Promise<string> {
  const download = ['mod', 'download', '-json', 'github.com/cert-manager/cert-manager'];
  const { Dir: source } = JSON.parse(execFileSync('go', download, { cwd: pin, encoding: 'utf8' })) as { Dir: string };
  return packageChart(cluster, join(source, 'deploy', 'charts', 'cert-manager'), upstreamVersion, folder);
}

/** A package of a chart under another version of it and of its program. Answers the path. */
export async function packageChart(cluster: Cluster, chart: string, as: string, folder: string): Promise<string> {
  await cluster.helm(['package', chart, '--version', as, '--app-version', as, '--destination', folder]);
  return join(folder, `cert-manager-${as}.tgz`);
}
