// The end of a component that works for as long as it holds a Lease: everything under way comes to an end, then others may begin.
import type { Client } from '../kube/client.ts';
import type { Recorder } from '../kube/events.ts';
import type { Leadership } from './leadership.ts';

/** How long work under way may take when the process is asked to stop. */
const graceMs = 10_000;
const flushMs = 2_000;

/** In order: no new work, work under way, events, then everything else; the Lease last, so that nobody else acts meanwhile. */
export async function stopInOrder(parts: {
  readonly running: { stop(): Promise<void> };
  readonly recorder: Recorder;
  /** Undefined: it stood by. */
  readonly leadership: Leadership | undefined;
  readonly client: Client;
  /** Ends all that is left. */
  readonly end: AbortController;
}): Promise<void> {
  const { running, recorder, leadership, client, end } = parts;
  const inTime = await within(graceMs, running.stop());
  if (inTime) await within(flushMs, recorder.flush(flushMs));
  end.abort(new Error('stopped'));
  if (leadership !== undefined) await within(flushMs, leadership.release());
  client.close();
}

/** Whether the promise settled in time. */
async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = promise.then(
    () => true,
    () => true,
  );
  const inTime = await Promise.race([done, late]);
  clearTimeout(timer);
  return inTime;
}
