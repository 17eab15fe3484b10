// CertificateRequest, cert-manager.io/v1: one signing request and its answer.

import * as z from 'zod';
import { plainConditions } from './conditions.ts';
import type { Resource } from './meta.ts';
import { issuerReference } from './references.ts';
import {
  bytes,
  dateTime,
  duration,
  flag,
  mapOf,
  object,
  text,
  textList,
  untypedList,
  type Wire,
} from './schema-words.ts';
import { usageList } from './usages.ts';

export const certificateRequestSpec = object(
  {
    duration: duration(
      'How long the certificate should be valid, as a Go duration such as `2160h`. Issuers read it as 90 days when absent, and may grant another length.',
    ).optional(),
    issuerRef: issuerReference(
      'The issuer that is asked to sign. A group other than `cert-manager.io` leaves the request to an external issuer.',
    ),
    request: bytes('The PKCS#10 certificate signing request: PEM, then base64.'),
    isCA: flag(
      'Whether the certificate may sign further certificates. Must agree with the basic constraints of the CSR, where it states any.',
    ).optional(),
    usages: usageList(
      'Key usages and extended key usages asked for. Read as `digital signature` and `key encipherment` when empty; must agree with the CSR, where it states any.',
    ).optional(),
    username: text(
      'Name of the user who created the request. Set by the webhook on creation; cannot be changed.',
    ).optional(),
    uid: text('UID of the user who created the request. Set by the webhook on creation; cannot be changed.').optional(),
    groups: textList(
      'Groups of the user who created the request. Set by the webhook on creation; cannot be changed.',
    ).optional(),
    extra: mapOf(
      untypedList(z.string(), 'The values under one key.'),
      'Further attributes of the user who created the request. Set by the webhook on creation; cannot be changed.',
    ).optional(),
  },
  'What is to be signed, and by whom. Cannot be changed after creation.',
);

export const certificateRequestStatus = object(
  {
    certificate: bytes('The signed certificate and its intermediates, leaf first: PEM, then base64.').optional(),
    ca: bytes(
      'The certificate of the authority that signed, where the issuer knows it: PEM, then base64. Best effort; do not take trust from it blindly.',
    ).optional(),
    failureTime: dateTime(
      'When the request ended without a certificate. It is never set on a request that can still succeed.',
    ).optional(),
    conditions: plainConditions('State of the request: Approved, Denied, InvalidRequest and Ready.').optional(),
  },
  'What became of the request. Written by approvers and by the issuer.',
);

export type CertificateRequestSpec = Wire<typeof certificateRequestSpec>;
export type CertificateRequestStatus = Wire<typeof certificateRequestStatus>;
export type CertificateRequest = Resource<CertificateRequestSpec, CertificateRequestStatus>;
