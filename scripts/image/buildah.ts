// Builds the image with buildah, in a store of its own, without a registry: on the base that base.ts makes, or on one that is given.
// Knows nothing of clusters.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../test/support/binaries/lock.ts';
import { buildBundle } from '../build.ts';
import { baseFingerprint, makeBase } from './base.ts';

export interface ImageOptions {
  /** `certwright:dev`, say; the archive carries it, so that what loads the archive knows the image by it. */
  readonly name: string;
  /** Where the OCI archive is written. */
  readonly archive: string;
  /** A stage of the Dockerfile; the last one by default. */
  readonly target?: string;
  /** A base image that a registry has; made on the spot by default. */
  readonly runtimeImage?: string;
  readonly version?: string;
  readonly revision?: string;
  /** Takes a third of the time to write, for where it is read right away. */
  readonly uncompressed?: boolean;
  readonly say: (line: string) => void;
}

export interface ImageSize {
  /** Of the archive. */
  readonly archiveBytes: number;
  /** As unpacked on a node. */
  readonly unpackedBytes: number;
}

const root = join(import.meta.dirname, '..', '..');
const lastCharacters = 4000;

/** Is buildah there? Answers its version, as it says it. */
export function buildahVersion(): string | undefined {
  const { status, stdout } = spawnSync('buildah', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Builds the bundle and the image of it, and writes the archive. Throws with the end of what buildah said. */
export async function buildImage(options: ImageOptions): Promise<ImageSize> {
  const { say } = options;
  if (buildahVersion() === undefined) throw new Error('buildah is not installed (on Debian: apt-get install buildah)');
  await buildBundle();
  return withLock(join(storeFolder(), 'lock'), say, () => buildFromBundle(options));
}

async function buildFromBundle(options: ImageOptions): Promise<ImageSize> {
  const { name, archive, say } = options;
  const runtimeImage = options.runtimeImage ?? (await base(say));
  say(`  building ${name}`);
  const given = {
    RUNTIME_IMAGE: runtimeImage,
    BUNDLE: 'prebuilt',
    VERSION: options.version,
    REVISION: options.revision,
  };
  const args = Object.entries(given).flatMap(([key, value]) =>
    value === undefined ? [] : [`--build-arg=${key}=${value}`],
  );
  const target = options.target === undefined ? [] : [`--target=${options.target}`];
  const dockerfile = withoutStage(readFileSync(join(root, 'Dockerfile'), 'utf8'), 'built');
  await build(name, dockerfile, root, [...args, ...target]);
  say(`  writing ${archive}`);
  rmSync(archive, { force: true });
  const compression = options.uncompressed === true ? ['--disable-compression'] : [];
  await buildah(['push', ...compression, name, `oci-archive:${archive}:${name}`]);
  const unpacked = await unpackedBytes(name);
  // Each stage leaves a container and an image behind.
  await buildah(['rm', '--all']);
  await buildah(['rmi', '--force', name]);
  await buildah(['rmi', '--prune']);
  return { archiveBytes: statSync(archive).size, unpackedBytes: unpacked };
}

/** The base's name in buildah's store; made unless it is there, in place of the one before. */
async function base(say: (line: string) => void): Promise<string> {
  const name = `localhost/certwright-base:${baseFingerprint()}`;
  if (
    spawnSync('buildah', [...store(), 'inspect', '--type=image', name], { env: environment(), stdio: 'ignore' })
      .status === 0
  )
    return name;
  say(`  making the base ${name} of Node ${process.version}`);
  const earlier = await buildah(['images', '--quiet', '--filter=reference=localhost/certwright-base']);
  for (const id of earlier.split('\n').filter((line) => line !== '')) await buildah(['rmi', '--force', id]);
  const folder = mkdtempSync(join(tmpdir(), 'certwright-base-'));
  try {
    makeBase(folder);
    await build(name, 'FROM scratch\nCOPY . /\n', folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return name;
}

async function build(name: string, dockerfile: string, context: string, args: readonly string[] = []): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-dockerfile-'));
  const file = join(folder, 'Dockerfile');
  writeFileSync(file, dockerfile);
  try {
    await buildah(['build', '--timestamp=0', `--tag=${name}`, ...args, `--file=${file}`, context]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** buildah before 1.31 runs every stage, also one that nothing copies from; the one that needs a registry is left out. */
function withoutStage(dockerfile: string, stage: string): string {
  const [head = '', ...stages] = dockerfile.split(/^(?=FROM )/m);
  return [head, ...stages.filter((text) => !text.split('\n', 1)[0]?.endsWith(` AS ${stage}`))].join('');
}

async function unpackedBytes(name: string): Promise<number> {
  const container = (await buildah(['from', '--pull-never', name])).trim();
  try {
    const folder = (await buildah(['mount', container])).trim();
    const { stdout } = spawnSync('du', ['-sb', folder], { encoding: 'utf8' });
    return Number(stdout.split('\t')[0]);
  } finally {
    await buildah(['rm', container]);
  }
}

/** A store of our own, whose driver and isolation work without privileges of the kernel's: as root in a container, too. */
function store(): string[] {
  const folder = storeFolder();
  return [`--root=${join(folder, 'store')}`, `--runroot=${join(folder, 'run')}`, '--storage-driver=vfs'];
}

function storeFolder(): string {
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'certwright', 'buildah');
  mkdirSync(folder, { recursive: true });
  return folder;
}

const environment = () => ({ ...process.env, BUILDAH_ISOLATION: 'chroot' });

/** Answers what it wrote to stdout. */
function buildah(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('buildah', [...store(), ...args], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, output] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`buildah ${args[0]} ended with ${code}:\n${output.slice(-lastCharacters)}`));
    });
  });
}
