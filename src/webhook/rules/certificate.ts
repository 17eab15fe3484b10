// The rules of Certificates, in upstream's order (internal/apis/certmanager/validation/certificate.go). Creation and update ask the same;
// nothing is immutable. What the parts of a spec must be is said in the files beside this one.
import type { Certificate } from '../../api/certificate.ts';
import { keyUsages } from '../../api/usages.ts';
import { type FieldError, forbidden, invalid } from '../findings.ts';
import type { KindRules, RuleContext } from '../kind-rules.ts';
import { keyErrors, signatureErrors } from './certificate-key.ts';
import { nameErrors } from './certificate-names.ts';
import { durationErrors, renewalErrors } from './certificate-renewal.ts';
import { keystoreErrors, outputFormatErrors, secretNameErrors, secretTemplateErrors } from './certificate-secret.ts';
import { issuerReferenceErrors } from './issuer-reference.ts';
import { itemsOf, type Members, membersOf, textOf } from './members.ts';

export const certificateRules: KindRules<Certificate> = {
  create: (certificate, context) => ({ errors: specErrors(certificate.spec, context) }),
  update: (_before, certificate, context) => ({ errors: specErrors(certificate.spec, context) }),
};

function specErrors(value: unknown, context: RuleContext): FieldError[] {
  const spec = membersOf(value) ?? {};
  return [
    ...secretNameErrors(textOf(spec['secretName'])),
    ...issuerReferenceErrors(spec['issuerRef'], 'spec.issuerRef'),
    ...nameErrors(spec, context),
    ...keyErrors(membersOf(spec['privateKey'])),
    ...signatureErrors(spec),
    ...durationErrors(spec),
    ...usageErrors(itemsOf(spec['usages'])),
    ...historyErrors(spec['revisionHistoryLimit']),
    ...secretTemplateErrors(membersOf(spec['secretTemplate'])),
    ...nameConstraintErrors(spec, context.gates.NameConstraints),
    ...outputFormatErrors(itemsOf(spec['additionalOutputFormats'])),
    ...keystoreErrors(membersOf(spec['keystores'])),
    ...renewalErrors(membersOf(spec['renewal'])),
  ];
}

const known: ReadonlySet<string> = new Set(keyUsages);

function usageErrors(usages: readonly unknown[]): FieldError[] {
  return usages.flatMap((each, index) => {
    const usage = textOf(each);
    return known.has(usage) ? [] : [invalid(`spec.usages[${index}]`, usage, 'unknown keyusage')];
  });
}

function historyErrors(limit: unknown): FieldError[] {
  const path = 'spec.revisionHistoryLimit';
  return typeof limit === 'number' && limit < 1 ? [invalid(path, limit, 'must not be less than 1')] : [];
}

function nameConstraintErrors(spec: Members, isEnabled: boolean): FieldError[] {
  const path = 'spec.nameConstraints';
  const constraints = membersOf(spec['nameConstraints']);
  if (constraints === undefined) return [];
  if (!isEnabled) return [forbidden(path, 'feature gate NameConstraints must be enabled')];
  const [permitted, excluded] = [membersOf(constraints['permitted']), membersOf(constraints['excluded'])];
  // With the names and the order of upstream's own type, as it shows them.
  const shown = {
    Critical: constraints['critical'] === true,
    Permitted: shownSubtrees(permitted),
    Excluded: shownSubtrees(excluded),
  };
  return [
    ...(spec['isCA'] === true ? [] : [invalid(path, shown, 'isCa should be true when nameConstraints is set')]),
    ...(permitted === undefined && excluded === undefined
      ? [invalid(path, shown, 'either permitted or excluded must be set')]
      : []),
  ];
}

function shownSubtrees(item: Members | undefined): unknown {
  if (item === undefined) return null;
  const { dnsDomains, ipRanges, emailAddresses, uriDomains } = item;
  const list = (value: unknown) => (Array.isArray(value) ? value : null);
  return {
    DNSDomains: list(dnsDomains),
    IPRanges: list(ipRanges),
    EmailAddresses: list(emailAddresses),
    URIDomains: list(uriDomains),
  };
}
