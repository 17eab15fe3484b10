// The two components that run to an end as processes: what they answer to signals. The API server that startupapicheck would need is not there.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';

const main = join(import.meta.dirname, '..', '..', '..', 'src', 'cmd', 'main.ts');

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
  /** Resolves with the first line of the log that fits. */
  said(pattern: RegExp): Promise<string>;
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { HOME: '/nowhere' },
  });
  const lines: string[] = [];
  let wake = (): void => undefined;
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  const ended = once(child, 'close');
  return {
    child,
    ended,
    said: async (pattern) => {
      for (;;) {
        const line = lines.find((each) => pattern.test(each));
        if (line !== undefined) return line;
        const isOver = await Promise.race([
          ended.then(() => true),
          new Promise<false>((resolve) => {
            wake = () => resolve(false);
          }),
        ]);
        if (isOver) throw new Error(`ended without ${pattern}:\n${lines.join('\n')}`);
      }
    },
  };
}

describe('signals', () => {
  test('acmesolver answers until it is told to stop; that is no failure', async () => {
    const solver = start('acmesolver', '--listen-port=0', '--domain=a.example', '--token=tok', '--key=tok.print');
    const port = /port=(\d+)/.exec(await solver.said(/listening/))?.[1];
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    assert.equal(answer.status, 200);
    solver.child.kill('SIGTERM');
    assert.deepEqual(await solver.ended, [0, null]);
  });

  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    test(`startupapicheck ends its wait on ${signal}`, async () => {
      const check = start('startupapicheck', 'check', 'api', '--server=https://127.0.0.1:1', '--wait=10m');
      await check.said(/not ready yet.*the Kubernetes API server does not answer/);
      check.child.kill(signal);
      assert.deepEqual(await check.ended, [code, null]);
    });
  }
});
