// Builds dist/: one ESM bundle with its entry at dist/certwright.mjs, chunks for what is loaded lazily, and cmd/<component>/<component>,
// the executables of upstream's images. Prints the sizes.
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { taskOptions } from './arguments.ts';
import { nodeFlags } from './node-flags.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** Where the image has Node; see the Dockerfile. */
const imageNode = '/nodejs/bin/node';
const upstreamComponents = ['controller', 'webhook', 'cainjector', 'acmesolver', 'startupapicheck'] as const;

// Bundled CommonJS packages call require for Node's own modules, which ESM does not have.
const banner = [
  "import { createRequire as bundleCreateRequire } from 'node:module';",
  'const require = bundleCreateRequire(import.meta.url);',
].join('\n');

/** Answers the bundle's entry file. */
export async function buildBundle(): Promise<string> {
  rmSync(dist, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { certwright: 'src/cmd/main.ts' },
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: banner },
    logLevel: 'warning',
  });
  const entry = join(dist, 'certwright.mjs');
  writeFileSync(entry, `#!/usr/bin/env -S node ${nodeFlags.join(' ')}\n${readFileSync(entry, 'utf8')}`);
  chmodSync(entry, 0o755);
  for (const component of upstreamComponents) writeLauncher(component);
  return entry;
}

/**
 * An executable at the path that it has in upstream's image of that component, for manifests that set a container's `command`. The image
 * has no shell, and the kernel hands over only one argument from a first line: the other flags are set before anything is loaded.
 */
function writeLauncher(component: string): void {
  const folder = join(dist, 'cmd', component);
  const [first, ...others] = nodeFlags;
  const text = [
    `#!${imageNode} ${first}`,
    ...others.map((flag) => `require('node:v8').setFlagsFromString('${flag}');`),
    `process.argv.splice(2, 0, '${component}');`,
    "import('../../certwright.mjs');",
    '',
  ].join('\n');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, component), text);
  chmodSync(join(folder, component), 0o755);
}

function printSizes(): void {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'));
  const sizes = files.map((name) => ({ name, bytes: statSync(join(dist, name)).size }));
  for (const { name, bytes } of sizes.toSorted((a, b) => b.bytes - a.bytes)) {
    console.log(`${(bytes / 1024).toFixed(0).padStart(7)} KiB  dist/${name}`);
  }
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${(total / 1024).toFixed(0).padStart(7)} KiB  in ${sizes.length} files`);
}

const usage = `npm run build

Makes dist/certwright.mjs and the chunks that it loads when they are needed, and prints their sizes.`;

if (import.meta.main && taskOptions('npm run build', usage, {}) !== undefined) {
  await buildBundle();
  printSizes();
}
