// Certificate, cert-manager.io/v1: a wish for a key and certificate in a Secret, and how far it is fulfilled.

import * as z from 'zod';
import { observedConditions } from './conditions.ts';
import { keystoresSpec } from './keystores.ts';
import type { Resource } from './meta.ts';
import { privateKeySpec, signatureAlgorithm } from './private-key.ts';
import { issuerReference } from './references.ts';
import {
  atomicList,
  choice,
  dateTime,
  duration,
  flag,
  int32,
  integer,
  object,
  text,
  textList,
  textMap,
  type Wire,
} from './schema-words.ts';
import { usageList } from './usages.ts';

const subject = object(
  {
    organizations: textList('Organizations (O).').optional(),
    countries: textList('Countries (C), as two-letter codes.').optional(),
    organizationalUnits: textList('Organizational units (OU).').optional(),
    localities: textList('Localities, such as cities (L).').optional(),
    provinces: textList('States or provinces (ST).').optional(),
    streetAddresses: textList('Street addresses (STREET).').optional(),
    postalCodes: textList('Postal codes.').optional(),
    serialNumber: text('The serial number of the subject, not of the certificate.').optional(),
  },
  'The attributes of the subject besides the common name. Cannot be combined with `literalSubject`.',
);

const otherName = object(
  {
    oid: text('The type of the name, as a dotted object identifier such as `1.3.6.1.4.1.311.20.2.3`.').optional(),
    utf8Value: text('The name, encoded as a UTF8String.').optional(),
  },
  'A subject alternative name of any type whose value is a UTF-8 string.',
);

const renewalWindow = object(
  {
    cron: z.string().min(1).meta({
      description:
        'When the window opens: five cron fields (minute, hour, day of month, month, day of week) or a word such as `@daily`.',
    }),
    windowDuration: z
      .string()
      .regex(/^([0-9]+(\.[0-9]+)?(s|m|h))+$/)
      .meta({
        description: 'How long the window stays open, as a Go duration of hours, minutes and seconds such as `2h30m`.',
      }),
    timezone: z
      .string()
      .min(1)
      .meta({
        description: 'The IANA time zone in which `cron` is read, such as `Europe/Berlin`. Read as UTC when absent.',
      })
      .optional(),
  },
  'A recurring span of time in which the certificate may be renewed.',
);

const renewalSpec = object(
  {
    policy: choice(
      ['RenewBefore', 'Disabled'],
      '`RenewBefore` renews by `renewBefore` or `renewBeforePercentage`; `Disabled` never renews by time. Must be set where `renewal` is.',
    ).optional(),
    windows: atomicList(
      renewalWindow,
      'When renewals may happen. A renewal that falls outside every window waits for the next one, even beyond expiry; it never comes earlier. Not allowed with the policy `Disabled`.',
    ).optional(),
  },
  'When the certificate is renewed. Left out, only `renewBefore` and `renewBeforePercentage` count.',
);

const secretTemplate = object(
  {
    annotations: textMap(
      'Annotations for the Secret. Keys under `cert-manager.io/` are refused, except `cert-manager.io/allow-direct-injection`.',
    ).optional(),
    labels: textMap('Labels for the Secret.').optional(),
  },
  'Labels and annotations that the Secret keeps as long as they stand here.',
);

const additionalOutputFormat = object(
  {
    type: choice(
      ['DER', 'CombinedPEM'],
      '`DER` adds `key.der`, the private key in binary; `CombinedPEM` adds `tls-combined.pem`, private key and certificates in one file.',
    ),
  },
  'One more file for the Secret.',
);

const nameConstraintItem = (description: string) =>
  object(
    {
      dnsDomains: textList('DNS domains; each includes its subdomains.').optional(),
      ipRanges: textList('Ranges of IP addresses in CIDR notation.').optional(),
      emailAddresses: textList('E-mail addresses, or domains of them.').optional(),
      uriDomains: textList('Domains of URIs.').optional(),
    },
    description,
  );

const nameConstraints = object(
  {
    critical: flag('Whether verifiers that do not know name constraints must reject the certificate.').optional(),
    permitted: nameConstraintItem('The names that certificates below this CA may carry.').optional(),
    excluded: nameConstraintItem(
      'The names that certificates below this CA must not carry. Stronger than `permitted`.',
    ).optional(),
  },
  'Limits the names of certificates that this CA signs. Needs `isCA`, and at least one of `permitted` and `excluded`.',
);

export const certificateSpec = object(
  {
    subject: subject.optional(),
    literalSubject: text(
      'The whole subject as an RFC 4514 distinguished name, such as `CN=www,OU=Web,O=Example`. The order of the attributes is kept. Cannot be combined with `subject` or `commonName`.',
    ).optional(),
    commonName: text(
      'The common name of the subject, at most 64 bytes. It is not added to the alternative names by itself.',
    ).optional(),
    duration: duration(
      'How long the certificate should be valid, as a Go duration of at least `1h`. Read as `2160h` (90 days) when absent. Issuers may grant another length.',
    ).optional(),
    renewBefore: duration(
      'How long before expiry the certificate is renewed, as a Go duration of at least `5m` and less than `duration`. When neither this nor `renewBeforePercentage` is set, the last third of the actual lifetime counts.',
    ).optional(),
    renewBeforePercentage: int32(
      'How much of the actual lifetime is left when the certificate is renewed, in percent: 25 renews a 60-day certificate 15 days before expiry. Cannot be combined with `renewBefore`.',
    ).optional(),
    renewal: renewalSpec.optional(),
    dnsNames: textList(
      'DNS names the certificate is for; wildcards are allowed where the issuer allows them.',
    ).optional(),
    ipAddresses: textList('IP addresses the certificate is for, version 4 or 6.').optional(),
    uris: textList('URIs the certificate is for.').optional(),
    otherNames: atomicList(
      otherName,
      'Names of further types the certificate is for, such as user principal names.',
    ).optional(),
    emailAddresses: textList('E-mail addresses the certificate is for; the bare address only.').optional(),
    secretName: text(
      'The Secret, in the same namespace, that receives key and certificate. It is created where it does not exist. No two Certificates may name the same one.',
    ),
    secretTemplate: secretTemplate.optional(),
    keystores: keystoresSpec.optional(),
    issuerRef: issuerReference(
      'The issuer of the certificate. An Issuer is looked for in the namespace of the Certificate.',
    ),
    isCA: flag(
      'Whether the certificate may sign further certificates; adds the usage `cert sign`. Read as false when absent.',
    ).optional(),
    usages: usageList(
      'Key usages and extended key usages of the certificate. Read as `digital signature` and `key encipherment` when empty.',
    ).optional(),
    privateKey: privateKeySpec.optional(),
    signatureAlgorithm: signatureAlgorithm.optional(),
    encodeUsagesInRequest: flag(
      'Whether the signing request states the usages; issuers that refuse such requests need false. Read as true when absent.',
    ).optional(),
    revisionHistoryLimit: int32(
      'How many requests of past issuances are kept, at least 1. Read as 1 when absent.',
    ).optional(),
    additionalOutputFormats: atomicList(
      additionalOutputFormat,
      'Further files for the Secret, each at most once.',
    ).optional(),
    nameConstraints: nameConstraints.optional(),
  },
  'The certificate that is wished for, where it goes and who issues it. At least one name must be given.',
);

const ari = object(
  {
    suggestedWindow: object(
      {
        start: dateTime('When the window opens.'),
        end: dateTime('When the window closes.'),
      },
      'The time in which the authority would like to see the renewal.',
    ).optional(),
    explanationURL: text('A page of the authority that says why it suggests this window.').optional(),
    lastChecked: dateTime('When the authority was last asked.').optional(),
    nextCheck: dateTime('When the authority will be asked next.').optional(),
    lastError: text('Why the last question went unanswered; empty after an answer.').optional(),
  },
  'What the authority says about the time of renewal (ACME Renewal Information, RFC 9773).',
);

export const certificateStatus = object(
  {
    conditions: observedConditions(
      'State of the Certificate: Ready, Issuing, and IssuanceSuspended where issuances are held back.',
    ).optional(),
    lastFailureTime: dateTime(
      'When the last attempt failed. Absent after a success. The next attempt is delayed from here.',
    ).optional(),
    notBefore: dateTime('From when the certificate in the Secret is valid.').optional(),
    notAfter: dateTime('Until when the certificate in the Secret is valid.').optional(),
    renewalTime: dateTime('When the certificate will be renewed, by time alone.').optional(),
    revision: integer(
      'How many certificates were issued. The request of each carries its number in the annotation `cert-manager.io/certificate-revision`.',
    ).optional(),
    nextPrivateKeySecretName: text(
      'The Secret that keeps the private key of the issuance under way. Absent when none is.',
    ).optional(),
    failedIssuanceAttempts: integer(
      'How many attempts have failed in a row; the delay between attempts doubles with each. Absent after a success.',
    ).optional(),
    acme: object({ ari: ari.optional() }, 'What is known about a certificate from an ACME issuer.').optional(),
  },
  'How far the Certificate is fulfilled. Written by the controller.',
);

export type CertificateSpec = Wire<typeof certificateSpec>;
export type CertificateStatus = Wire<typeof certificateStatus>;
export type Certificate = Resource<CertificateSpec, CertificateStatus>;
export type CertificateSubject = Wire<typeof subject>;
export type NameConstraintsSpec = Wire<typeof nameConstraints>;
export type NameConstraintItem = Wire<ReturnType<typeof nameConstraintItem>>;
export type RenewalSpec = Wire<typeof renewalSpec>;
export type RenewalWindow = Wire<typeof renewalWindow>;
export type SecretTemplate = Wire<typeof secretTemplate>;
export type OtherName = Wire<typeof otherName>;
