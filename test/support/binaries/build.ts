// Builds the programs of a control plane, of a node, Helm, Pebble and Contour from Go modules, pinned by the go.mod and go.sum files next to this one. The only way that works
// where nothing but a Go module proxy can be reached.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Binary, Say } from '../binaries.ts';

const sayEveryMs = 10_000;
const lastLinesOfOutput = 20;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Puts the wanted programs into `into`. Takes minutes the first time; what Go has compiled is kept in its own cache. */
export async function buildBinaries(
  wanted: readonly Binary[],
  versions: { readonly kubernetes: string; readonly etcd: string },
  into: string,
  say: Say,
): Promise<void> {
  const go = goVersion();
  const kubernetes = wanted.filter((binary) => binary !== 'etcd');
  if (wanted.includes('etcd')) {
    say(`  building etcd ${versions.etcd} with ${go}: about half a minute the first time`);
    await goBuild('etcd', ['-ldflags', '-s -w', '-o', join(into, 'etcd'), '.'], say);
  }
  if (kubernetes.length > 0) {
    say(
      `  building ${kubernetes.join(', ')} ${versions.kubernetes} with ${go}: up to 9 minutes on two cores the first time`,
    );
    const packages = kubernetes.map((binary) => `k8s.io/kubernetes/cmd/${binary}`);
    // Without this version, clients see a server v0.0.0.
    const flags = `-s -w -X k8s.io/component-base/version.gitVersion=v${versions.kubernetes}`;
    await goBuild('kubernetes', ['-ldflags', flags, '-o', `${into}/`, ...packages], say);
  }
}

/** Puts Helm into `into`. */
export async function buildHelm(version: string, into: string, say: Say): Promise<void> {
  say(`  building helm ${version} with ${goVersion()}: about a minute and a half on two cores the first time`);
  const flags = `-s -w -X helm.sh/helm/v4/internal/version.version=v${version}`;
  await goBuild('helm', ['-ldflags', flags, '-o', join(into, 'helm'), 'helm.sh/helm/v4/cmd/helm'], say);
}

/** Puts Pebble and its challenge server into `into`. */
export async function buildPebble(version: string, into: string, say: Say): Promise<void> {
  say(`  building pebble ${version} with ${goVersion()}: half a minute the first time`);
  const packages = ['pebble', 'pebble-challtestsrv'].map((name) => `github.com/letsencrypt/pebble/v2/cmd/${name}`);
  await goBuild('pebble', ['-ldflags', '-s -w', '-o', `${into}/`, ...packages], say);
}

/** Puts Contour into `into`. */
export async function buildContour(version: string, into: string, say: Say): Promise<void> {
  say(`  building contour ${version} with ${goVersion()}: about two minutes on two cores the first time`);
  const flags = ['-ldflags', '-s -w', '-o', join(into, 'contour')];
  await goBuild('contour', [...flags, 'github.com/projectcontour/contour/cmd/contour'], say);
}

/** The folder with the files of a module that `name` pins. */
export function moduleFolder(name: string, module: string): string {
  const args = ['mod', 'download', '-json', module];
  const env = { ...process.env, GOWORK: 'off' };
  const { status, stdout, stderr } = spawnSync('go', args, {
    cwd: join(import.meta.dirname, name),
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`go ${args.join(' ')}: ${stderr || stdout}`);
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

function goVersion(): string {
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  if (status !== 0) throw new Error('there is no Go toolchain on PATH');
  return stdout.trim();
}

/** `go build -v` in the module `name`, with a line of progress every ten seconds. Ends when this process is told to. */
async function goBuild(name: string, args: readonly string[], say: Say): Promise<void> {
  const started = Date.now();
  const folder = join(import.meta.dirname, name);
  const child = spawn('go', ['build', '-v', '-buildvcs=false', ...args], {
    cwd: folder,
    env: { ...process.env, GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const output = followOutput(child);
  const progress = setInterval(() => {
    say(`  ${name}: ${seconds(started)}, ${stateOf(output)}`);
  }, sayEveryMs);
  const kill = () => void child.kill('SIGTERM');
  const quit = () => process.exit(1);
  process.once('exit', kill);
  for (const signal of signals) process.once(signal, quit);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(`go build ended with ${code ?? 'a signal'}:\n${output.lines.join('\n')}`);
    say(`  ${name}: built in ${seconds(started)}`);
  } finally {
    clearInterval(progress);
    process.off('exit', kill);
    for (const signal of signals) process.off(signal, quit);
  }
}

interface Output {
  compiled: number;
  downloaded: number;
  last: string;
  readonly lines: string[];
}

function stateOf({ compiled, downloaded, last }: Output): string {
  if (compiled > 0) return `${compiled} packages compiled, last ${last}`;
  if (downloaded > 0) return `${downloaded} modules downloaded, last ${last}`;
  return 'reading what is there, or linking';
}

/** Reads what `go build -v` prints: a line for each package that it compiles, and for each module that it downloads. */
function followOutput(child: ChildProcess): Output {
  const output: Output = { compiled: 0, downloaded: 0, last: '', lines: [] };
  let rest = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('go: downloading ')) output.downloaded += 1;
      else if (/^[\w./-]+$/.test(line)) output.compiled += 1;
      output.last = line.replace('go: downloading ', '');
      output.lines.push(line);
      if (output.lines.length > lastLinesOfOutput) output.lines.shift();
    }
  });
  return output;
}

const seconds = (since: number) => `${Math.round((Date.now() - since) / 1000)} s`;
