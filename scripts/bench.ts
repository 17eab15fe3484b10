// `npm run bench`: how fast, how big and how talkative the built controller is, one JSON line a scenario, against a control plane of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from '../test/support/control-plane.ts';
import { taskOptions } from './arguments.ts';
import { type AcmeScenario, acmeScenarios, benchAcme } from './bench/acme.ts';
import { Bench } from './bench/scenarios.ts';

const usage = `npm run bench [-- options]

Measures the bundle in dist/ (npm run build makes it) against an embedded control plane and prints one JSON line a scenario:
issuance of N Certificates from a CA, restart with N in place, idle; with --acme, issuance from an ACME server, Pebble.

  --counts 200,1000,4000   how many Certificates from the CA, one scenario each
  --keys ecdsa,rsa         kinds of private key
  --acme dns01,http01-pods,http01-shared
                           these ACME scenarios instead of the CA's; \`all\` of them
  --acme-counts 200,50,50  how many Certificates in each; one figure for all is enough
  --profile DIR            with --acme: leaves a CPU profile of the controller there
  --source                 the sources instead of the bundle
  --help                   this text`;

const options = taskOptions('npm run bench', usage, {
  counts: { type: 'string', default: '200,1000,4000' },
  keys: { type: 'string', default: 'ecdsa,rsa' },
  acme: { type: 'string', default: '' },
  'acme-counts': { type: 'string', default: '200,50,50' },
  profile: { type: 'string', default: '' },
  source: { type: 'boolean', default: false },
});
const numbers = (text: string) => text.split(',').map(Number);
if (options !== undefined) {
  const counts = numbers(options.counts);
  const keys = options.keys.split(',');
  const acme = options.acme === 'all' ? [...acmeScenarios] : options.acme.split(',').filter((name) => name !== '');
  const acmeCounts = numbers(options['acme-counts']);
  const wrong =
    [...counts, ...acmeCounts].some((count) => !Number.isInteger(count) || count < 1) ||
    keys.some((key) => !['ecdsa', 'rsa'].includes(key)) ||
    acme.some((name) => !isAcmeScenario(name));
  const bundle = join(import.meta.dirname, '..', 'dist', 'certwright.mjs');
  const entry = options.source ? undefined : bundle;
  if (wrong) {
    refuse(
      `--counts and --acme-counts are whole numbers, --keys are ecdsa or rsa, --acme ${acmeScenarios.join(', ')} or all, with commas between them.`,
    );
  } else if (!options.source && !existsSync(bundle))
    refuse('There is no bundle to measure: run `npm run build` first, or pass --source.');
  else if (acme.length > 0)
    await benchAll(acme.filter(isAcmeScenario), acmeCounts, entry, options.profile || undefined);
  else await bench(counts, keys, entry);
}

function isAcmeScenario(name: string): name is AcmeScenario {
  return (acmeScenarios as readonly string[]).includes(name);
}

function refuse(why: string): void {
  console.error(why);
  process.exitCode = 2;
}

function say(line: string): void {
  console.error(line);
}

async function bench(counts: readonly number[], keys: readonly string[], bundle: string | undefined): Promise<void> {
  for (const key of keys) {
    for (const count of counts) {
      await withPlane(`${count} ${key} Certificates`, async (plane) => {
        const scenarios = new Bench(plane, bundle, say);
        for await (const result of scenarios.run(count, key)) console.log(JSON.stringify(result));
      });
    }
  }
}

async function benchAll(
  scenarios: readonly AcmeScenario[],
  counts: readonly number[],
  entry: string | undefined,
  profile: string | undefined,
): Promise<void> {
  const countOf = (scenario: AcmeScenario) => counts[acmeScenarios.indexOf(scenario)] ?? counts[0] ?? 1;
  for (const scenario of scenarios) {
    const count = countOf(scenario);
    await withPlane(`${count} Certificates by ${scenario}`, async (plane) => {
      console.log(JSON.stringify(await benchAcme(scenario, count, { plane, entry, profile, say })));
    });
  }
}

async function withPlane(what: string, run: (plane: ControlPlane) => Promise<void>): Promise<void> {
  say(`${what}: starting a control plane`);
  const plane = await startControlPlane({ controllerManager: true, crds: true, say });
  try {
    await run(plane);
  } finally {
    await plane.stop();
  }
}
