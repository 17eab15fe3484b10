// The table of events against the source: every reason that stands there is explained, and nothing is explained that is not there.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allEvents } from '../../../scripts/gen/events-page.ts';
import { conditionTable } from '../../../src/api/condition-table.ts';
import { saidOnce } from '../../../src/controllers/request/status.ts';

const src = join(import.meta.dirname, '..', '..', '..', 'src');
const source = ['controllers', 'issuers', 'solvers']
  .flatMap((folder) => {
    try {
      return readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(src, folder, name),
      );
    } catch {
      return [];
    }
  })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

/** What makes an event, or is made into one later, up to its reason. */
const places = [
  /\breason: '([A-Za-z.-]+)'/g,
  /\b(?:normal|warning|event|eventOf)\(\s*(?:[\w.]+,\s*){0,3}(?:'(?:Normal|Warning)',\s*)?'(?!Normal'|Warning')([A-Za-z.-]+)'/g,
  /\brejected\(\s*'([A-Za-z.-]+)'/g,
];

const documented = new Set(allEvents.map(({ reason }) => reason));
const ofConditions = new Set<string>(conditionTable.map(({ reason }) => reason));

test('every reason of an event in the source is in the table', () => {
  const found = places.flatMap((place) => [...source.matchAll(place)].map(([, reason = '']) => reason));
  assert.ok(found.length > 20, `only ${found.length} found: the patterns do not fit the source any more`);
  const all = new Set([...found, ...Object.values(saidOnce)]);
  assert.deepEqual(
    [...all].filter((reason) => !documented.has(reason) && !ofConditions.has(reason)),
    [],
    'explain them in src/api/event-table.ts',
  );
});

test('every reason in the table is in the source', () => {
  const gone = [...documented].filter(
    (reason) => !source.includes(`'${reason}'`) && !source.includes(`${reason}: '`) && !ofConditions.has(reason),
  );
  assert.deepEqual(gone, [], 'nobody writes these any more');
});

test('no row stands there twice', () => {
  const rows = allEvents.map(({ on, by, type, reason }) => [on, by, type, reason].join(' '));
  assert.deepEqual(
    rows.filter((row, index) => rows.indexOf(row) !== index),
    [],
  );
});
