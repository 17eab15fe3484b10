// The arguments of the tasks that `npm run` starts: `--help` prints a usage text, a wrong one is answered with one line and exit code 2.
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** The task's options; undefined where there is nothing to do but what was already printed. `task` is how a user calls it. */
export function taskOptions<const Options extends ParseArgsOptionsConfig>(
  task: string,
  usage: string,
  options: Options,
): ReturnType<typeof parseArgs<{ options: Options }>>['values'] | undefined {
  if (asksForHelp()) {
    console.log(usage);
    return undefined;
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}. ${task} -- --help says what there is.`);
    process.exitCode = 2;
    return undefined;
  }
}

export function asksForHelp(args: readonly string[] = process.argv.slice(2)): boolean {
  return args.includes('--help') || args.includes('-h');
}
