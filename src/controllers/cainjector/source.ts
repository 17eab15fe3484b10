// What a wish and what was found make of each other: a CA, or a problem that says what to do. Pure.
import { annotations } from '../../api/labels.ts';
import { problemOfCA } from './bundle.ts';
import type { InjectionReason, InjectionRules, Source } from './seen.ts';
import type { Wish } from './wish.ts';

/** What matters of a Secret. */
export interface SecretFacts {
  readonly annotations: Readonly<Record<string, string>>;
  /** ca.crt; undefined where there is no such key. */
  readonly ca: Buffer | undefined;
}

/** What was found for a wish; undefined members do not exist. */
export interface Found {
  /** For a Certificate: the name of its Secret. */
  readonly secretName?: string | undefined;
  readonly secret?: SecretFacts | undefined;
  /** The CA of our own access to the API server. */
  readonly apiServerCA?: Buffer | undefined;
}

type Named = Extract<Wish, { namespace: string }>;

/** A wish that cannot be granted whatever exists; undefined where it is worth looking. */
export function refusalOf(wish: Wish, { namespace, ignoredNamespaces }: InjectionRules): Source | undefined {
  if (wish.kind === 'unreadable') {
    const { annotation, value, names } = wish;
    return problem(
      'InvalidSource',
      `Annotation ${annotation} has the value "${shortened(value)}", which names no ${names}; write it as <namespace>/<name>`,
    );
  }
  if (wish.kind === 'apiserver') return undefined;
  const named = `${nameOf(wish)} cannot be used`;
  if (namespace !== '' && wish.namespace !== namespace) {
    return problem('SourceNotAllowed', `${named}: cainjector is bound to namespace ${namespace}; name a source there`);
  }
  if (ignoredNamespaces.has(wish.namespace)) {
    const message = `${named}: --ignore-namespaces of cainjector excludes namespace ${wish.namespace}; name a source elsewhere`;
    return problem('SourceNotAllowed', message);
  }
  return undefined;
}

/** The CA to inject. */
export function sourceOf(wish: Wish, found: Found, now: Date, rules: InjectionRules): Source {
  const refusal = refusalOf(wish, rules);
  if (refusal !== undefined) return refusal;
  if (wish.kind === 'apiserver') {
    const { apiServerCA: ca } = found;
    const hint =
      'The access of cainjector to the API server has no CA of its own; name a Secret or a Certificate instead';
    return ca === undefined
      ? problem('InvalidCA', hint)
      : checked(ca, "The CA of cainjector's access to the API server", now, rules);
  }
  return wish.kind === 'secret' ? ofSecret(wish, found, now, rules) : ofCertificate(wish as Named, found, now, rules);
}

function ofSecret(wish: Named, { secret }: Found, now: Date, rules: InjectionRules): Source {
  const named = nameOf(wish);
  if (secret === undefined) return passing('SourceNotFound', `${named} does not exist; it is used as soon as it does`);
  if (secret.annotations[annotations.allowDirectInjection] !== 'true') {
    const message = `${named} does not allow it; set its annotation ${annotations.allowDirectInjection}: "true"`;
    return problem('SourceNotAllowed', message);
  }
  return ofKey(secret, named, now, rules);
}

function ofCertificate(wish: Named, { secretName, secret }: Found, now: Date, rules: InjectionRules): Source {
  const named = nameOf(wish);
  if (secretName === undefined)
    return passing('SourceNotFound', `${named} does not exist; it is used as soon as it does`);
  const itsSecret = `Secret ${wish.namespace}/${secretName} of ${named}`;
  if (secret === undefined) {
    return passing(
      'SourceNotFound',
      `${itsSecret} does not exist; it comes when the Certificate is issued, see its status`,
    );
  }
  const owner = secret.annotations[annotations.certificateName];
  if (owner !== wish.name) {
    const whose = owner === undefined ? 'belongs to no Certificate' : `belongs to Certificate ${shortened(owner)}`;
    const message = `${itsSecret} ${whose} by its annotation ${annotations.certificateName}; give each Certificate a Secret of its own`;
    return passing('SourceNotAllowed', message);
  }
  return ofKey(secret, itsSecret, now, rules);
}

function ofKey({ ca }: SecretFacts, named: string, now: Date, rules: InjectionRules): Source {
  if (ca === undefined) {
    return passing(
      'InvalidCA',
      `${named} has no key ca.crt; put the CA there, or name a source whose issuer tells its CA`,
    );
  }
  return checked(ca, `ca.crt of ${named}`, now, rules);
}

function checked(ca: Buffer, named: string, now: Date, rules: InjectionRules): Source {
  const why = problemOfCA(ca, now, rules);
  return why === undefined
    ? { kind: 'ca', ca }
    : passing('InvalidCA', `${named} ${why}; put the CA there as PEM certificates, or name another source`);
}

function nameOf({ kind, namespace, name }: Named): string {
  return `${kind === 'secret' ? 'Secret' : 'Certificate'} ${namespace}/${name}`;
}

/** Values that users wrote go into events. */
function shortened(value: string): string {
  return value.length <= 100 ? value : `${value.slice(0, 100)}…`;
}

const problem = (reason: InjectionReason, message: string): Source => ({
  kind: 'problem',
  problem: { reason, message, mayPass: false },
});
const passing = (reason: InjectionReason, message: string): Source => ({
  kind: 'problem',
  problem: { reason, message, mayPass: true },
});
