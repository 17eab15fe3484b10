// The calls of the Challenge controller: to DNS providers, to DNS and web servers that show the answer, to the ACME server. Each is one step, may be
// repeated after a crash, and never waits for something to happen. What is expected to go wrong is an outcome; all else is thrown.
import type { AcmeClient } from '../../acme/client.ts';
import type { Challenge as AcmeChallenge, Authorization, Fault } from '../../acme/resources.ts';
import type { Challenge } from '../../api/challenge.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { KubeObject } from '../../api/meta.ts';
import { AcmeProblem, ApiError, DecodeError, ProviderError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { DnsError, type DnsResolver } from '../../dns/resolver.ts';
import type { AcmeAccounts } from '../../issuers/acme/accounts.ts';
import { restAfter } from '../../issuers/acme/rate-limits.ts';
import { shortened } from '../../issuers/acme/retries.ts';
import type { BackendIo } from '../../issuers/backend.ts';
import { type Http, HttpError } from '../../net/http.ts';
import { type AnyDns01Provider, type Dns01Io, providerOf, type TxtRecord } from '../../solvers/dns01.ts';
import { selfCheck } from '../../solvers/http01/self-check.ts';
import type { ChallengeCall, ChallengeOutcome, Look } from './seen.ts';

export interface PerformDeps {
  readonly accounts: Pick<AcmeAccounts, 'open' | 'pause'>;
  readonly backendIo: (issuer: Issuer, signal: AbortSignal) => BackendIo;
  readonly dns01Io: (challenge: Challenge, signal: AbortSignal) => Dns01Io;
  readonly resourceNamespace: (challenge: Challenge) => string;
  readonly providers: readonly AnyDns01Provider[];
  readonly resolver: DnsResolver;
  readonly recursiveOnly: boolean;
  /** For the self-check of HTTP-01. */
  readonly pages: Http;
  readonly fetchIngress: (namespace: string, name: string, signal: AbortSignal) => Promise<KubeObject | undefined>;
  readonly now: () => Date;
  readonly log: Log | undefined;
}

export async function perform(call: ChallengeCall, deps: PerformDeps, signal: AbortSignal): Promise<ChallengeOutcome> {
  const { challenge } = call;
  switch (call.kind) {
    case 'present':
    case 'cleanUp':
      return changeRecord(call.kind, challenge, deps, signal);
    case 'readIngress':
      return {
        kind: 'ingress',
        ingress: await deps.fetchIngress(challenge.metadata.namespace ?? '', call.name, signal),
      };
    case 'look':
      return { kind: 'looked', look: await look(challenge, deps, signal) };
    case 'fetchState':
    case 'accept':
    case 'poll':
      return askServer(call, deps, signal);
  }
}

async function changeRecord(
  kind: 'present' | 'cleanUp',
  challenge: Challenge,
  deps: PerformDeps,
  signal: AbortSignal,
): Promise<ChallengeOutcome> {
  try {
    const solver = challenge.spec.solver.dns01;
    const found = solver === undefined ? undefined : providerOf(solver, deps.providers);
    if (found === undefined) return { kind: 'failed', message: 'no DNS provider is configured for this challenge' };
    const { provider, config } = found;
    const record = await recordOf(challenge, provider.needsZone(config), deps, signal);
    const opened = await provider.open(config, deps.dns01Io(challenge, signal));
    await (kind === 'present' ? opened.add(record, signal) : opened.remove(record, signal));
    return { kind: 'done' };
  } catch (error) {
    signal.throwIfAborted();
    const { namespace, name } = challenge.metadata;
    deps.log?.warn({ kind: 'Challenge', namespace, name, err: error }, `the DNS provider failed: ${kind}`);
    const retryAfterMs = error instanceof ProviderError || error instanceof ApiError ? error.retryAfterMs : undefined;
    return { kind: 'failed', message: stableText(error), retryAfterMs };
  }
}

async function recordOf(
  challenge: Challenge,
  needsZone: boolean,
  deps: PerformDeps,
  signal: AbortSignal,
): Promise<TxtRecord> {
  const { spec, metadata } = challenge;
  const name = recordName(challenge);
  const fqdn = spec.solver.dns01?.cnameStrategy === 'Follow' ? await deps.resolver.followCnames(name, signal) : name;
  return {
    zone: needsZone ? await deps.resolver.findZone(fqdn, signal) : '',
    fqdn,
    value: spec.key,
    dnsName: spec.dnsName,
    challengeUid: metadata.uid,
    resourceNamespace: deps.resourceNamespace(challenge),
  };
}

/** RFC 8555 section 8.4. */
const recordName = ({ spec }: Challenge): string => `_acme-challenge.${spec.dnsName.replace(/\.$/, '')}.`;

/** Messages of our own errors are fit for a status; what others say may be secret, or change with every attempt. */
function stableText(error: unknown): string {
  const isOwn = [ProviderError, DnsError, HttpError, ApiError, DecodeError].some((each) => error instanceof each);
  return isOwn ? shortened((error as Error).message) : 'unexpected error, see the log of the controller';
}

async function look(challenge: Challenge, deps: PerformDeps, signal: AbortSignal): Promise<Look> {
  const { type, dnsName, key } = challenge.spec;
  if (type === 'HTTP-01') return lookForPage(challenge, deps, signal);
  const { recursiveOnly, resolver } = deps;
  const check = await resolver.checkTxt(recordName(challenge), key, { recursiveOnly }, signal);
  const missing = check.problem === '' ? `DNS record for "${dnsName}" not yet propagated` : check.problem;
  return {
    isVisible: check.visible,
    ttlSeconds: check.ttlSeconds,
    answers: check.answers.map(({ server, answer }) => ({ server, answer })),
    problem: check.visible ? '' : missing,
  };
}

async function lookForPage(challenge: Challenge, { pages }: PerformDeps, signal: AbortSignal): Promise<Look> {
  const check = await selfCheck(challenge, { http: pages }, signal);
  if (check.ok) return { isVisible: true, ttlSeconds: 0, answers: [], problem: '' };
  return { isVisible: false, ttlSeconds: 0, answers: check.answers, problem: check.problem };
}

async function askServer(
  call: ChallengeCall & { kind: 'fetchState' | 'accept' | 'poll' },
  deps: PerformDeps,
  signal: AbortSignal,
): Promise<ChallengeOutcome> {
  const account = await deps.accounts.open(call.issuer, deps.backendIo(call.issuer, signal));
  if (account.kind !== 'open') return { kind: 'noAccount' };
  const { client } = account;
  const { url, authorizationURL } = call.challenge.spec;
  try {
    if (call.kind === 'accept') return accepted(await client.acceptChallenge(url, signal));
    const authorization = await client.fetchAuthorization(authorizationURL, signal);
    return call.kind === 'poll' ? outcomeOf(authorization, url) : stateOf(authorization, url);
  } catch (error) {
    signal.throwIfAborted();
    if (call.kind !== 'accept' || !isMalformed(error)) return trouble(error, call, deps);
    return afterRefusal(error, call, client, deps, signal);
  }
}

const isMalformed = (error: unknown): boolean => error instanceof AcmeProblem && error.type === 'malformed';

/** A server may refuse to be told twice: after a crash, or where another Challenge shares the authorization. What it knows then counts. */
async function afterRefusal(
  refusal: unknown,
  call: ChallengeCall & { kind: 'accept' | 'fetchState' | 'poll' },
  client: AcmeClient,
  deps: PerformDeps,
  signal: AbortSignal,
): Promise<ChallengeOutcome> {
  const { authorizationURL, url } = call.challenge.spec;
  try {
    const outcome = outcomeOf(await client.fetchAuthorization(authorizationURL, signal), url);
    return outcome.kind === 'checking' && outcome.isPending ? trouble(refusal, call, deps) : outcome;
  } catch (error) {
    signal.throwIfAborted();
    return trouble(error, call, deps);
  }
}

function trouble(
  error: unknown,
  { challenge, issuer, kind }: ChallengeCall & { issuer: Issuer },
  deps: PerformDeps,
): ChallengeOutcome {
  const until = restAfter(error, deps.now())?.accountUntil;
  if (until !== undefined) deps.accounts.pause(issuer, until);
  const { namespace, name } = challenge.metadata;
  deps.log?.warn({ kind: 'Challenge', namespace, name, err: error }, `the ACME server failed: ${kind}`);
  return { kind: 'trouble', error };
}

function accepted({ status, retryAfter }: AcmeChallenge): ChallengeOutcome {
  if (status === 'valid') return { kind: 'valid' };
  // An invalid one says why in its authorization.
  return {
    kind: 'checking',
    isPending: status === 'pending',
    retryAfter: status === 'invalid' ? undefined : retryAfter,
  };
}

function outcomeOf(authorization: Authorization, url: string): ChallengeOutcome {
  const { status, challenges, retryAfter } = authorization;
  const own = challenges.find((each) => each.url === url);
  if (status === 'valid') return { kind: 'valid' };
  if (status === 'pending' && own?.status !== 'invalid') {
    return { kind: 'checking', isPending: own?.status === 'pending', retryAfter };
  }
  const faults = (own?.error === undefined ? challenges.flatMap(({ error }) => error ?? []) : [own.error]).map(
    faultText,
  );
  const what = faults.length === 0 ? `the authorization is ${status}` : faults.join('; ');
  return {
    kind: 'refused',
    state: status === 'expired' ? 'expired' : 'invalid',
    error: shortened(`acme: authorization error for ${authorization.identifier.value}: ${what}`),
  };
}

const faultText = (fault: Fault): string => new AcmeProblem(fault).message;

function stateOf({ challenges }: Authorization, url: string): ChallengeOutcome {
  const own = challenges.find((each) => each.url === url);
  if (own === undefined) {
    const reason = 'unexpected non-ACME API error: challenge was not present in authorization';
    return { kind: 'state', state: 'errored', reason };
  }
  return { kind: 'state', state: own.status, reason: shortened(own.error?.detail ?? '') };
}
