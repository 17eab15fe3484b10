// Writes the manifests for `kubectl apply`, made of the chart: everything in one file, and the CRDs alone in another.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { upstreamVersion, version } from '../src/cmd/version.ts';
import { type Rendered, render } from '../test/support/chart.ts';
import { taskOptions } from './arguments.ts';

const root = join(import.meta.dirname, '..');

/** Without Helm nothing waits for a Job, and nothing is Helm's. */
const values = { creator: 'static', startupapicheck: { enabled: false }, crds: { enabled: true } };
const olderKubernetes = ['--kube-version', '1.29.0'];

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'cert-manager' } };

/** File name → text. Needs Helm, and gets it where it is missing. */
export async function staticManifests(): Promise<ReadonlyMap<string, string>> {
  const objects = await render(values, { more: olderKubernetes });
  const isCrd = ({ kind }: Rendered) => kind === 'CustomResourceDefinition';
  const crds = objects.filter(isCrd);
  return new Map([
    ['cert-manager.yaml', documents([namespace, ...crds, ...objects.filter((object) => !isCrd(object))])],
    ['cert-manager.crds.yaml', documents(crds)],
  ]);
}

function documents(objects: readonly object[]): string {
  const head = `# certwright ${version}, in place of cert-manager ${upstreamVersion}. Made of the chart by \`npm run manifest\`.\n`;
  const texts = objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }));
  return `${head}${texts.join('---\n')}`;
}

const usage = `npm run manifest [-- --out FOLDER]

Writes cert-manager.yaml, for kubectl apply in place of Helm, and cert-manager.crds.yaml with the CRDs alone.

  --out FOLDER   where to (dist)
  --help         this text`;

if (import.meta.main) {
  const options = taskOptions('npm run manifest', usage, { out: { type: 'string', default: join(root, 'dist') } });
  if (options !== undefined) {
    const folder = resolve(options.out);
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of await staticManifests()) {
      writeFileSync(join(folder, name), content);
      console.log(`wrote ${join(folder, name)}`);
    }
  }
}
