// The programs that the oracle tests ask for a second opinion: where they are, and a folder for the files that they read.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Program = 'openssl' | 'keytool' | 'go';

const howToAsk: Readonly<Record<Program, readonly string[]>> = {
  openssl: ['version'],
  keytool: ['-help'],
  go: ['version'],
};

function answers(program: Program): string | undefined {
  const { status, stdout } = spawnSync(program, howToAsk[program], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

const found = new Map<Program, string | undefined>();

function versionOf(program: Program): string | undefined {
  if (!found.has(program)) found.set(program, answers(program));
  return found.get(program);
}

/** Options for `test`: skipped, with the reason, where `program` is not there. */
export function asks(program: Program): { skip: string | false } {
  return { skip: versionOf(program) === undefined ? `${program} is not installed` : false };
}

/** True where the openssl found is at least `major.minor`. */
export function isOpensslAtLeast(major: number, minor: number): boolean {
  const [, foundMajor, foundMinor] = /^OpenSSL (\d+)\.(\d+)/.exec(versionOf('openssl') ?? '') ?? [];
  return Number(foundMajor) > major || (Number(foundMajor) === major && Number(foundMinor) >= minor);
}

/** Standard output of a program that has to succeed. */
export function run(program: string, args: readonly string[], input?: Uint8Array | string): string {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 64 << 20, stdio: 'pipe', input: input ?? '' });
}

/** Everything that a program says, and whether it succeeds. */
export function attempt(program: string, args: readonly string[], input?: Uint8Array | string) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', input: input ?? '' });
  return { succeeded: status === 0, output: stdout + stderr };
}

export interface WorkFolder {
  readonly at: (name: string) => string;
  readonly read: (name: string) => Uint8Array;
  /** Deletes the folder with all that is in it. */
  readonly remove: () => void;
}

export function workFolder(): WorkFolder {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-oracle-'));
  const at = (name: string) => join(folder, name);
  return { at, read: (name) => readFileSync(at(name)), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
