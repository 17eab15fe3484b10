// The entry of every component. The only place that reads the command line and the environment.
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { runProgram } from './program.ts';

/** Whole, even when the process exits right after; a reader that has gone away is not our problem. */
function write(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // Nowhere left to say it.
  }
}

// The kernel ignores a signal that the first process of a container does not listen for: a pod that is deleted while it starts would live on
// until it is killed, and might take the Lease meanwhile. Whoever has something to end in order listens, too, and is left to it.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
  });
}

process.exitCode = await runProgram({
  args: process.argv.slice(2),
  env: process.env,
  stdout: (text) => write(1, text),
  stderr: (text) => write(2, text),
});
// Sockets and timers of what was stopped must not keep the process; a second signal would otherwise be needed.
process.exit();
