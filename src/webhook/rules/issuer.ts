// The rules of Issuer and ClusterIssuer. Creation and update ask the same; nothing is immutable.
import type { Issuer } from '../../api/issuer.ts';
import { type FieldError, type Findings, forbidden, required } from '../findings.ts';
import type { KindRules } from '../kind-rules.ts';
import { acmeIssuerErrors, acmeIssuerWarnings } from './acme-issuer.ts';
import { caIssuerErrors } from './ca-issuer.ts';
import { type Members, membersOf } from './members.ts';
import { vaultErrors } from './vault.ts';
import { venafiErrors } from './venafi.ts';

type TypeRules = (config: Members, path: string) => FieldError[];

/** In the order in which they are looked at: of several, only the first one's own members are. */
const types: readonly (readonly [string, TypeRules])[] = [
  ['acme', acmeIssuerErrors],
  ['ca', caIssuerErrors],
  ['selfSigned', () => []],
  ['vault', vaultErrors],
  ['venafi', venafiErrors],
];

export const issuerRules: KindRules<Issuer> = {
  create: (issuer) => issuerFindings(issuer.spec),
  update: (_before, issuer) => issuerFindings(issuer.spec),
};

function issuerFindings(value: unknown): Findings {
  const spec = membersOf(value) ?? {};
  const [first, ...others] = types.filter(([name]) => membersOf(spec[name]) !== undefined);
  if (first === undefined) return { errors: [required('spec', 'at least one issuer must be configured')] };
  const [name, rules] = first;
  const config = membersOf(spec[name]) ?? {};
  return {
    errors: [
      ...rules(config, `spec.${name}`),
      ...others.map(([other]) => forbidden(`spec.${other}`, 'may not specify more than one issuer type')),
    ],
    warnings: name === 'acme' ? acmeIssuerWarnings(config) : [],
  };
}
