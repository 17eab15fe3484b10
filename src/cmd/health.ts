// Liveness and readiness: what is checked, and the answer in the form that Kubernetes components give. Serving it is http/'s business.

export interface Check {
  readonly name: string;
  /** What is wrong; undefined while all is well. */
  problem(): string | undefined;
}

export interface HealthAnswer {
  readonly status: 200 | 404 | 500;
  readonly body: string;
}

export type Endpoints = Readonly<Record<string, readonly Check[]>>;

/**
 * The answer for a URL path such as `/livez` or `/livez/clockHealth`: `ok`, or the failed checks with their reasons. `?verbose` lists every
 * check, `?exclude=name` leaves one out.
 */
export function healthAnswer(endpoints: Endpoints, path: string, query: URLSearchParams): HealthAnswer {
  const [, name = '', checkName, ...rest] = path.replace(/\/$/, '').split('/');
  const all = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  const checks = checkName === undefined ? all : all?.filter((check) => check.name === checkName);
  if (checks === undefined || (checkName !== undefined && checks.length === 0) || rest.length > 0) {
    return { status: 404, body: '404 page not found\n' };
  }
  const excluded = new Set(query.getAll('exclude'));
  const results = checks.map((check) => ({
    name: check.name,
    problem: excluded.has(check.name) ? undefined : check.problem(),
  }));
  const failed = results.some(({ problem }) => problem !== undefined);
  if (!failed && (checkName !== undefined || !query.has('verbose'))) return { status: 200, body: 'ok' };
  const lines = results.map(({ name: each, problem }) =>
    problem === undefined ? `[+]${each} ok` : `[-]${each} failed: ${problem}`,
  );
  return { status: failed ? 500 : 200, body: `${lines.join('\n')}\n${name} check ${failed ? 'failed' : 'passed'}\n` };
}

/** How far the wall clock may move against the monotonic one before the process should be restarted. */
const allowedSkewMs = 5 * 60_000;

/**
 * Fails when the wall clock was moved by more than five minutes since the process started (or the machine slept): timers are then wrong.
 * Both readers give milliseconds.
 */
export function clockCheck(wall: () => number, monotonic: () => number): Check {
  const start = wall() - monotonic();
  return {
    name: 'clockHealth',
    problem: () => {
      const skewMs = Math.abs(wall() - monotonic() - start);
      return skewMs <= allowedSkewMs
        ? undefined
        : `the system clock has moved by ${Math.round(skewMs / 1000)}s against the monotonic clock, more than the ${allowedSkewMs / 1000}s allowed`;
    },
  };
}
