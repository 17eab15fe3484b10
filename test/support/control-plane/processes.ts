// Child processes that never outlive the one that started them, however that one ends, kill -9 included: a small shell process waits at
// the end of a pipe that only we hold, and when it closes, ends the children and removes the folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Running {
  readonly name: string;
  readonly pid: number;
  readonly log: string;
  /** Why it is no longer running; undefined while it runs. */
  ended(): string | undefined;
}

export interface Processes {
  /** Starts a program in `folder`, its output going to `<name>.log` there (added to what a run before left). */
  start(name: string, program: string, args: readonly string[]): Running;
  /** A process that somebody else started and stops shall not outlive us either. */
  adopt(pid: number, ended: Promise<unknown>): void;
  /** Asks it to end, and makes it end after `graceMs`. 0 kills at once. */
  stop(running: Running, graceMs: number): Promise<void>;
  /** Kills everything and, unless `keep` was asked for, removes the folder. */
  stopAll(): Promise<void>;
}

/** Reads `add PID` and `drop PID` lines until the pipe closes. */
const undertaker = `
trap '' INT TERM HUP
pids=' '
while read -r verb pid; do
  case $verb in
    add) pids="$pids$pid " ;;
    drop) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done 2>/dev/null
eval "$2"
[ -z "$1" ] || for i in 1 2 3 4 5; do rm -rf "$1" 2>/dev/null && break; sleep 0.2; done
`;

const tailLines = 15;

/** `farewell`: shell commands for what else is to go when all children are dead. */
export function startProcesses(folder: string, keep: boolean, farewell = ''): Processes {
  // In a session of its own: Ctrl-C is meant for us, and we tell the children in our own order.
  const watcher = spawn('sh', ['-c', undertaker, 'sh', keep ? '' : folder, farewell], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  (watcher.stdin as unknown as { unref(): void }).unref();
  watcher.stdin.on('error', () => {});
  const children = new Map<number, ChildProcess>();

  const stop = async (pid: number, graceMs: number) => {
    const child = children.get(pid);
    if (child === undefined) return;
    const ended = hasEnded(child) ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  };

  return {
    start(name, program, args) {
      const log = join(folder, `${name}.log`);
      const output = openSync(log, 'a');
      const child = spawn(program, args, { cwd: folder, detached: true, stdio: ['ignore', output, output] });
      closeSync(output);
      let failure: string | undefined;
      child.on('error', (error) => {
        failure = error.message;
      });
      const { pid } = child;
      if (pid === undefined) return { name, pid: 0, log, ended: () => failure ?? 'it could not be started' };
      children.set(pid, child);
      watcher.stdin.write(`add ${pid}\n`);
      child.once('exit', () => {
        children.delete(pid);
        watcher.stdin.write(`drop ${pid}\n`);
      });
      child.unref();
      return {
        name,
        pid,
        log,
        ended: () => (hasEnded(child) ? `it ended with ${child.exitCode ?? child.signalCode}` : failure),
      };
    },
    adopt(pid, ended) {
      watcher.stdin.write(`add ${pid}\n`);
      ended.then(() => watcher.stdin.write(`drop ${pid}\n`)).catch(() => {});
    },
    stop: (running, graceMs) => stop(running.pid, graceMs),
    async stopAll() {
      await Promise.all([...children.keys()].map((pid) => stop(pid, 0)));
      const buried = new Promise((resolve) => watcher.once('exit', resolve));
      watcher.stdin.end();
      if (farewell !== '') {
        watcher.ref();
        await buried;
      }
      if (!keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** Waits until `isReady`, asking every 50 ms. Throws with the end of its log when the process ends or the time is up. */
export async function untilReady(running: Running, isReady: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (await isReady()) return;
    const ended = running.ended();
    if (ended !== undefined) throw startError(running, ended);
    if (Date.now() > deadline) throw startError(running, `it was not ready after ${timeoutMs / 1000} s`);
    await sleep(50);
  }
}

function startError(running: Running, why: string): Error {
  const lines = readFileSync(running.log, 'utf8').trimEnd().split('\n').slice(-tailLines);
  return new Error(`${running.name} did not start: ${why}. The end of its log:\n${lines.join('\n')}`);
}
