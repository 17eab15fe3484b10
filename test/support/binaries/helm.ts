// Finds Helm: in the cache folder, at the official download, or built from its Go module. Knows nothing of charts.
import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, type Say } from '../binaries.ts';
import { buildHelm } from './build.ts';
import { downloadHelm } from './download.ts';
import { withLock } from './lock.ts';

/** The Go module in helm/ pins the same. */
const version = '4.3.1';

/** Answers the path of the program. Throws with the ways out when nothing worked. */
export async function findHelm(say: Say): Promise<string> {
  const folder = join(dirname(cacheFolder()), `helm-${version}`);
  const path = join(folder, 'helm');
  if (!isThere(path)) {
    mkdirSync(folder, { recursive: true });
    await withLock(join(folder, 'lock'), say, () => fill(folder, path, say));
  }
  return path;
}

async function fill(folder: string, path: string, say: Say): Promise<void> {
  if (isThere(path)) return;
  say('Getting helm (once; it is kept in the cache folder) …');
  const failures: string[] = [];
  for (const [what, get] of [
    ['official helm', downloadHelm],
    ['go build', buildHelm],
  ] as const) {
    const into = mkdtempSync(join(folder, 'new-'));
    try {
      await get(version, into, say);
      renameSync(join(into, 'helm'), path);
      return;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push(`- ${what}: ${why}`);
      say(`  ${what}: ${why.split('\n')[0]}`);
    } finally {
      rmSync(into, { recursive: true, force: true });
    }
  }
  throw new Error(
    [
      `Helm ${version} could not be had. What was tried:`,
      ...failures,
      'One of these is enough:',
      '- let this machine reach get.helm.sh over HTTPS;',
      '- install Go 1.26 or later and let it reach a module proxy (GOPROXY).',
    ].join('\n'),
  );
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
