import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../../src/webhook/findings.ts';
import { durationErrors, renewalErrors } from '../../../../src/webhook/rules/certificate-renewal.ts';

const minute = 60_000_000_000;
const hour = 60 * minute;
const exclusive = 'renewBefore and renewBeforePercentage are mutually exclusive and cannot both be set';
const tooLittle = 'certificate renewBeforePercentage must result in a renewBefore greater than 5m0s';
const tooMuch = 'certificate renewBeforePercentage must result in a renewBefore less than duration';

const durations: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['nothing said', {}, []],
  ['the shortest', { duration: '1h', renewBefore: '5m' }, []],
  [
    'a duration too short',
    { duration: '59m59s' },
    [`spec.duration: Invalid value: ${hour - 1_000_000_000}: certificate duration must be greater than 1h0m0s`],
  ],
  [
    'renewed too late',
    { renewBefore: '4m59.5s' },
    ['spec.renewBefore: Invalid value: 299500000000: certificate renewBefore must be greater than 5m0s'],
  ],
  [
    'renewed before it begins',
    { duration: '1h', renewBefore: '1h' },
    [`spec.renewBefore: Invalid value: ${hour}: certificate duration 1h0m0s must be greater than renewBefore 1h0m0s`],
  ],
  [
    'no duration is 90 days',
    { renewBefore: '2160h' },
    [
      `spec.renewBefore: Invalid value: ${2160 * hour}: certificate duration 2160h0m0s must be greater than renewBefore 2160h0m0s`,
    ],
  ],
  [
    'both ways to say when',
    { renewBefore: '30m', renewBeforePercentage: 50 },
    [
      `spec.renewBefore: Invalid value: ${30 * minute}: ${exclusive}`,
      `spec.renewBeforePercentage: Invalid value: 50: ${exclusive}`,
    ],
  ],
  ['a percentage alone is not looked at', { renewBeforePercentage: 100 }, []],
  ['a percentage', { duration: '1h', renewBeforePercentage: 91 }, []],
  [
    'a percentage that leaves too little',
    { duration: '1h', renewBeforePercentage: 92 },
    [`spec.renewBeforePercentage: Invalid value: 92: ${tooLittle}`],
  ],
  [
    'no percentage',
    { duration: '1h', renewBeforePercentage: 0 },
    [`spec.renewBeforePercentage: Invalid value: 0: ${tooMuch}`],
  ],
  [
    'a negative duration',
    { duration: '-1h', renewBeforePercentage: 50 },
    [
      `spec.duration: Invalid value: ${-hour}: certificate duration must be greater than 1h0m0s`,
      `spec.renewBeforePercentage: Invalid value: 50: ${tooLittle}`,
      `spec.renewBeforePercentage: Invalid value: 50: ${tooMuch}`,
    ],
  ],
  ['the longest', { duration: '2562047h47m', renewBeforePercentage: 1 }, []],
  [
    'what is no duration',
    { duration: '90d', renewBefore: '' },
    [
      'spec.duration: Invalid value: "90d": time: unknown unit "d" in duration "90d"',
      'spec.renewBefore: Invalid value: "": time: invalid duration ""',
    ],
  ],
];

for (const [name, spec, expected] of durations) {
  test(`durations: ${name}`, () => {
    assert.deepEqual(durationErrors(spec).map(formatFieldError), expected);
  });
}

const window = { cron: '0 2 * * *', windowDuration: '2h' };
const policy = 'RenewBefore';
const first = 'spec.renewal.windows[0]';
const badZone = 'invalid value for timezone. timezone must be IANA compliant';
const cronOf = (text: string, error: string) =>
  `${first}.cron: Invalid value: "${text}": invalid cron syntax: failed to parse cron spec '${text}': ${error}. cron needs to follow: cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow`;

const renewals: readonly (readonly [string, Record<string, unknown> | undefined, readonly string[]])[] = [
  ['nothing said', undefined, []],
  // Upstream 1.21.0 panicked here.
  ['switched off', { policy: 'Disabled' }, []],
  ['switched off, an empty list of windows', { policy: 'Disabled', windows: [] }, []],
  [
    'switched off, with windows: nothing else is asked of them',
    { policy: 'Disabled', windows: [{ cron: 'x' }] },
    ['spec.renewal.windows: Forbidden: windows cannot be set when `renewal.policy` is set to Disabled'],
  ],
  [
    'no policy',
    { windows: [window] },
    ['spec.renewal.policy: Unsupported value: "": supported values: "Disabled", "RenewBefore"'],
  ],
  [
    'an unknown policy, and windows that are looked at all the same',
    { policy: 'Never', windows: [{ cron: '0 2 * * *' }] },
    [
      'spec.renewal.policy: Unsupported value: "Never": supported values: "Disabled", "RenewBefore"',
      `${first}.windowDuration: Required value: windowDuration must be specified and should be greater than 0`,
    ],
  ],
  ['a window', { policy, windows: [window] }, []],
  ['a window of no length', { policy, windows: [{ ...window, windowDuration: '0s' }] }, []],
  [
    'words for schedules',
    { policy, windows: ['@daily', '@every 5h', '0 0 ? jan mon-fri'].map((cron) => ({ ...window, cron })) },
    [],
  ],
  ['a time zone', { policy, windows: [{ ...window, timezone: 'Europe/Berlin' }] }, []],
  ['a time zone in the expression', { policy, windows: [{ ...window, cron: 'CRON_TZ=Asia/Tokyo 0 2 * * *' }] }, []],
  [
    'a time zone in both places',
    { policy, windows: [{ ...window, cron: 'TZ=Asia/Tokyo 0 2 * * *', timezone: 'Europe/Berlin' }] },
    [cronOf('TZ=Asia/Tokyo 0 2 * * *', 'expected exactly 5 fields, found 6: [TZ=Asia/Tokyo 0 2 * * *]')],
  ],
  [
    'no time zone of the database',
    { policy, windows: [{ ...window, timezone: '+02:00' }] },
    [
      `${first}.timezone: Invalid value: "+02:00": ${badZone}`,
      cronOf('0 2 * * *', 'provided bad location +02:00: unknown time zone +02:00'),
    ],
  ],
  ['no expression', { policy, windows: [{ windowDuration: '1h' }] }, [cronOf('', 'empty spec string')]],
  [
    'an expression that cannot be read',
    { policy, windows: [{ ...window, cron: '0 2 * *' }] },
    [cronOf('0 2 * *', 'expected exactly 5 fields, found 4: [0 2 * *]')],
  ],
  [
    'a length that is none',
    { policy, windows: [{ ...window, windowDuration: '1d' }] },
    [`${first}.windowDuration: Invalid value: "1d": time: unknown unit "d" in duration "1d"`],
  ],
];

for (const [name, renewal, expected] of renewals) {
  test(`renewal: ${name}`, () => {
    assert.deepEqual(renewalErrors(renewal).map(formatFieldError), expected);
  });
}
