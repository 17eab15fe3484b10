// What a component gets of the operating system's process that it runs in, and what it answers: an exit code. Only main.ts has the real one.

export interface Process {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Resolves with the exit code. */
export type Command = (process: Process) => Promise<number>;
