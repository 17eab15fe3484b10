// Builds dist/: one ESM bundle with its entry at dist/certwright.mjs, and chunks for what is loaded lazily. Prints the sizes.
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { taskOptions } from './arguments.ts';
import { nodeFlags } from './node-flags.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

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
  return entry;
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
