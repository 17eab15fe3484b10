import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { followProcess } from '../../../src/cmd/process-events.ts';

function follow() {
  const source = new EventEmitter();
  const lines: string[] = [];
  const exits: number[] = [];
  const note = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(Object.keys(fields))}`);
  const { stopping } = followProcess({ debug: note, info: note, warn: note, error: note }, source, (code) =>
    exits.push(code),
  );
  return { source, lines, exits, stopping };
}

for (const [first, second] of [
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGTERM'],
] as const) {
  test(`followProcess: ${first} asks for an orderly stop, ${second} after it ends the process`, () => {
    const { source, exits, stopping } = follow();
    assert.equal(stopping.aborted, false);
    source.emit(first);
    assert.deepEqual([stopping.aborted, exits], [true, []]);
    source.emit(second);
    assert.deepEqual(exits, [1]);
  });
}

for (const event of ['uncaughtException', 'unhandledRejection']) {
  test(`followProcess: ${event} is logged with its stack and ends the process`, () => {
    const { source, lines, exits } = follow();
    source.emit(event, new Error('broken'));
    source.emit(event, 'no error at all');
    assert.deepEqual(exits, [1, 1]);
    assert.match(lines[0] ?? '', /ending the process \["error","stack"\]$/);
  });
}
