// The controller as users run it: a process of its own, started from source, with its log, its servers and its signals.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ControlPlane } from './control-plane.ts';

/** Whom the chart's service account makes it. */
export const controllerUser = 'system:serviceaccount:cert-manager:cert-manager';
export const resourceNamespace = 'cert-manager';

export interface ControllerProcessOptions {
  readonly kubeconfig: string;
  /** Another component than the controller: only its metrics then get a free port by themselves. */
  readonly component?: string;
  /** Words before the component: `all`, whose first component it then is. */
  readonly before?: readonly string[];
  /** Further flags. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The program; the sources by default. */
  readonly entry?: string;
  /** Node's own flags. */
  readonly nodeFlags?: readonly string[];
  /** Where its output is written, too. */
  readonly logFile?: string;
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
  /** What it said last. */
  tail(): string;
  /** SIGTERM, and SIGKILL where that does not help within 20 s; answers the exit code. */
  stop(): Promise<number | null>;
}

const sources = join(import.meta.dirname, '..', '..', 'src', 'cmd', 'main.ts');
const pages = { health: 'health checks are served', metrics: 'metrics are served' };
const stopMs = 20_000;

/** Servers listen on free ports of 127.0.0.1, leader election is on. It ends with the process that started it, unless that is killed. */
export function startControllerProcess(options: ControllerProcessOptions): ControllerProcess {
  const { component = 'controller' } = options;
  const health = component === 'controller' ? ['--internal-healthz-listen-address=127.0.0.1:0'] : [];
  const local = ['--metrics-listen-address=127.0.0.1:0', ...health];
  const flags = [`--kubeconfig=${options.kubeconfig}`, '--logging-format=json', ...local, ...(options.flags ?? [])];
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...options.env };
  // A process group of its own: Ctrl-C reaches it through whoever started it, in order.
  const command = [
    ...(options.nodeFlags ?? []),
    options.entry ?? sources,
    ...(options.before ?? []),
    component,
    ...flags,
  ];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
  return new Running(child, options.logFile);
}

/** The same as the chart's user in `plane`, with the rights of its roles and no others. */
export async function startController(
  plane: ControlPlane,
  options: Omit<ControllerProcessOptions, 'kubeconfig'> = {},
): Promise<ControllerProcess> {
  const { kubeconfig } = await plane.user(controllerUser, ['system:serviceaccounts']);
  await plane.grantControllerRoles(controllerUser);
  const flags = [`--cluster-resource-namespace=${resourceNamespace}`, ...(options.flags ?? [])];
  const controller = startControllerProcess({ ...options, kubeconfig, flags });
  plane.adopt(controller.pid, controller.exited);
  return controller;
}

class Running implements ControllerProcess {
  readonly log: LogLine[] = [];
  readonly noise: string[] = [];
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  #waiting: (() => void)[] = [];
  #over = false;
  #write: (line: string) => void = () => {};

  constructor(child: ChildProcess, logFile: string | undefined) {
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
    if (logFile !== undefined) this.#write = (line) => appendFileSync(logFile, `${line}\n`);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async logged(message: string): Promise<LogLine> {
    for (;;) {
      const line = this.log.find(({ msg }) => msg === message);
      if (line !== undefined) return line;
      if (this.#over) throw new Error(`the controller ended without «${message}»:\n${this.tail()}`);
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
    this.#write(line);
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

  /** What it said last. */
  tail(): string {
    return [...this.noise, ...this.log.map((line) => JSON.stringify(line))].slice(-20).join('\n');
  }
}
