// Finds a program of a Debian package: on this machine, in the cache folder, or unpacked there from the package and what it needs. Nothing is
// installed, so no service starts and no root is needed.
import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, type Say } from '../binaries.ts';
import { withLock } from './lock.ts';

const run = promisify(execFile);
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export interface DebianProgram {
  readonly path: string;
  /** Where its libraries are, beyond the system's own. */
  readonly libraries: string;
}

/** `program` as `usr/sbin/named`. Throws with why it cannot be had. */
export async function findDebianProgram(debianPackage: string, program: string, say: Say): Promise<DebianProgram> {
  const name = program.split('/').at(-1) ?? program;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...systemFolders];
  const installed = folders.map((folder) => join(folder, name)).find(isProgram);
  if (installed !== undefined) return { path: installed, libraries: '' };
  const folder = join(dirname(cacheFolder()), `debian-${debianPackage}`);
  if (!isProgram(join(folder, 'files', program))) {
    mkdirSync(folder, { recursive: true });
    await withLock(join(folder, 'lock'), say, () => unpack(folder, debianPackage, program, say));
  }
  return { path: join(folder, 'files', program), libraries: libraryFolders(join(folder, 'files')) };
}

async function unpack(folder: string, debianPackage: string, program: string, say: Say): Promise<void> {
  const files = join(folder, 'files');
  if (isProgram(join(files, program))) return;
  say(`Getting the Debian package ${debianPackage} (once; it is kept in the cache folder) …`);
  const into = mkdtempSync(join(folder, 'new-'));
  try {
    await fetchPackages(debianPackage, into);
    for (const archive of readdirSync(into).filter((file) => file.endsWith('.deb'))) {
      await run('dpkg', ['-x', archive, 'files'], { cwd: into });
    }
    if (!isProgram(join(into, 'files', program))) throw new Error(`the package has no ${program}`);
    rmSync(files, { recursive: true, force: true });
    renameSync(join(into, 'files'), files);
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const why = stderr.trim().split('\n').at(-1) || message;
    throw new Error(
      `${program} is not here and its package cannot be had (on Debian: apt-get install ${debianPackage}): ${why}`,
    );
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

/** The package and those that it needs and this machine lacks. */
async function fetchPackages(debianPackage: string, into: string): Promise<void> {
  const wanted = () =>
    run('apt-get', ['install', '--print-uris', '-qq', '-y', '--no-install-recommends', debianPackage]);
  const { stdout } = await wanted().catch(async () => {
    await run('apt-get', ['update'], { timeout: 120_000 });
    return wanted();
  });
  const names = [...stdout.matchAll(/^'[^']*' ([^_\s]+)_/gm)].map(([, name = '']) => name);
  const download = () => run('apt-get', ['download', ...names], { cwd: into, timeout: 120_000 });
  await download().catch(async () => {
    await run('apt-get', ['update'], { timeout: 120_000 });
    await download();
  });
}

function libraryFolders(files: string): string {
  const root = join(files, 'usr', 'lib');
  const below = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [root, ...below.map(({ name }) => join(root, name))].join(delimiter);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
