import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { AwsClient } from '../../../../../src/solvers/dns01/route53/sdk.ts';
import { closestZoneId, zoneIdFor } from '../../../../../src/solvers/dns01/route53/zones.ts';

const zone = (Id: string, Name: string, PrivateZone = false) => ({
  Id: `/hostedzone/${Id}`,
  Name,
  Config: { PrivateZone },
});
const fqdn = '_acme-challenge.www.example.com.';

/** [what, zones of the account, the id that is chosen]. */
const choices: readonly (readonly [string, readonly ReturnType<typeof zone>[], string | undefined])[] = [
  ['no zones', [], undefined],
  ['the zone itself', [zone('Z1', 'example.com.')], 'Z1'],
  [
    'the longest match, whatever the order',
    [zone('Z1', 'example.com.'), zone('Z2', 'www.example.com.'), zone('Z3', 'com.')],
    'Z2',
  ],
  ['a zone of the very name', [zone('Z1', fqdn), zone('Z2', 'example.com.')], 'Z1'],
  ['private zones never', [zone('Z1', 'example.com.'), zone('Z2', 'www.example.com.', true)], 'Z1'],
  ['only private zones', [zone('Z1', 'example.com.', true)], undefined],
  ['a name that only ends alike', [zone('Z1', 'ample.com.'), zone('Z2', 'w.example.com.')], undefined],
  ['a zone below the name', [zone('Z1', `a.${fqdn}`)], undefined],
  ['case does not count', [zone('Z1', 'Example.COM.')], 'Z1'],
  ['the last of one name, as upstream', [zone('Z1', 'example.com.'), zone('Z2', 'example.com.')], 'Z2'],
];

describe('the zone of a record', () => {
  for (const [what, zones, expected] of choices) test(what, () => assert.equal(closestZoneId(fqdn, zones), expected));
});

type Listing = Awaited<ReturnType<AwsClient['listHostedZonesByName']>>;

/** Answers each page in turn, and says what was asked for. */
function listing(pages: readonly Partial<Listing>[]) {
  const asked: unknown[] = [];
  const client: AwsClient = {
    changeRecordSets: () => assert.fail('nothing is to be changed'),
    listHostedZonesByName: async (input) => {
      asked.push(input);
      return {
        $metadata: {},
        HostedZones: [],
        IsTruncated: false,
        MaxItems: 100,
        ...pages[asked.length - 1],
      } as Listing;
    },
  };
  return { asked, client };
}

const { signal } = new AbortController();

describe('the pages of zones', () => {
  it('are read on as long as they are below the zone', async () => {
    const { asked, client } = listing([
      {
        HostedZones: [{ ...zone('Z1', 'example.com.'), CallerReference: '' }],
        IsTruncated: true,
        NextDNSName: 'a.example.com.',
        NextHostedZoneId: 'Z2',
      },
      {
        HostedZones: [{ ...zone('Z3', 'www.example.com.'), CallerReference: '' }],
        IsTruncated: true,
        NextDNSName: 'example.de.',
        NextHostedZoneId: 'Z4',
      },
    ]);
    assert.equal(await zoneIdFor({ fqdn, zone: 'example.com.' }, client, signal), 'Z3');
    assert.deepEqual(asked, [
      { DNSName: 'example.com', MaxItems: 100 },
      { DNSName: 'a.example.com.', HostedZoneId: 'Z2', MaxItems: 100 },
    ]);
  });

  it('are not read for ever', async () => {
    const { asked, client } = listing(
      Array.from({ length: 1000 }, () => ({ IsTruncated: true, NextDNSName: 'a.example.com.' })),
    );
    await assert.rejects(zoneIdFor({ fqdn, zone: 'example.com.' }, client, signal), { code: 'ZoneNotFound' });
    assert.equal(asked.length, 100);
  });
});
