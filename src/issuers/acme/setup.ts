// What makes an ACME issuer ready: server, account key, solvers' Secrets, account. One look does as much as it can in one go; a look at an issuer
// that is ready, and of which nothing has changed, asks the server nothing.
import type { AcmeClient } from '../../acme/client.ts';
import type { Account } from '../../acme/resources.ts';
import type { ACMEIssuerSpec } from '../../api/acme-issuer.ts';
import { conditionTypes, isTrue } from '../../api/conditions.ts';
import type { Issuer, IssuerStatus } from '../../api/issuer.ts';
import { AcmeProblem } from '../../base/errors.ts';
import { formatTime } from '../../base/rfc3339.ts';
import type { BackendIo, Change, CheckOutcome } from '../backend.ts';
import { errorText, secretNotFound } from '../signing.ts';
import { defaultKeyName, newAccountSecret } from './account-key.ts';
import type { AcmeAccounts } from './accounts.ts';
import { type BindingKey, bindingKey } from './external-account.ts';
import { restAfter } from './rate-limits.ts';
import type { SolverSecrets } from './solver-secrets.ts';
import { solverProblems } from './solver-secrets.ts';

type AcmeStatus = NonNullable<IssuerStatus['acme']>;

export interface SetupDeps {
  readonly accounts: AcmeAccounts;
  readonly solverSecrets: SolverSecrets;
}

const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const registered = 'The ACME account was registered with the ACME server';
const ready = { kind: 'ready', reason: 'ACMEAccountRegistered', message: registered } as const;
const registering = 'Failed to register ACME account: ';
const verifying = 'Failed to verify ACME account: ';
const updating = 'Failed to update ACME account:';

/** Addresses of the first version of the protocol, which nobody serves any more, and what replaces them. */
const secondVersions: Readonly<Record<string, string>> = {
  'https://acme-v01.api.letsencrypt.org/directory': 'https://acme-v02.api.letsencrypt.org/directory',
  'https://acme-staging.api.letsencrypt.org/directory': 'https://acme-staging-v02.api.letsencrypt.org/directory',
};

/**
 * | # | seen | outcome |
 * |---|---|---|
 * | 1 | a server of ACME version 1 | InvalidConfig |
 * | 2 | no key Secret | made, then looked again; ErrVerifyACMEAccount where it must not be made |
 * | 3 | a key that is none, or not RSA | ErrVerifyACMEAccount |
 * | 4 | Secrets of solvers missing | InvalidSolver |
 * | 5 | server or account address that is no URL | InvalidURL |
 * | 6 | ready, same host, e-mail address and key, not forgotten by the server | ready, the server is not asked |
 * | 7 | the server wants rest | ready where only the e-mail address is new, else ErrRegisterACMEAccount; looked again then |
 * | 8 | else | registered, e-mail address brought up to date |
 */
export async function setUp(
  config: ACMEIssuerSpec,
  io: BackendIo,
  issuer: Issuer,
  deps: SetupDeps,
): Promise<CheckOutcome> {
  const status = issuer.status?.acme ?? {};
  const successor = secondVersions[config.server.replace(/\/$/, '')];
  if (successor !== undefined) {
    const message = `Your ACME server URL is set to a v1 endpoint (${config.server}). You should update the spec.acme.server field to "${successor}"`;
    return { kind: 'notReady', reason: 'InvalidConfig', message };
  }
  const key = await accountKey(config, io, status, deps);
  if ('outcome' in key) return key.outcome;
  const problems = await solverProblems(config, io, deps.solverSecrets);
  if (problems.length > 0) return { kind: 'notReady', reason: 'InvalidSolver', message: problems.join('; ') };
  const server = URL.parse(config.server);
  if (server === null) return invalidUrl(`Failed to parse existing ACME server URI "${config.server}": it is no URL`);
  const account = status.uri === undefined || status.uri === '' ? undefined : URL.parse(status.uri);
  if (account === null) return invalidUrl(`Failed to parse existing ACME account URI "${status.uri}": it is no URL`);
  const pausedUntil = deps.accounts.pausedUntil(issuer, io.now());
  const isLost = deps.accounts.isLost(issuer);
  const isUsable =
    !isLost &&
    isTrue(issuer.status?.conditions, conditionTypes.Ready) &&
    account?.host === server.host &&
    status.lastPrivateKeyHash === key.hash;
  const isSame = isUsable && (status.lastRegisteredEmail ?? '') === (config.email ?? '');
  // A new e-mail address can wait: orders that are under way need not.
  if (isSame || (isUsable && pausedUntil !== undefined)) return rested(ready, status, pausedUntil);
  if (pausedUntil !== undefined) return paused(status, pausedUntil);
  const known = account?.host === server.host && !isLost ? status.uri : undefined;
  const client = deps.accounts.clientFor(issuer, key.key, key.hash, known, io);
  return register({ config, io, issuer, deps, status, client, hash: key.hash });
}

type Key = { readonly key: Parameters<AcmeAccounts['clientFor']>[1]; readonly hash: string };

async function accountKey(
  config: ACMEIssuerSpec,
  io: BackendIo,
  status: AcmeStatus,
  { accounts }: SetupDeps,
): Promise<Key | { readonly outcome: CheckOutcome }> {
  const { name, key: keyName = '' } = config.privateKeySecretRef;
  const wanted = keyName === '' ? defaultKeyName : keyName;
  const unverified = (message: string, error?: unknown): { readonly outcome: CheckOutcome } => ({
    outcome: {
      kind: 'notReady',
      reason: 'ErrVerifyACMEAccount',
      message,
      ...(error === undefined ? {} : { error, initError: message }),
    },
  });
  let found: Awaited<ReturnType<AcmeAccounts['key']>>;
  try {
    found = await accounts.key(config, io);
  } catch (error) {
    io.signal.throwIfAborted();
    return unverified(verifying + errorText(error), error);
  }
  if (found === undefined && config.disableAccountKeyGeneration === true) {
    // A change of the Secret looks again: there is no need to keep trying.
    const missing = `the ACME issuer config has 'disableAccountKeyGeneration' set to true, but the secret was not found: ${secretNotFound(name)}`;
    return { outcome: { ...unverified(verifying + missing).outcome, initError: verifying + missing } as CheckOutcome };
  }
  if (found === undefined) {
    const object = await newAccountSecret(io.resourceNamespace, name, wanted);
    const refused = { reason: 'ErrRegisterACMEAccount', message: registering.replace(/: $/, '') };
    const changes: readonly Change[] = [{ kind: 'create', resource: secrets, object, refused }];
    const { uri, ...rest } = status;
    return { outcome: { kind: 'unfinished', changes, ...(uri === undefined ? {} : { acme: rest }) } };
  }
  if (found.kind === 'ok') return { key: found.key, hash: found.hash };
  if (found.kind === 'notRsa') return unverified(`ACME private key in "${name}" is not of type RSA`);
  const text =
    found.kind === 'bad' ? found.error : `no data for "${wanted}" in secret '${io.resourceNamespace}/${name}'`;
  return unverified(`Account private key is invalid: ${text}`);
}

function invalidUrl(message: string): CheckOutcome {
  return { kind: 'notReady', reason: 'InvalidURL', message, announce: true };
}

/** The verdict, and in the status until when the server rests. */
function rested(verdict: CheckOutcome, status: AcmeStatus, until: Date | undefined): CheckOutcome {
  const { pausedUntil: _former, ...rest } = status;
  if (until === undefined) return { ...verdict, acme: rest };
  return { ...verdict, acme: { ...rest, pausedUntil: formatTime(until) }, recheckAt: until };
}

function paused(status: AcmeStatus, until: Date): CheckOutcome {
  const message = `${registering}the ACME server asked for rest until ${formatTime(until)}`;
  return rested({ kind: 'notReady', reason: 'ErrRegisterACMEAccount', message }, status, until);
}

interface Registration {
  readonly config: ACMEIssuerSpec;
  readonly io: BackendIo;
  readonly issuer: Issuer;
  readonly deps: SetupDeps;
  readonly status: AcmeStatus;
  readonly client: AcmeClient;
  readonly hash: string;
}

async function register(registration: Registration): Promise<CheckOutcome> {
  const { config, io, client, hash } = registration;
  const binding = await bindingKey(config, io);
  if (binding.kind === 'missing') {
    const message = registering + binding.error;
    return { kind: 'notReady', reason: 'ErrRegisterACMEAccount', message, announce: true };
  }
  if (binding.kind === 'failed') {
    const message = registering + binding.error;
    return { kind: 'notReady', reason: 'ErrRegisterACMEAccount', message, initError: message, error: binding.cause };
  }
  const contact = contactOf(config.email);
  let account: Account;
  try {
    account = await client.createAccount({ contact, ...external(config, binding) }, io.signal);
  } catch (error) {
    return failed(registration, 'ErrRegisterACMEAccount', registering, error);
  }
  const email = config.email ?? '';
  if ((account.contact[0] ?? '').replace('mailto:', '') !== email && !isSameContact(account, contact)) {
    try {
      await client.updateAccount({ contact }, io.signal);
    } catch (error) {
      return failed(registration, 'ErrUpdateACMEAccount', updating, error);
    }
  }
  const acme: AcmeStatus = { uri: account.url, lastRegisteredEmail: email, lastPrivateKeyHash: hash };
  return { ...ready, acme };
}

const contactOf = (email: string | undefined): readonly string[] =>
  email === undefined || email === '' ? [] : [`mailto:${email.toLowerCase()}`];

/** What upstream sends again and again for an address with capitals is not sent here. */
const isSameContact = ({ contact }: Account, wanted: readonly string[]): boolean =>
  contact.length === wanted.length && contact.every((each, index) => each.toLowerCase() === wanted[index]);

function external(config: ACMEIssuerSpec, binding: BindingKey) {
  if (binding.kind !== 'key') return {};
  return { externalAccount: { keyId: config.externalAccountBinding?.keyID ?? '', key: binding.key } };
}

/** A request that the server refuses is not sent again until something changes; all else is, later. */
function failed(
  { config: _config, io, issuer, deps, status }: Registration,
  reason: string,
  prefix: string,
  error: unknown,
): CheckOutcome {
  io.signal.throwIfAborted();
  const now = io.now();
  const rest = restAfter(error, now);
  if (rest !== undefined) {
    deps.accounts.pause(issuer, rest.accountUntil);
    return paused(status, rest.accountUntil);
  }
  const message = prefix + errorText(error);
  const announce = reason === 'ErrUpdateACMEAccount' ? { announce: true } : {};
  const isRefusal =
    error instanceof AcmeProblem && error.status >= 400 && error.status < 500 && error.type !== 'badNonce';
  if (isRefusal) return { kind: 'notReady', reason, message, ...announce };
  return { kind: 'notReady', reason, message, ...announce, initError: errorText(error), error };
}
