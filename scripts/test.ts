// The whole test ladder but its top: that is scripts/e2e.ts. `-- unit api` runs only these rungs, `-- test/unit/pki/der.test.ts` only these files.
import { existsSync } from 'node:fs';
import { findHelm } from '../test/support/binaries/helm.ts';
import { findBinaries } from '../test/support/binaries.ts';
import { asksForHelp } from './arguments.ts';
import { root, runStages, type Stage, statics, testFiles, testStage } from './ladder/stage.ts';

interface Rung {
  readonly name: string;
  readonly asks: string;
  readonly timeoutMs: number;
  readonly needsControlPlane: boolean;
}

/** The folders of test/ that hold tests, the least powerful first. */
const rungs: readonly Rung[] = [
  { name: 'unit', asks: 'Is each decision right?', timeoutMs: 60_000, needsControlPlane: false },
  { name: 'conformance', asks: 'Do all plug-ins keep one contract?', timeoutMs: 60_000, needsControlPlane: false },
  { name: 'oracle', asks: 'Do other implementations agree?', timeoutMs: 600_000, needsControlPlane: false },
  { name: 'api', asks: 'Does a real API server agree?', timeoutMs: 300_000, needsControlPlane: true },
  {
    name: 'chart',
    asks: 'Does the chart make of each value what it says?',
    timeoutMs: 300_000,
    needsControlPlane: true,
  },
];

/** Before the tests that need them, so that a download or build of minutes is nobody's time-out. */
const programs: Stage = {
  name: 'programs',
  asks: 'Are etcd, kube-apiserver, kube-controller-manager, kubectl and helm there?',
  run: async () => {
    try {
      const say = (line: string): void => console.log(line);
      const { folder } = await findBinaries({ controllerManager: true, say });
      await findHelm(say);
      console.log(`in ${folder}`);
      return true;
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return false;
    }
  },
};

function stagesOf(chosen: readonly Rung[]): Stage[] {
  const present = chosen
    .map((rung) => ({ ...rung, files: testFiles(rung.name) }))
    .filter(({ files }) => files.length > 0);
  return [
    ...present.filter((rung) => !rung.needsControlPlane).map(asStage),
    ...(present.some((rung) => rung.needsControlPlane) ? [programs] : []),
    ...present.filter((rung) => rung.needsControlPlane).map(asStage),
  ];
}

const asStage = ({ name, asks, timeoutMs, files }: Rung & { files: readonly string[] }) =>
  testStage(name, asks, files, timeoutMs);

/** The stages that the arguments ask for; all without any. Throws for a word that is neither a stage nor a test file. */
function choose(args: readonly string[]): Stage[] {
  if (args.length === 0) return [...statics, ...stagesOf(rungs)];
  const files = args.filter((arg) => arg.endsWith('.test.ts'));
  const names = args.filter((arg) => !files.includes(arg));
  const known = [...statics, ...rungs].map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`No such stage: ${unknown.join(', ')}. There are ${known.join(', ')}.`);
  const absent = files.filter((file) => !existsSync(file));
  if (absent.length > 0) throw new Error(`No such test file: ${absent.join(', ')}.`);
  return [
    ...statics.filter(({ name }) => names.includes(name)),
    ...stagesOf(rungs.filter(({ name }) => names.includes(name))),
    ...(files.length > 0 ? [testStage('files', 'The named files', files, 300_000)] : []),
  ];
}

function usage(): string {
  const lines = [...statics, ...rungs].map(({ name, asks }) => `  ${name.padEnd(13)}${asks}`);
  return `npm test [-- stages and files]

Without arguments the whole ladder, the quick stages first; npm run test:e2e is its top, on a cluster with a node. test/unit/pki/der.test.ts runs this file. The stages:

${lines.join('\n')}`;
}

process.chdir(root);
try {
  const args = process.argv.slice(2);
  if (asksForHelp(args)) console.log(usage());
  else if (!(await runStages(choose(args)))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
