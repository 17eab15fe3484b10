// `npm run bench`: how fast, how big and how talkative the built controller is, one JSON line a scenario, against a control plane of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startControlPlane } from '../test/support/control-plane.ts';
import { Bench } from './bench/scenarios.ts';

const usage = `npm run bench [-- options]

Measures the bundle in dist/ (npm run build makes it) against an embedded control plane and prints one JSON line a scenario:
issuance of N Certificates from a CA, restart with N in place, idle.

  --counts 200,1000,4000   how many Certificates, one scenario each
  --keys ecdsa,rsa         kinds of private key
  --source                 the sources instead of the bundle
  --help                   this text`;

const { values } = parseArgs({
  options: {
    counts: { type: 'string', default: '200,1000,4000' },
    keys: { type: 'string', default: 'ecdsa,rsa' },
    source: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(usage);
else await bench();

async function bench(): Promise<void> {
  const bundle = join(import.meta.dirname, '..', 'dist', 'certwright.mjs');
  if (!values.source && !existsSync(bundle))
    throw new Error('there is no bundle to measure: run `npm run build` first, or pass --source');
  const say = (line: string) => console.error(line);
  for (const key of values.keys.split(',')) {
    for (const count of values.counts.split(',').map(Number)) {
      say(`${count} ${key} Certificates: starting a control plane`);
      const plane = await startControlPlane({ controllerManager: true, crds: true, say });
      try {
        const scenarios = new Bench(plane, values.source ? undefined : bundle, say);
        for await (const result of scenarios.run(count, key)) console.log(JSON.stringify(result));
      } finally {
        await plane.stop();
      }
    }
  }
}
