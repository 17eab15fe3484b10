// docs/reference/dns-providers.md: for each DNS provider its fields, from src/api, and what its schema cannot say: credentials, permissions, how it
// writes, what it was tried against. The table here is the one place for these facts; it must have a row for each provider of the schema.
import { dns01 } from '../../src/api/dns01.ts';
import { structural } from '../../src/schema/structural.ts';
import type { StructuralSchema } from '../../src/schema/structural-rules.ts';
import { providerOrder } from '../../src/solvers/dns01.ts';
import { table } from './markdown.ts';

export type ProviderType = (typeof providerOrder)[number];

export interface ProviderFacts {
  readonly title: string;
  /** Keys of Secrets; `-` where it needs none. */
  readonly secrets: string;
  /** What is used where the issuer names no credentials. */
  readonly ambient: string;
  /** What the credentials must be allowed to do. */
  readonly rights: string;
  readonly zone: string;
  readonly writing: string;
  readonly ttl: string;
  readonly tried: string;
  readonly differs: readonly string[];
}

const fake = (api: string) =>
  `a fake made from the published description of ${api}, which enforces it; not the service itself`;

export const providerFacts: Readonly<Record<ProviderType, ProviderFacts>> = {
  webhook: {
    title: 'Webhook',
    secrets: 'None by itself; those that `config` names are read by the solver, not by certwright.',
    ambient: 'The solver is told whether it may use its own (`allowAmbientCredentials`).',
    rights:
      'The controller needs `create` on the resource named like the solver in its API group: the Role comes with the webhook.',
    zone: 'Found by DNS, and handed over as `resolvedZone`.',
    writing: 'One POST of a ChallengePayload (`webhook.acme.cert-manager.io/v1alpha1`) for each change.',
    ttl: 'the solver’s',
    tried: 'a solver served as a real APIService behind a real API server',
    differs: ['`request.uid` is the uid of the Challenge; cert-manager leaves it empty.'],
  },
  rfc2136: {
    title: 'RFC 2136',
    secrets: 'The TSIG key in base64, at `tsigSecretSecretRef`; without it updates are not signed.',
    ambient: 'None.',
    rights:
      'Updates of TXT records at `_acme-challenge` names; for BIND e.g. `grant <key> wildcard _acme-challenge.* TXT;`.',
    zone: 'Found by DNS.',
    writing: 'One update that adds or removes one value.',
    ttl: '60 s',
    tried: 'BIND 9, with each of the TSIG algorithms, over UDP and TCP',
    differs: [],
  },
  akamai: {
    title: 'Akamai Edge DNS',
    secrets: 'Client token, client secret and access token of an EdgeGrid client.',
    ambient: 'None.',
    rights: 'READ-WRITE for DNS—Zone Record Management.',
    zone: 'Found by DNS.',
    writing:
      'The record set is read, changed by one value and written back; writers of one zone in this process take turns.',
    ttl: '300 s',
    tried: fake('Edge DNS, EdgeGrid signatures included'),
    differs: ['A refused write (409) begins anew with reading instead of failing the challenge.'],
  },
  cloudDNS: {
    title: 'Google Cloud DNS',
    secrets: 'The JSON key of a service account, at `serviceAccountSecretRef`.',
    ambient:
      'The file that `GOOGLE_APPLICATION_CREDENTIALS` names (key, user, workload identity federation, impersonation), else the metadata server (GKE workload identity).',
    rights:
      'On the project `dns.managedZones.list`, `dns.resourceRecordSets.*`, `dns.changes.create`: e.g. the role `roles/dns.admin`.',
    zone: '`hostedZoneName`, else the managed zone of the name that DNS says, public ones first.',
    writing:
      'A change that deletes the old record set and adds the new one, so that it fails where somebody else was faster, and is then tried again.',
    ttl: '60 s',
    tried: `${fake('Cloud DNS and its token endpoints')}; its tokens beside Google’s own library`,
    differs: [
      'Does not wait for a change to be `done`: the self-check asks the name servers themselves.',
      'A Secret may hold a service account key only: other kinds of credential files name files and addresses to read from.',
    ],
  },
  cloudflare: {
    title: 'Cloudflare',
    secrets: 'An API token at `apiTokenSecretRef`, or the global API key at `apiKeySecretRef` with `email`.',
    ambient: 'None.',
    rights: 'The token needs Zone.Zone.Read and Zone.DNS.Edit for the zones.',
    zone: 'Asked of Cloudflare, from the whole name upwards; active zones first.',
    writing: 'One record for each value.',
    ttl: '120 s',
    tried: fake('API version 4'),
    differs: ['All records with the name and the value are removed, on every page of the list.'],
  },
  digitalocean: {
    title: 'DigitalOcean',
    secrets: 'An API token at `tokenSecretRef`.',
    ambient: 'None.',
    rights: 'The scopes `domain:read`, `domain:create`, `domain:update`, `domain:delete`.',
    zone: 'Found by DNS.',
    writing: 'One record for each value.',
    ttl: '60 s',
    tried: fake('API version 2'),
    differs: ['Only our own value is removed; cert-manager removes every TXT record of the name.'],
  },
  route53: {
    title: 'Amazon Route 53',
    secrets:
      'Access key id (inline or at `accessKeyIDSecretRef`) and secret access key; none with `auth.kubernetes` (a token of a service account) or ambient credentials.',
    ambient:
      'In the order of the AWS SDKs: access keys, a web identity token file with a role (IRSA), a credentials file, the endpoint of ECS and EKS Pod Identity, the metadata of the instance.',
    rights:
      '`route53:ChangeResourceRecordSets` on the hosted zones, and `route53:ListHostedZonesByName` where no `hostedZoneID` is given.',
    zone: '`hostedZoneID`, else the longest public zone that has the name.',
    writing:
      'A multivalue record set for each value (`SetIdentifier` is the quoted value), so that values of one name never meet.',
    ttl: '10 s',
    tried: 'moto, with signatures and permissions checked: Route 53, STS and IAM',
    differs: [
      'Does not wait for a change to be INSYNC, and needs no `route53:GetChange`: the self-check asks the name servers themselves.',
      'Values longer than 128 characters get a hash as their SetIdentifier, which Route 53 would refuse otherwise.',
    ],
  },
  azureDNS: {
    title: 'Azure DNS',
    secrets: 'The secret of a service principal at `clientSecretSecretRef`; none with workload or managed identity.',
    ambient:
      'Workload identity where `AZURE_FEDERATED_TOKEN_FILE` is set, else the managed identity of the node; `managedIdentity` says which.',
    rights: 'The role DNS Zone Contributor (Private DNS Zone Contributor) on the zone.',
    zone: '`hostedZoneName`, else found by DNS.',
    writing:
      'The record set is read, changed by one value and written under the version (ETag) that was read; again where somebody was faster.',
    ttl: '60 s for a new record set; an existing one keeps its own',
    tried: `${fake('Azure DNS and its sign-in')}; its tokens beside Azure’s own library`,
    differs: ['Metadata on a record set is kept.'],
  },
  acmeDNS: {
    title: 'ACME-DNS',
    secrets:
      'At `accountSecretRef` a JSON object: the proved name (without `*.`) → its account, as `POST /register` answered it.',
    ambient: 'None.',
    rights: 'An account is the right to set its own subdomain.',
    zone: 'Not needed: a CNAME record at `_acme-challenge.<name>` leads to the `fulldomain` of the account.',
    writing: 'The server keeps the two newest values; there is no way to remove one.',
    ttl: 'the server’s',
    tried: fake('acme-dns'),
    differs: [],
  },
};

function providerNamed(name: string): ProviderType {
  const type = providerOrder.find((each) => each === name);
  if (type === undefined) throw new Error(`the provider ${name} has no facts`);
  return type;
}

function sectionOf(type: ProviderType, schema: StructuralSchema): readonly string[] {
  const facts = providerFacts[type];
  const rows: readonly (readonly [string, string])[] = [
    ['Secrets', facts.secrets],
    ['Without credentials in the issuer', facts.ambient],
    ['What they must be allowed', facts.rights],
    ['Zone', facts.zone],
    ['Writing', facts.writing],
    ['TTL', facts.ttl],
    ['Tried against', facts.tried],
  ];
  return [
    `## ${facts.title}: \`${type}\``,
    '',
    schema.description ?? '',
    '',
    ...table(['field', 'meaning'], [...fieldsOf(schema, '')]),
    '',
    ...rows.map(([name, text]) => `- ${name}: ${text}`),
    ...(facts.differs.length === 0 ? [] : [`- Unlike cert-manager: ${facts.differs.join(' ')}`]),
    '',
  ];
}

/** A reference to a key of a Secret is one row: its members are the same everywhere. */
function* fieldsOf(schema: StructuralSchema, prefix: string): Generator<readonly [string, string]> {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const path = `${prefix}${name}`;
    const isRequired = schema.required?.includes(name) === true;
    const choices = (member.enum ?? []).map((value) => `\`${value}\``).join(', ');
    const meaning = [member.description ?? '', ...(choices === '' ? [] : [`One of ${choices}.`])].join(' ');
    yield [isRequired ? `**\`${path}\`**` : `\`${path}\``, meaning];
    if (!name.endsWith('SecretRef')) yield* fieldsOf(member, `${path}.`);
  }
}

/** The whole page as Markdown. */
export function dnsProvidersPage(): string {
  const { properties = {} } = structural(dns01, 'dns01');
  return [
    '# DNS providers',
    '',
    '<!-- Generated by `npm run gen`. Do not edit. -->',
    '',
    'Members of `dns01` in a solver of an ACME issuer. Fields in **bold** must be set. A `…SecretRef` names a Secret and a key in it (`name`, `key`), in the namespace of the Issuer or,',
    'for a ClusterIssuer, in the cluster resource namespace (`--cluster-resource-namespace`).',
    '',
    'Where an issuer names no credentials, those of the controller itself are used, if it may: ClusterIssuers may by default (`--cluster-issuer-ambient-credentials`), Issuers only with',
    '`--issuer-ambient-credentials`. Every provider adds and removes just the value of its own challenge, so that a wildcard and its apex, or two clusters, can be proved at once.',
    'Cloud SDKs are loaded at the first use of their provider.',
    '',
    `Besides: \`cnameStrategy\`: ${properties['cnameStrategy']?.description ?? ''} Of several providers in one solver the first of this order counts: ${providerOrder.map((type) => `\`${type}\``).join(', ')}.`,
    '',
    ...Object.keys(properties)
      .filter((name) => name !== 'cnameStrategy')
      .flatMap((name) => sectionOf(providerNamed(name), properties[name] ?? {})),
  ].join('\n');
}
