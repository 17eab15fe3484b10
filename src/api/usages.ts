// The key usages that a Certificate or a request may name. What they mean in X.509 is src/pki's business.
import type { z } from 'zod';
import { atomicList, choice } from './schema-words.ts';

export const keyUsages = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
] as const;

export type KeyUsage = (typeof keyUsages)[number];

/** What an empty list of usages stands for. */
export const defaultUsages: readonly KeyUsage[] = ['digital signature', 'key encipherment'];

const keyUsage = choice(
  keyUsages,
  'A key usage or extended key usage. `signing` is another name of `digital signature`, `s/mime` of `email protection`.',
);

export const usageList = (description: string): z.ZodArray<typeof keyUsage> => atomicList(keyUsage, description);
