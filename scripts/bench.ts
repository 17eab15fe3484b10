// `npm run bench`: how fast, how big and how talkative the built controller is, one JSON line a scenario, against a control plane of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from '../test/support/control-plane.ts';
import { taskOptions } from './arguments.ts';
import { Bench } from './bench/scenarios.ts';

const usage = `npm run bench [-- options]

Measures the bundle in dist/ (npm run build makes it) against an embedded control plane and prints one JSON line a scenario:
issuance of N Certificates from a CA, restart with N in place, idle.

  --counts 200,1000,4000   how many Certificates, one scenario each
  --keys ecdsa,rsa         kinds of private key
  --source                 the sources instead of the bundle
  --help                   this text`;

const options = taskOptions('npm run bench', usage, {
  counts: { type: 'string', default: '200,1000,4000' },
  keys: { type: 'string', default: 'ecdsa,rsa' },
  source: { type: 'boolean', default: false },
});
if (options !== undefined) {
  const counts = options.counts.split(',').map(Number);
  const keys = options.keys.split(',');
  const wrong =
    counts.some((count) => !Number.isInteger(count) || count < 1) ||
    keys.some((key) => !['ecdsa', 'rsa'].includes(key));
  const bundle = join(import.meta.dirname, '..', 'dist', 'certwright.mjs');
  if (wrong) refuse('--counts are whole numbers, --keys are ecdsa or rsa, with commas between them.');
  else if (!options.source && !existsSync(bundle))
    refuse('There is no bundle to measure: run `npm run build` first, or pass --source.');
  else await bench(counts, keys, options.source ? undefined : bundle);
}

function refuse(why: string): void {
  console.error(why);
  process.exitCode = 2;
}

async function bench(counts: readonly number[], keys: readonly string[], bundle: string | undefined): Promise<void> {
  const say = (line: string) => console.error(line);
  for (const key of keys) {
    for (const count of counts) {
      say(`${count} ${key} Certificates: starting a control plane`);
      const plane = await startControlPlane({ controllerManager: true, crds: true, say });
      try {
        const scenarios = new Bench(plane, bundle, say);
        for await (const result of scenarios.run(count, key)) console.log(JSON.stringify(result));
      } finally {
        await plane.stop();
      }
    }
  }
}
