// Which hosted zone a record goes into: of the public ones of the account the closest to the name.
import { ProviderError } from '../../../base/errors.ts';
import type { TxtRecord } from '../../dns01.ts';
import { inWords } from './errors.ts';
import type { AwsClient } from './sdk.ts';

const what = 'failed to determine Route 53 hosted zone ID';
const pageSize = 100;
/** Accounts have 500 zones unless AWS was asked for more. */
const mostPages = 100;

interface HostedZone {
  readonly Id?: string | undefined;
  readonly Name?: string | undefined;
  readonly Config?: { readonly PrivateZone?: boolean | undefined } | undefined;
}

/**
 * Zones are listed from `record.zone` on, in the order of their names from the last label: the zone itself, then everything below it. Rejects
 * with ProviderError, code ZoneNotFound where there is none.
 */
export async function zoneIdFor(
  { fqdn, zone }: Pick<TxtRecord, 'fqdn' | 'zone'>,
  client: AwsClient,
  signal: AbortSignal,
): Promise<string> {
  const found: HostedZone[] = [];
  let from: { DNSName: string; HostedZoneId?: string } | undefined = { DNSName: zone.replace(/\.$/, '') };
  for (let page = 0; from !== undefined && page < mostPages; page += 1) {
    const answer = await client.listHostedZonesByName({ ...from, MaxItems: pageSize }, what, signal);
    if (!Array.isArray(answer.HostedZones)) throw inWords(what, new Error('an answer without HostedZones'));
    found.push(...answer.HostedZones);
    const { IsTruncated, NextDNSName, NextHostedZoneId } = answer;
    const goesOn = IsTruncated === true && NextDNSName !== undefined && isWithin(NextDNSName, zone);
    from = goesOn
      ? { DNSName: NextDNSName, ...(NextHostedZoneId === undefined ? {} : { HostedZoneId: NextHostedZoneId }) }
      : undefined;
  }
  const id = closestZoneId(fqdn, found);
  if (id === undefined) {
    throw new ProviderError(
      'route53',
      'ZoneNotFound',
      `${what}: zone ${zone} not found in Route 53 for domain ${fqdn}`,
    );
  }
  return id;
}

/** Of public zones with one name the last one counts, as it does upstream. */
export function closestZoneId(fqdn: string, zones: readonly HostedZone[]): string | undefined {
  let closest: { id: string; labels: number } | undefined;
  for (const { Id, Name, Config } of zones) {
    if (Id === undefined || Name === undefined || Config?.PrivateZone === true || !isWithin(fqdn, Name)) continue;
    const labels = plain(Name).split('.').length;
    if (closest === undefined || labels >= closest.labels) closest = { id: Id.replace(/^\/hostedzone\//, ''), labels };
  }
  return closest?.id;
}

function isWithin(name: string, zone: string): boolean {
  return `.${plain(name)}`.endsWith(`.${plain(zone)}`);
}

const plain = (name: string) => name.replace(/\.$/, '').toLowerCase();
