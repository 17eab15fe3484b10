// Runs the steps of `npm test` and `npm run check`, each a process of its own, and says what came of them. Knows no particular step.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

export interface Stage {
  readonly name: string;
  /** What it asks, in a few words. */
  readonly asks: string;
  /** The arguments of Node, or a function that does the work and says whether it went well. */
  readonly run: readonly string[] | (() => Promise<boolean>);
  /** Nothing after it makes sense where it fails. */
  readonly isFoundation?: boolean;
}

export interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
}

export const root = join(import.meta.dirname, '..', '..');

/** Somebody wants this process to end: no further stage begins. */
let isInterrupted = false;

/** A program that an installed package brings, to be run by Node. */
const program = (path: string) => join(root, 'node_modules', path);

/** Generated files, types, lint and format: no tests. */
export const statics: readonly Stage[] = [
  { name: 'gen', asks: 'Are the generated files up to date?', run: [join(root, 'scripts', 'gen.ts'), '--check'] },
  {
    name: 'types',
    asks: 'Do the types fit?',
    run: [program('typescript/bin/tsc'), '-p', join(root, 'tsconfig.json')],
  },
  {
    name: 'lint',
    asks: 'Lint and format?',
    run: [program('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '--max-diagnostics=50'],
  },
];

/** The test files in one folder of test/. */
export function testFiles(folder: string): string[] {
  return globSync(`test/${folder}/**/*.test.ts`, { cwd: root }).toSorted();
}

/** All files in one process: they are fast because nothing is loaded twice, and share one control plane. */
export function testStage(name: string, asks: string, files: readonly string[], timeoutMs: number): Stage {
  // Whatever a test leaves open must not keep the whole run from ending.
  const flags = ['--test', '--test-isolation=none', '--test-force-exit', `--test-timeout=${timeoutMs}`];
  return { name, asks, run: [...flags, ...files] };
}

/** Runs every stage, also after one has failed that is no foundation, and closes with a line each. True when all went well. */
export async function runStages(stages: readonly Stage[]): Promise<boolean> {
  const results: Result[] = [];
  for (const { name, asks, run, isFoundation = false } of stages) {
    console.log(`\n── ${name}: ${asks}`);
    const started = performance.now();
    const ok = typeof run === 'function' ? await run() : await runNode(run);
    const seconds = (performance.now() - started) / 1000;
    console.log(`── ${name}: ${ok ? 'ok' : 'FAILED'} after ${seconds.toFixed(1)} s`);
    results.push({ name, ok, seconds });
    if ((!ok && isFoundation) || isInterrupted) break;
  }
  console.log('');
  for (const { name, ok, seconds } of results) {
    console.log(`${ok ? '✔' : '✖'} ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s`);
  }
  const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
  console.log(failed.length === 0 ? 'All went well.' : `FAILED: ${failed.join(', ')}`);
  return failed.length === 0;
}

function runNode(args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    isInterrupted = true;
    process.exitCode = 1;
  };
  process.once('SIGTERM', end).once('SIGHUP', end);
  return new Promise<boolean>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  }).finally(() => process.off('SIGTERM', end).off('SIGHUP', end));
}
