// The entry of every component. The only place that reads the command line and the environment.
import { writeSync } from 'node:fs';
import { runProgram } from './program.ts';

/** Whole, even when the process exits right after; a reader that has gone away is not our problem. */
function write(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // Nowhere left to say it.
  }
}

process.exitCode = await runProgram({
  args: process.argv.slice(2),
  env: process.env,
  stdout: (text) => write(1, text),
  stderr: (text) => write(2, text),
});
// Sockets and timers of what was stopped must not keep the process; a second signal would otherwise be needed.
process.exit();
