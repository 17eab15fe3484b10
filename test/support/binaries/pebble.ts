// Finds Pebble and its challenge server: in the cache folder, or built there from their Go module. Knows nothing of ACME.
import { accessSync, constants, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, type Say } from '../binaries.ts';
import { buildPebble } from './build.ts';
import { withLock } from './lock.ts';

/** The Go module in pebble/ pins the same. */
const version = '2.10.1';
const programs = ['pebble', 'pebble-challtestsrv'] as const;

export type PebblePrograms = Readonly<Record<(typeof programs)[number], string>>;

/** Answers the paths of the programs. Throws where they cannot be built. */
export async function findPebble(say: Say): Promise<PebblePrograms> {
  const folder = join(dirname(cacheFolder()), `pebble-${version}`);
  const paths = Object.fromEntries(programs.map((name) => [name, join(folder, name)])) as PebblePrograms;
  if (Object.values(paths).every(isProgram)) return paths;
  mkdirSync(folder, { recursive: true });
  await withLock(join(folder, 'lock'), say, async () => {
    if (Object.values(paths).every(isProgram)) return;
    say('Getting Pebble (once; it is kept in the cache folder) …');
    const into = mkdtempSync(join(folder, 'new-'));
    try {
      await buildPebble(version, into, say);
      for (const name of programs) renameSync(join(into, name), paths[name]);
    } finally {
      rmSync(into, { recursive: true, force: true });
    }
  });
  return paths;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
