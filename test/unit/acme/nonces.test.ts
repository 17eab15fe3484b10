import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoncePool } from '../../../src/acme/nonces.ts';

test('each nonce is handed out once, the newest first', () => {
  const pool = new NoncePool();
  for (const nonce of ['a', 'b', 'c']) pool.put(nonce);
  assert.deepEqual([pool.take(), pool.take(), pool.take(), pool.take()], ['c', 'b', 'a', undefined]);
});

test('what is no nonce is not kept, and old ones are let go', () => {
  const pool = new NoncePool();
  for (const nonce of [undefined, '', 'with space', 'a/b', 'x'.repeat(600)]) pool.put(nonce);
  assert.equal(pool.take(), undefined);
  for (let index = 0; index < 100; index++) pool.put(`n${index}`);
  const left = Array.from({ length: 101 }, () => pool.take()).filter((nonce) => nonce !== undefined);
  assert.equal(left.length, 20);
  assert.equal(left.at(-1), 'n80');
});
