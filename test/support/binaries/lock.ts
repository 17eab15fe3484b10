// A lock between processes, as a file that its holder keeps touching. Does not know what it protects.
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';

const touchMs = 5_000;
/** A holder that has not touched its lock for this long is taken for dead, even where its process id lives on in another process. */
const staleMs = 60_000;
const sayEveryMs = 10_000;

/** Runs `work` while no other process holds the lock file `path`; waits for the other one, saying so. */
export async function withLock<T>(path: string, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  await acquire(path, say);
  const touch = setInterval(() => touchLock(path), touchMs);
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    process.off('exit', release);
    release();
  }
}

async function acquire(path: string, say: (line: string) => void): Promise<void> {
  const started = Date.now();
  for (let told = started - sayEveryMs; !tryToAcquire(path); ) {
    if (Date.now() - told >= sayEveryMs) {
      told = Date.now();
      say(`  another process is at it; waiting for it, ${Math.round((told - started) / 1000)} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function tryToAcquire(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  if (isStale(path)) rmSync(path, { force: true });
  return false;
}

function isStale(path: string): boolean {
  try {
    const idleMs = Date.now() - statSync(path).mtimeMs;
    const holder = Number(readFileSync(path, 'utf8'));
    if (idleMs > staleMs) return true;
    // Between creating the file and writing the number into it, there is no holder to ask after.
    return holder > 0 && !isAlive(holder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function touchLock(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Taken away by hand: the work goes on, unprotected.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
