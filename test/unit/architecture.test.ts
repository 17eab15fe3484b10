// The rules of design and CONTRIBUTING about what may import what, kept by the code as it stands; and the rules themselves, on made-up files.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileRules, nameRules, type Rule, sourceRules } from '../support/architecture/rules.ts';
import { readSource, type SourceText } from '../support/architecture/source-text.ts';

const root = join(import.meta.dirname, '..', '..');

function sourcesIn(...folders: string[]): SourceText[] {
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,mjs}`, { cwd: root }));
  return paths.toSorted().map((path) => readSource(path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')));
}

function keeps(rules: Readonly<Record<string, Rule>>, sources: readonly SourceText[]): void {
  for (const [name, rule] of Object.entries(rules)) {
    test(name, () => {
      const violations = sources.flatMap((source) => [...rule(source)]);
      assert.equal(violations.length, 0, `\n${violations.join('\n')}`);
    });
  }
}

describe('the code keeps its architecture', () => {
  const sources = sourcesIn('src');
  test('there is something to look at', () => {
    assert.ok(sources.length > 50 && sources.some(({ imports }) => imports.length > 5));
  });
  keeps(sourceRules, sources);
  const others = sourcesIn('test', 'scripts');
  keeps(nameRules, [...sources, ...others]);
  // A test file is named like its source and says the rest in its names; its tables grow by a row a bug.
  keeps(fileRules, [...sources, ...others.filter(({ path }) => !path.endsWith('.test.ts'))]);
});

/** [what, path, text, places found: `rule number of lines`]. */
const found: readonly [string, string, string, readonly string[]][] = [
  ['what may be', 'src/kube/a.ts', "// A.\nimport { b } from '../api/b.ts';\nimport type { C } from './c.ts';", []],
  ['a layer to the right', 'src/pki/a.ts', "// A.\nimport { b } from '../kube/b.ts';", ['layers 2']],
  ['a type of it', 'src/base/a.ts', "// A.\nimport type { B } from '../api/b.ts';", ['layers 2']],
  ['over several lines', 'src/base/a.ts', "// A.\nimport {\n  b,\n} from '../api/b.ts';", ['layers 2']],
  ['no layer', 'src/stuff/a.ts', '// A.', ['layers 0']],
  ['a sibling', 'src/controllers/order/a.ts', "// A.\nimport { b } from '../challenge/b.ts';", ['siblings 2']],
  ['beside the siblings', 'src/issuers/ca/a.ts', "// A.\nimport { b } from '../backend.ts';", []],
  ['one of them from beside them', 'src/issuers/io.ts', "// A.\nimport { b } from './ca/b.ts';", ['siblings 2']],
  ['the list', 'src/issuers/index.ts', "// A.\nimport { b } from './ca/b.ts';", []],
  ['the tests', 'src/base/a.ts', "// A.\nimport { b } from '../../test/support/b.ts';", ['src 2']],
  ['an unknown package', 'src/api/a.ts', "// A.\nimport { b } from 'lodash/b';", ['each 2']],
  ['a package elsewhere', 'src/kube/a.ts', "// A.\nimport { z } from 'zod';", ['each 2']],
  ['a big one at once', 'src/pki/keystores/a.ts', "// A.\nimport { b } from 'node-forge';", ['each 2']],
  ['a big one lazily', 'src/pki/keystores/a.ts', "// A.\nawait import('node-forge/lib/rc2.js');", []],
  ['the environment', 'src/kube/a.ts', '// A.\nconst b = process.env;', ['only 2']],
  ['the environment in cmd', 'src/cmd/a.ts', '// A.\nconst b = process.env;', []],
  ['the environment in a comment', 'src/kube/a.ts', "// A: process.env.\nconst b = 'process.env';", []],
  ['a clock', 'src/controllers/x/decide.ts', '// A.\nconst b = new Date();', ['what 2']],
  ['a given time', 'src/controllers/x/decide.ts', '// A.\nconst b = new Date(at);', []],
  ['waiting', 'src/controllers/x/rules.ts', '// A.\nconst b = async () => {};', ['what 2']],
  ['waiting where it belongs', 'src/controllers/x/observe.ts', '// A.\nconst b = async () => {};', []],
  ['a client', 'src/controllers/x/decide.ts', "// A.\nimport { b } from '../../kube/client.ts';", ['what 2']],
  ['a computed import', 'src/base/a.ts', '// A.\nconst b = import(name);', ['lists 2']],
  ['an import for nothing', 'src/base/a.ts', "// A.\nimport './b.ts';", ['lists 2']],
  ['a barrel', 'src/base/a.ts', "// A.\nexport { b } from './b.ts';", ['lists 2']],
  ['a default export', 'src/base/a.ts', '// A.\nexport default 1;', ['named 2']],
  ['the default export of a package', 'src/base/a.d.ts', '// A.\nexport default a;', []],
  ['a forbidden name', 'src/base/string-utils.ts', '// A.', ['names 0']],
  ['a forbidden folder', 'src/base/common/a.ts', '// A.', ['names 0']],
  ['a name in another case', 'src/base/deepEqual.ts', '// A.', ['names 0']],
  ['too long', 'src/base/a.ts', `// A.\n${'b();\n'.repeat(400)}`, ['files 0']],
  ['no opening comment', 'src/base/a.ts', 'b();', ['files 0']],
];

describe('the rules see', () => {
  for (const [name, path, text, expected] of found) {
    test(name, () => {
      const source = readSource(path, text);
      const seen = Object.entries({ ...sourceRules, ...nameRules, ...fileRules }).flatMap(([rule, check]) =>
        check(source).map((violation) => `${rule.split(/[ ,]/)[0]} ${/^\S+?:(\d+):/.exec(violation)?.[1] ?? 0}`),
      );
      assert.deepEqual(seen, expected);
    });
  }
});

/** [what, text, code as it is left]. */
const blanked: readonly [string, string, string][] = [
  ['a string', `a('b // c');`, `a('      ');`],
  ['an escaped quote', `a('b\\'c', d);`, `a('    ', d);`],
  ['a line comment', 'a; // b', 'a;     '],
  ['a block comment', 'a; /* b\n c */ d', 'a;     \n      d'],
  ['a template', 'a(`b`) + c', 'a(   ) + c'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what is tested
  ['a template with code', 'a(`b${c({ d })}e`) + f', 'a(    c({ d })   ) + f'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what is tested
  ['a template in a template', 'a(`b${`c${d}`}e`);', 'a(        d     );'],
  ['a regular expression', `a.test(/'[/"]/g); b('c');`, `a.test(       g); b(' ');`],
  ['a division', `a / b / c; 'd'`, `a / b / c; ' '`],
];

describe('only code is looked at', () => {
  for (const [name, text, expected] of blanked) {
    test(name, () => assert.equal(readSource('a.ts', text).code, expected));
  }
});
