// Renders the chart with Helm, as a user would, without a cluster. Knows no particular value.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAllDocuments, stringify } from 'yaml';
import { findHelm } from './binaries/helm.ts';

/** An object of the chart, as the API server would get it. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export type Values = Readonly<Record<string, unknown>>;

export type Rendering =
  | { readonly kind: 'rendered'; readonly objects: readonly Rendered[]; readonly text: string }
  | { readonly kind: 'refused'; readonly message: string };

export const chartFolder = join(import.meta.dirname, '..', '..', 'charts', 'cert-manager');

/** The arguments beside the values: `helm template cert-manager <chart> --namespace cert-manager …`. */
export interface RenderOptions {
  readonly release?: string;
  readonly more?: readonly string[];
}

let helm: Promise<string> | undefined;

/** The path of Helm, which is got where it is missing. */
export function helmProgram(): Promise<string> {
  helm ??= findHelm((line) => void process.stderr.write(`${line}\n`));
  return helm;
}

/** What comes of these values. Never rejects for values that the chart refuses. */
export async function tryRender(values: Values, options: RenderOptions = {}): Promise<Rendering> {
  const { release = 'cert-manager', more = [] } = options;
  const args = ['template', release, chartFolder, '--namespace', 'cert-manager', '--values', '-', ...more];
  const child = spawn(await helmProgram(), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(values));
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)),
  ]);
  if (code !== 0) return { kind: 'refused', message: stderr };
  return { kind: 'rendered', objects: objectsOf(stdout), text: stdout };
}

/** The objects that come of these values. Throws with what the chart says where it refuses them. */
export async function render(values: Values, options: RenderOptions = {}): Promise<readonly Rendered[]> {
  const rendering = await tryRender(values, options);
  if (rendering.kind === 'refused') throw new Error(rendering.message);
  return rendering.objects;
}

function objectsOf(documents: string): readonly Rendered[] {
  return parseAllDocuments(documents)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS() as Rendered | null;
    })
    .filter((object) => object !== null);
}

export const nameOf = ({ kind, metadata: { namespace, name } }: Rendered): string =>
  namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

/** One text for a rendering, without what templates leave of blanks; CRDs by their names only. */
export function asText(objects: readonly Rendered[]): string {
  return objects
    .map((object) => (object.kind === 'CustomResourceDefinition' ? { ...object, spec: 'as in crds/' } : object))
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}
