// Where each Azure cloud is, and where a record set is in it. Names and addresses are those of Azure's SDKs. Asks nobody.
import type { AzureDNSProvider } from '../../../api/dns01.ts';

export interface AzureCloud {
  /** Microsoft Entra ID. */
  readonly authority: string;
  readonly resourceManager: string;
  /** What tokens are asked for. */
  readonly audience: string;
}

const publicCloud: AzureCloud = {
  authority: 'https://login.microsoftonline.com',
  resourceManager: 'https://management.azure.com',
  audience: 'https://management.core.windows.net/',
};
const usGovernment: AzureCloud = {
  authority: 'https://login.microsoftonline.us',
  resourceManager: 'https://management.usgovcloudapi.net',
  audience: 'https://management.core.usgovcloudapi.net/',
};
const china: AzureCloud = {
  authority: 'https://login.chinacloudapi.cn',
  resourceManager: 'https://management.chinacloudapi.cn',
  audience: 'https://management.core.chinacloudapi.cn/',
};

/** By upstream's names, in any case; undefined for a cloud that is no more (AzureGermanCloud). */
export function cloudNamed(environment: string | undefined): AzureCloud | undefined {
  switch ((environment ?? '').toUpperCase()) {
    case '':
    case 'AZURECLOUD':
    case 'AZUREPUBLICCLOUD':
      return publicCloud;
    case 'AZUREUSGOVERNMENT':
    case 'AZUREUSGOVERNMENTCLOUD':
      return usGovernment;
    case 'AZURECHINACLOUD':
      return china;
    default:
      return undefined;
  }
}

/** Azure's two DNS services differ in the path, the version and in how members are written. */
export interface ZoneService {
  readonly zones: 'dnsZones' | 'privateDnsZones';
  readonly apiVersion: string;
  readonly ttl: 'TTL' | 'ttl';
  readonly txtRecords: 'TXTRecords' | 'txtRecords';
}

export function serviceOf({ zoneType }: AzureDNSProvider): ZoneService {
  return zoneType === 'AzurePrivateZone'
    ? { zones: 'privateDnsZones', apiVersion: '2024-06-01', ttl: 'ttl', txtRecords: 'txtRecords' }
    : { zones: 'dnsZones', apiVersion: '2018-05-01', ttl: 'TTL', txtRecords: 'TXTRecords' };
}

/** The URL of the zone, or with `name` of its TXT record set; `zone` without a final dot. */
export function urlOf(config: AzureDNSProvider, cloud: AzureCloud, zone: string, name?: string): string {
  const { zones, apiVersion } = serviceOf(config);
  const group = ['subscriptions', config.subscriptionID, 'resourceGroups', config.resourceGroupName];
  const set = name === undefined ? [] : ['TXT', name];
  const parts = [...group, 'providers', 'Microsoft.Network', zones, zone, ...set].map(encodeURIComponent);
  return `${cloud.resourceManager}/${parts.join('/')}?api-version=${apiVersion}`;
}

/** The name of `fqdn` within the zone, `@` at its apex; undefined where it is not in the zone. */
export function relativeName(fqdn: string, zone: string): string | undefined {
  const [name, parent] = [fqdn, zone].map((each) => each.replace(/\.$/, '').toLowerCase()) as [string, string];
  if (name === parent) return '@';
  return name.endsWith(`.${parent}`) ? name.slice(0, -parent.length - 1) : undefined;
}
