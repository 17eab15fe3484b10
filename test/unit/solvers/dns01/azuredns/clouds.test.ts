import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AzureDNSProvider } from '../../../../../src/api/dns01.ts';
import { cloudNamed, relativeName, urlOf } from '../../../../../src/solvers/dns01/azuredns/clouds.ts';

/** [environment, Resource Manager, authority, audience]. */
const clouds: readonly [string | undefined, string | undefined, string?, string?][] = [
  [
    undefined,
    'https://management.azure.com',
    'https://login.microsoftonline.com',
    'https://management.core.windows.net/',
  ],
  ['', 'https://management.azure.com', 'https://login.microsoftonline.com', 'https://management.core.windows.net/'],
  [
    'AzurePublicCloud',
    'https://management.azure.com',
    'https://login.microsoftonline.com',
    'https://management.core.windows.net/',
  ],
  [
    'azurecloud',
    'https://management.azure.com',
    'https://login.microsoftonline.com',
    'https://management.core.windows.net/',
  ],
  [
    'AzureUSGovernmentCloud',
    'https://management.usgovcloudapi.net',
    'https://login.microsoftonline.us',
    'https://management.core.usgovcloudapi.net/',
  ],
  [
    'AzureChinaCloud',
    'https://management.chinacloudapi.cn',
    'https://login.chinacloudapi.cn',
    'https://management.core.chinacloudapi.cn/',
  ],
  ['AzureGermanCloud', undefined],
];

/** [fqdn, zone, name within it]. */
const names: readonly [string, string, string | undefined][] = [
  ['_acme-challenge.www.example.com.', 'example.com', '_acme-challenge.www'],
  ['_acme-challenge.example.com.', 'example.com.', '_acme-challenge'],
  ['_ACME-challenge.Example.com.', 'example.COM', '_acme-challenge'],
  ['example.com.', 'example.com', '@'],
  ['_acme-challenge.notexample.com.', 'example.com', undefined],
  ['_acme-challenge.example.org.', 'example.com', undefined],
];

const config: AzureDNSProvider = { subscriptionID: 's 1', resourceGroupName: 'g/2' };
const path = 'https://management.azure.com/subscriptions/s%201/resourceGroups/g%2F2/providers/Microsoft.Network';

describe('where Azure has a record set', () => {
  for (const [environment, ...expected] of clouds) {
    test(`in ${environment || 'no cloud that is named'}`, () => {
      const cloud = cloudNamed(environment);
      assert.deepEqual(
        [cloud?.resourceManager, cloud?.authority, cloud?.audience],
        [...expected, undefined, undefined].slice(0, 3),
      );
    });
  }
  for (const [fqdn, zone, name] of names)
    test(`${fqdn} in ${zone}`, () => assert.equal(relativeName(fqdn, zone), name));

  test('by its address', () => {
    const cloud = cloudNamed('') ?? assert.fail('no cloud');
    const inside = { ...config, zoneType: 'AzurePrivateZone' as const };
    assert.deepEqual(
      [
        urlOf(config, cloud, 'a.b'),
        urlOf(config, cloud, 'a.b', '@'),
        urlOf(inside, cloud, 'a.b'),
        urlOf(inside, cloud, 'a.b', 'c'),
      ],
      [
        `${path}/dnsZones/a.b?api-version=2018-05-01`,
        `${path}/dnsZones/a.b/TXT/%40?api-version=2018-05-01`,
        `${path}/privateDnsZones/a.b?api-version=2024-06-01`,
        `${path}/privateDnsZones/a.b/TXT/c?api-version=2024-06-01`,
      ],
    );
  });
});
