// The controller as users run it: a process of its own, started from source, with its log, its servers and its signals.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ControllerProcessOptions {
  readonly kubeconfig: string;
  /** Further flags. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface ControllerProcess {
  readonly pid: number;
  readonly log: readonly LogLine[];
  /** What it wrote that is no log line; empty if all is well. */
  readonly noise: readonly string[];
  /** Waits for a log line with this message; rejects when the process ends before. */
  logged(message: string): Promise<LogLine>;
  /** A page of its servers. */
  fetch(server: 'health' | 'metrics', path: string): Promise<{ status: number; body: string }>;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  readonly exited: Promise<number | null>;
  /** SIGTERM, and SIGKILL where that does not help within 20 s; answers the exit code. */
  stop(): Promise<number | null>;
}

const entry = join(import.meta.dirname, '..', '..', 'src', 'cmd', 'main.ts');
const pages = { health: 'health checks are served', metrics: 'metrics are served' };
const stopMs = 20_000;

/** Servers listen on free ports of 127.0.0.1, leader election is on. It ends with the process that started it. */
export function startControllerProcess(options: ControllerProcessOptions): ControllerProcess {
  const local = ['--metrics-listen-address=127.0.0.1:0', '--internal-healthz-listen-address=127.0.0.1:0'];
  const flags = [`--kubeconfig=${options.kubeconfig}`, '--logging-format=json', ...local, ...(options.flags ?? [])];
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env };
  const child = spawn(process.execPath, [entry, 'controller', ...flags], { stdio: ['ignore', 'pipe', 'pipe'], env });
  return new Running(child);
}

class Running implements ControllerProcess {
  readonly log: LogLine[] = [];
  readonly noise: string[] = [];
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  #waiting: (() => void)[] = [];
  #over = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    this.exited = once(child, 'close').then(([code]) => {
      process.off('exit', kill);
      this.#over = true;
      this.#wake();
      return code as number | null;
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    }
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async logged(message: string): Promise<LogLine> {
    for (;;) {
      const line = this.log.find(({ msg }) => msg === message);
      if (line !== undefined) return line;
      if (this.#over) throw new Error(`the controller ended without «${message}»:\n${this.#tail()}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async fetch(server: 'health' | 'metrics', path: string): Promise<{ status: number; body: string }> {
    const { address } = await this.logged(pages[server]);
    const answer = await fetch(`http://${address}${path}`, { headers: { connection: 'close' } });
    return { status: answer.status, body: await answer.text() };
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    const late = setTimeout(() => this.signal('SIGKILL'), stopMs);
    const code = await this.exited;
    clearTimeout(late);
    return code;
  }

  #take(line: string): void {
    try {
      this.log.push(JSON.parse(line) as LogLine);
    } catch {
      this.noise.push(line);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #tail(): string {
    return [...this.noise, ...this.log.map((line) => JSON.stringify(line))].slice(-20).join('\n');
  }
}
