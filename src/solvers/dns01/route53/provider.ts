// Amazon Route 53: writes one multivalue TXT record set for each value, so that values under one name never meet. Who pays for it is
// credentials.ts's business, which zone zones.ts's.
import type { Route53Provider } from '../../../api/dns01.ts';
import type { Dns01Io, Dns01Provider, Dns01Solver, TxtRecord } from '../../dns01.ts';
import { resolveAccess } from './credentials.ts';
import { inWords, isCode } from './errors.ts';
import { recordSetFor } from './record-set.ts';
import { type AwsClient, openClient } from './sdk.ts';
import { zoneIdFor } from './zones.ts';

/** https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html; facts of upstream: TTL 10, SetIdentifier is the quoted value. */
export const route53: Dns01Provider<Route53Provider> = {
  type: 'route53',
  needsZone: ({ hostedZoneID }) => isEmpty(hostedZoneID),
  config: (solver) => solver.route53,
  credentials: ({ accessKeyIDSecretRef, secretAccessKeySecretRef }) =>
    [accessKeyIDSecretRef, secretAccessKeySecretRef].flatMap((ref) =>
      ref === undefined || isEmpty(ref.name) ? [] : [{ name: ref.name, key: ref.key ?? '' }],
    ),
  open,
};

async function open(config: Route53Provider, io: Dns01Io): Promise<Dns01Solver> {
  io.signal.throwIfAborted();
  const client = await openClient(await resolveAccess(config, io), io);
  const change = async (action: 'UPSERT' | 'DELETE', record: TxtRecord, signal: AbortSignal) => {
    const zoneId = isEmpty(config.hostedZoneID) ? await zoneIdFor(record, client, signal) : config.hostedZoneID;
    await changeRecord(client, zoneId, action, record, signal);
  };
  return {
    async add(record, signal) {
      await change('UPSERT', record, signal);
    },
    async remove(record, signal) {
      try {
        await change('DELETE', record, signal);
      } catch (error) {
        // A record set that is not there, or not as we made it, is answered with InvalidChangeBatch.
        if (!isCode(error, 'ZoneNotFound') && !isCode(error, 'InvalidChangeBatch')) throw error;
      }
    },
  };
}

async function changeRecord(
  client: AwsClient,
  zoneId: string,
  action: 'UPSERT' | 'DELETE',
  record: TxtRecord,
  signal: AbortSignal,
): Promise<void> {
  const what = 'failed to change Route 53 record set';
  const { ChangeInfo } = await client.changeRecordSets(
    {
      HostedZoneId: zoneId,
      ChangeBatch: {
        Comment: 'Managed by cert-manager',
        Changes: [{ Action: action, ResourceRecordSet: recordSetFor(record) }],
      },
    },
    what,
    signal,
  );
  // Whether the change is INSYNC is not waited for: the propagation check asks the servers themselves.
  if (ChangeInfo?.Id === undefined) throw inWords(what, new Error('an answer without ChangeInfo'));
}

const isEmpty = (text: string | undefined): text is undefined | '' => text === undefined || text === '';
