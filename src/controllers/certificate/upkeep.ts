// Whether a Secret that holds a good certificate still looks as the Certificate wants it: labels, annotations, additional formats, owner,
// keystores, and who owns those fields. A difference is mended by applying the Secret again with the key and certificate it has.
import { annotations, labels } from '../../api/labels.ts';
import { controllerReference, type OwnerReference } from '../../api/meta.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { leafAnnotations } from './leaf-annotations.ts';
import { type Violation, violation } from './rules.ts';
import { dataKeys } from './secret.ts';
import type { CertificateSettings, OwnedFields, SecretFacts, Seen } from './seen.ts';

/** Only seen in logs: nothing of this is a condition. */
export const upkeepReasons = {
  SecretManagedMetadataMismatch: 'SecretManagedMetadataMismatch',
  SecretTemplateMismatch: 'SecretTemplateMismatch',
  AdditionalOutputFormatsMismatch: 'AdditionalOutputFormatsMismatch',
  SecretOwnerRefMismatch: 'SecretOwnerRefMismatch',
  SecretMismatch: 'SecretMismatch',
  InvalidCertificate: 'InvalidCertificate',
  ManagedFieldsParseError: 'ManagedFieldsParseError',
} as const;

interface Kept {
  readonly certificate: Seen['certificate'];
  readonly secret: SecretFacts;
  readonly owned: OwnedFields | 'bad';
  /** secretTemplate without what this controller writes over it. */
  readonly template: { readonly labels: Texts; readonly annotations: Texts };
  /** What the certificate in the Secret is described by; undefined where it cannot be read. */
  readonly details: Readonly<Record<string, string>> | undefined;
  readonly enableOwnerRef: boolean;
}

type Check = (kept: Kept) => Violation | undefined;
type Texts = Readonly<Record<string, string>>;

const nothingOwned: OwnedFields = { labels: [], annotations: [], data: [], owners: [] };
const unrestorable: ReadonlySet<string> = new Set([
  annotations.certificateName,
  annotations.issuerName,
  annotations.issuerKind,
  annotations.issuerGroup,
]);

/** The first difference that applying the Secret again mends; undefined where there is none, or it holds no key and certificate. */
export function upkeepReason(
  seen: Pick<Seen, 'certificate' | 'secret'>,
  settings: Pick<CertificateSettings, 'enableOwnerRef'>,
): Violation | undefined {
  const found = upkeepFinding(seen, settings);
  const hopeless: readonly string[] = [upkeepReasons.InvalidCertificate, upkeepReasons.ManagedFieldsParseError];
  return found === undefined || hopeless.includes(found.reason) ? undefined : found;
}

/** As `upkeepReason`, but also what applying again would not mend. */
export function upkeepFinding(
  { certificate, secret }: Pick<Seen, 'certificate' | 'secret'>,
  { enableOwnerRef }: Pick<CertificateSettings, 'enableOwnerRef'>,
): Violation | undefined {
  if (secret === undefined || !holds(secret, dataKeys.privateKey) || !holds(secret, dataKeys.certificate))
    return undefined;
  const { leaf } = secret.tls;
  const details = leaf.kind === 'ok' ? leafAnnotations(leaf.value.names) : undefined;
  const template = templateOf(certificate, details);
  const kept: Kept = { certificate, secret, owned: secret.owned ?? nothingOwned, template, details, enableOwnerRef };
  for (const check of checks) {
    const found = check(kept);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Keys of the domain that stand in the template are the user's (cainjector's permission is one), those that we write ourselves are not. */
function templateOf({ spec }: Seen['certificate'], details: Texts | undefined): Kept['template'] {
  const without = (texts: Texts | undefined, isWritten: (key: string) => boolean): Texts =>
    Object.assign(
      Object.create(null) as Record<string, string>,
      Object.fromEntries(Object.entries(texts ?? {}).filter(([key]) => !isWritten(key))),
    );
  const { labels: some, annotations: notes } = spec.secretTemplate ?? {};
  return {
    labels: without(some, (key) => key === labels.fao),
    annotations: without(
      notes,
      (key) => unrestorable.has(key) || (details !== undefined && Object.hasOwn(details, key)),
    ),
  };
}

const baseLabel: Check = ({ secret }) => {
  const value = secret.metadata.labels?.[labels.fao];
  if (value === undefined || value === 'true') return undefined;
  return violation(upkeepReasons.SecretManagedMetadataMismatch, `label ${labels.fao} is "${value}" instead of "true"`);
};

const detailValues: Check = ({ secret, details }) => {
  if (details === undefined) return invalidCertificate(secret);
  const key = differingKey(details, secret.metadata.annotations);
  return key === undefined
    ? undefined
    : violation(upkeepReasons.SecretTemplateMismatch, `annotation ${key} differs from the certificate`);
};

const detailOwnership: Check = ({ secret, owned, template, details }) => {
  if (owned === 'bad') return unreadableFields();
  if (details === undefined) return invalidCertificate(secret);
  const ownLabels = owned.labels.filter((key) => isOurs(key) && !(key in template.labels));
  const ownAnnotations = owned.annotations.filter(
    (key) => isOurs(key) && !unrestorable.has(key) && !(key in template.annotations),
  );
  const difference =
    setDifference('label', ownLabels, [labels.fao]) ??
    setDifference('annotation', ownAnnotations, Object.keys(details));
  return difference === undefined ? undefined : violation(upkeepReasons.SecretManagedMetadataMismatch, difference);
};

const templateValues: Check = ({ template, secret }) => {
  const annotation = differingKey(template.annotations, secret.metadata.annotations);
  if (annotation !== undefined)
    return violation(upkeepReasons.SecretTemplateMismatch, `annotation ${annotation} differs from the secretTemplate`);
  const label = differingKey(template.labels, secret.metadata.labels);
  return label === undefined
    ? undefined
    : violation(upkeepReasons.SecretTemplateMismatch, `label ${label} differs from the secretTemplate`);
};

const templateOwnership: Check = ({ template, owned }) => {
  if (owned === 'bad') return unreadableFields();
  const asked = (keys: readonly string[], wanted: Texts) => keys.filter((key) => !isOurs(key) || key in wanted);
  const difference =
    setDifference('label', asked(owned.labels, template.labels), Object.keys(template.labels)) ??
    setDifference('annotation', asked(owned.annotations, template.annotations), Object.keys(template.annotations));
  return difference === undefined ? undefined : violation(upkeepReasons.SecretTemplateMismatch, difference);
};

const formatValues: Check = ({ certificate, secret }) => {
  const state = { DER: secret.tls.der, CombinedPEM: secret.tls.combined };
  const wrong = certificate.spec.additionalOutputFormats?.find(({ type }) => state[type] !== 'right');
  return wrong === undefined
    ? undefined
    : violation(
        upkeepReasons.AdditionalOutputFormatsMismatch,
        `additional output format ${wrong.type} is missing or wrong`,
      );
};

const formatOwnership: Check = ({ certificate, owned }) => {
  if (owned === 'bad') return unreadableFields();
  const wanted = new Set(certificate.spec.additionalOutputFormats?.map(({ type }) => type));
  const wrong = (
    [
      ['DER', dataKeys.der],
      ['CombinedPEM', dataKeys.combined],
    ] as const
  ).find(([type, key]) => wanted.has(type) !== owned.data.includes(key));
  return wrong === undefined
    ? undefined
    : violation(
        upkeepReasons.AdditionalOutputFormatsMismatch,
        `ownership of ${wrong[1]} does not fit the additional output formats`,
      );
};

const ownerOwnership: Check = ({ certificate, owned, enableOwnerRef }) => {
  if (owned === 'bad') return unreadableFields();
  if (owned.owners.includes(certificate.metadata.uid) === enableOwnerRef) return undefined;
  return violation(
    upkeepReasons.SecretOwnerRefMismatch,
    `ownership of the owner reference does not fit ${flagText(enableOwnerRef)}`,
  );
};

const ownerValue: Check = ({ certificate, secret, enableOwnerRef }) => {
  const wanted = controllerReference(certificate);
  const found = secret.metadata.ownerReferences?.find(({ uid }) => uid === wanted.uid);
  if (!enableOwnerRef || (found !== undefined && isSameReference(found, wanted))) return undefined;
  return violation(
    upkeepReasons.SecretOwnerRefMismatch,
    `owner reference is missing or wrong for ${flagText(enableOwnerRef)}`,
  );
};

const keystoreFiles: Check = ({ certificate, secret }) => {
  const { jks, pkcs12 } = certificate.spec.keystores ?? {};
  const hasCA = holds(secret, dataKeys.ca);
  const wrong =
    storeDifference(
      'JKS',
      jks?.create ?? false,
      hasCA,
      holds(secret, dataKeys.jks),
      holds(secret, dataKeys.jksTruststore),
    ) ??
    storeDifference(
      'PKCS12',
      pkcs12?.create ?? false,
      hasCA,
      holds(secret, dataKeys.pkcs12),
      holds(secret, dataKeys.pkcs12Truststore),
    );
  return wrong === undefined ? undefined : violation(upkeepReasons.SecretMismatch, wrong);
};

/** In upstream's order. */
const checks: readonly Check[] = [
  baseLabel,
  detailValues,
  detailOwnership,
  templateValues,
  templateOwnership,
  formatValues,
  formatOwnership,
  ownerOwnership,
  ownerValue,
  keystoreFiles,
];

function storeDifference(
  what: string,
  wanted: boolean,
  hasCA: boolean,
  key: boolean,
  trust: boolean,
): string | undefined {
  if (!wanted) return key || trust ? `${what} keystore is not wanted` : undefined;
  return key && (trust || !hasCA) ? undefined : `${what} keystore is missing`;
}

/** The first key, in order of the alphabet, that both have with different values. What one lacks, the ownership checks tell. */
function differingKey(wanted: Texts, found: Texts | undefined): string | undefined {
  return Object.keys(wanted)
    .sort()
    .find((key) => found?.[key] !== undefined && found[key] !== wanted[key]);
}

function setDifference(what: string, found: readonly string[], wanted: readonly string[]): string | undefined {
  const missing = wanted.filter((key) => !found.includes(key));
  if (missing.length > 0) return `${what}s that are not applied: [${missing.sort().join(' ')}]`;
  const extra = found.filter((key) => !wanted.includes(key));
  return extra.length > 0 ? `${what}s that should not be applied: [${extra.sort().join(' ')}]` : undefined;
}

function isOurs(key: string): boolean {
  return key.startsWith('cert-manager.io/') || key.startsWith('controller.cert-manager.io/');
}

/** `false` and absent are one to the API server. */
function isSameReference(a: OwnerReference, b: OwnerReference): boolean {
  const full = (reference: OwnerReference) => ({ controller: false, blockOwnerDeletion: false, ...reference });
  return deepEqual(full(a), full(b));
}

function holds(secret: SecretFacts, key: string): boolean {
  return secret.tls.keys.includes(key);
}

function invalidCertificate({ tls }: SecretFacts): Violation {
  return violation(upkeepReasons.InvalidCertificate, tls.leaf.kind === 'bad' ? tls.leaf.error : 'no certificate');
}

const unreadableFields = () => violation(upkeepReasons.ManagedFieldsParseError, 'managed fields cannot be read');
const flagText = (enabled: boolean) => `--enable-certificate-owner-ref=${enabled}`;
