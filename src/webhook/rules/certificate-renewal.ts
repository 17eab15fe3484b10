// The rules of when a Certificate is renewed: its duration, how long before expiry, and the windows in which renewals happen.
import { isTimeZone, parseSchedule } from '../../base/cron.ts';
import { durationProblem, formatNanoseconds, parseNanoseconds } from '../../base/duration.ts';
import { type FieldError, forbidden, invalid, notSupported, required } from '../findings.ts';
import { errorsIn, itemsOf, type Members, membersOf, textOf } from './members.ts';

const minute = 60_000_000_000n;
const shortestDuration = 60n * minute;
const shortestRenewBefore = 5n * minute;
const defaultDuration = 2160n * 60n * minute;

const exclusive = 'renewBefore and renewBeforePercentage are mutually exclusive and cannot both be set';

/** What is not a duration at all. Every client written in Go fails to read an object that has one. */
export function durationTextErrors(value: unknown, path: string): FieldError[] {
  const problem = typeof value === 'string' ? durationProblem(value) : undefined;
  return problem === undefined ? [] : [invalid(path, value, problem)];
}

const nanosecondsOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' ? parseNanoseconds(value) : undefined;

/** `renewBeforePercentage` alone is not looked at, which is upstream's rule; the errors show durations in nanoseconds, as upstream's do. */
export function durationErrors(spec: Members): FieldError[] {
  const texts = ['duration', 'renewBefore'].flatMap((field) => durationTextErrors(spec[field], `spec.${field}`));
  const renewBefore = nanosecondsOf(spec['renewBefore']);
  const given = nanosecondsOf(spec['duration']);
  if (texts.length > 0 || (given === undefined && renewBefore === undefined)) return texts;
  const duration = given ?? defaultDuration;
  const percentage = spec['renewBeforePercentage'];
  const share = typeof percentage === 'number' ? percentage : undefined;
  return [
    ...(duration < shortestDuration
      ? [invalid('spec.duration', duration, `certificate duration must be greater than ${shown(shortestDuration)}`)]
      : []),
    ...(renewBefore === undefined ? [] : renewBeforeErrors(renewBefore, duration, share)),
    ...(share === undefined ? [] : percentageErrors(share, duration)),
  ];
}

const shown = formatNanoseconds;

function renewBeforeErrors(renewBefore: bigint, duration: bigint, share: number | undefined): FieldError[] {
  const path = 'spec.renewBefore';
  const least = shown(shortestRenewBefore);
  return [
    ...(share === undefined
      ? []
      : [invalid(path, renewBefore, exclusive), invalid('spec.renewBeforePercentage', share, exclusive)]),
    ...(renewBefore < shortestRenewBefore
      ? [invalid(path, renewBefore, `certificate renewBefore must be greater than ${least}`)]
      : []),
    ...(renewBefore >= duration
      ? [
          invalid(
            path,
            renewBefore,
            `certificate duration ${shown(duration)} must be greater than renewBefore ${shown(renewBefore)}`,
          ),
        ]
      : []),
  ];
}

/** Upstream reckons with the other share of the lifetime here than at run time; what it refuses is what clients know. */
function percentageErrors(share: number, duration: bigint): FieldError[] {
  const path = 'spec.renewBeforePercentage';
  const renewBefore = (Number(duration) * (100 - share)) / 100;
  return [
    ...(Math.trunc(renewBefore) < Number(shortestRenewBefore)
      ? [
          invalid(
            path,
            share,
            `certificate renewBeforePercentage must result in a renewBefore greater than ${shown(shortestRenewBefore)}`,
          ),
        ]
      : []),
    ...(Math.trunc(renewBefore) >= Number(duration)
      ? [invalid(path, share, 'certificate renewBeforePercentage must result in a renewBefore less than duration')]
      : []),
  ];
}

const policies = ['Disabled', 'RenewBefore'];

export function renewalErrors(renewal: Members | undefined): FieldError[] {
  if (renewal === undefined) return [];
  const policy = textOf(renewal['policy']);
  const windows = itemsOf(renewal['windows']);
  if (policy === 'Disabled') {
    if (windows.length === 0) return [];
    return [forbidden('spec.renewal.windows', 'windows cannot be set when `renewal.policy` is set to Disabled')];
  }
  return [
    ...(policies.includes(policy) ? [] : [notSupported('spec.renewal.policy', policy, policies)]),
    ...errorsIn(windows, (window, index) => windowErrors(membersOf(window) ?? {}, `spec.renewal.windows[${index}]`)),
  ];
}

/** Openings are not looked for here, so that any date does. */
const someDay = new Date(0);

function windowErrors(window: Members, path: string): FieldError[] {
  const { cron, timezone, windowDuration } = window;
  const [expression, zone] = [textOf(cron), textOf(timezone)];
  // Upstream hands the zone to the parser in this way, so that a prefix in the expression does not count beside it.
  const parsed = parseSchedule(zone === '' ? expression : `CRON_TZ=${zone} ${expression}`, 'UTC', someDay);
  const syntax = (error: string) =>
    `invalid cron syntax: failed to parse cron spec '${expression}': ${error}. cron needs to follow: cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow`;
  return [
    ...(typeof windowDuration === 'string'
      ? durationTextErrors(windowDuration, `${path}.windowDuration`)
      : [required(`${path}.windowDuration`, 'windowDuration must be specified and should be greater than 0')]),
    ...(isTimeZone(zone)
      ? []
      : [invalid(`${path}.timezone`, zone, 'invalid value for timezone. timezone must be IANA compliant')]),
    ...(parsed.kind === 'ok' ? [] : [invalid(`${path}.cron`, expression, syntax(parsed.error))]),
  ];
}
