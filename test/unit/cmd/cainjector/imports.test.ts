// What the process loads is most of what it weighs: an idle cainjector has no use for the schemas of our kinds (10 MB), nor for a YAML parser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { it } from 'node:test';
import { readSource } from '../../../support/architecture/source-text.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');

/** Everything that is loaded with these files, packages included. */
function loadedWith(...paths: string[]): Set<string> {
  const loaded = new Set<string>();
  const waiting = [...paths];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (loaded.has(path)) continue;
    loaded.add(path);
    if (!path.startsWith('src/')) continue;
    for (const { kind, specifier = '' } of readSource(path, readFileSync(join(root, path), 'utf8')).imports) {
      if (kind === 'type' || kind === 'dynamic') continue;
      waiting.push(specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier);
    }
  }
  return loaded;
}

it('cainjector loads no schemas and no parser that it does not need', () => {
  const loaded = loadedWith('src/cmd/main.ts', 'src/cmd/cainjector/command.ts', 'src/cmd/cainjector/run.ts');
  assert.ok(loaded.has('src/kube/store.ts') && loaded.has('zod') && loaded.size > 60);
  for (const unwanted of [
    'src/api/kinds.ts',
    'src/api/certificate.ts',
    'yaml',
    '@kubernetes/client-node',
    'node-forge',
  ])
    assert.ok(!loaded.has(unwanted), unwanted);
});
