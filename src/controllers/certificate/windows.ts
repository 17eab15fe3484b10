// Renewal windows: moves a desired renewal time into the next time that one of spec.renewal.windows is open. Never moves it earlier.
import type { RenewalWindow } from '../../api/certificate.ts';
import { parseSchedule, type Schedule } from '../../base/cron.ts';
import { parseDuration } from '../../base/duration.ts';
import { goTime } from './go-time.ts';

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Without `at`, the windows themselves cannot be read; with it, none of them opens in time and `at` is the desired time. */
export type Placement =
  | { readonly kind: 'at'; readonly at: Date }
  | { readonly kind: 'windowError'; readonly at?: Date; readonly error: string };

/** The schema sets no limit; more of them would hold everything else up while they are read. */
const mostWindows = 100;

interface Window {
  readonly schedule: Schedule;
  readonly durationMs: number;
  /** The search for openings begins here. */
  readonly from: Date;
}

/**
 * `desired` itself where a window is open then, both ends included; else the earliest opening after it over all windows that is not later
 * than notAfter plus that window's length. Openings count from one window length before notBefore.
 */
export function placeInWindows(desired: Date, validity: Validity, windows: readonly RenewalWindow[]): Placement {
  if (windows.length > mostWindows)
    return {
      kind: 'windowError',
      at: desired,
      error: `${windows.length} renewal windows are more than ${mostWindows}`,
    };
  const readable: Window[] = [];
  for (const [index, window] of windows.entries()) {
    const read = readWindow(window, validity);
    if (typeof read === 'string') return { kind: 'windowError', error: `renewal window ${index + 1}: ${read}` };
    readable.push(read);
  }
  if (readable.some((window) => isOpen(window, desired))) return { kind: 'at', at: desired };
  const openings = readable.flatMap((window) => opening(window, desired, validity.notAfter));
  if (openings.length === 0) {
    return { kind: 'windowError', at: desired, error: `no renewal window opens after ${goTime(desired)} in time` };
  }
  return { kind: 'at', at: new Date(Math.min(...openings)) };
}

function readWindow(window: RenewalWindow, validity: Validity): Window | string {
  const durationMs = parseDuration(window.windowDuration) ?? 0;
  if (durationMs <= 0) return 'windowDuration must be greater than 0';
  const from = new Date(validity.notBefore.getTime() - durationMs);
  const parsed = parseSchedule(window.cron, window.timezone ?? 'UTC', from);
  return parsed.kind === 'bad' ? parsed.error : { schedule: parsed.schedule, durationMs, from };
}

/** A window is open at `time` exactly where its first start from `time` minus its length on is not later than `time`. */
function isOpen({ schedule, durationMs, from }: Window, time: Date): boolean {
  const start = schedule.next(new Date(Math.max(time.getTime() - durationMs - 1, from.getTime())));
  return start !== undefined && start <= time;
}

function opening({ schedule, durationMs, from }: Window, desired: Date, notAfter: Date): number[] {
  const start = schedule.next(desired > from ? desired : from)?.getTime();
  return start === undefined || start > notAfter.getTime() + durationMs ? [] : [start];
}
