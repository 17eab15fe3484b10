// RFC 2136: any DNS server that takes dynamic updates. One update a record, which the server makes whole or not at all; the messages
// themselves are src/dns's.
import type { RFC2136Provider } from '../../../api/dns01.ts';
import { ProviderError } from '../../../base/errors.ts';
import { goQuote } from '../../../base/go-text.ts';
import { DnsError } from '../../../dns/dns-error.ts';
import { serverOf } from '../../../dns/server.ts';
import type { Place } from '../../../dns/transport.ts';
import { type TsigKey, tsigAlgorithms } from '../../../dns/tsig.ts';
import { sendUpdate, type TxtUpdate, type UpdateAnswer, type UpdateOptions } from '../../../dns/update.ts';
import type { Dns01Io, Dns01Provider, TxtRecord } from '../../dns01.ts';
import { secretKeyOf, secretText } from '../secret-text.ts';
import { txtStrings } from '../txt-text.ts';

const type = 'rfc2136';
const ttlSeconds = 60;

export const rfc2136: Dns01Provider<RFC2136Provider> = {
  type,
  needsZone: () => true,
  config: (solver) => solver.rfc2136,
  credentials: ({ tsigSecretSecretRef: ref }) => (ref === undefined || ref.name === '' ? [] : [secretKeyOf(ref)]),
  async open(config, io) {
    const place = placeOf(config.nameserver);
    const options = { protocol: config.protocol ?? 'UDP', key: await keyOf(config, io), now: io.now };
    return {
      async add(record, signal) {
        const answer = await change('add', record, place, options, signal);
        if (answer.rcode !== 'NOERROR') throw refusal(answer);
      },
      async remove(record, signal) {
        const answer = await change('remove', record, place, options, signal);
        if (answer.rcode !== 'NOERROR' && !isZoneGone(answer)) throw refusal(answer);
      },
    };
  },
};

function placeOf(nameserver: string): Place {
  const text = nameserver.trim();
  if (text === '') throw notConfigured('RFC2136 nameserver missing');
  const server = serverOf(text);
  if (server.kind !== 'plain' || server.host === '') {
    throw notConfigured(`RFC2136 nameserver has no host defined, ${text.slice(0, 255)}`);
  }
  if (server.port < 1 || server.port > 65_535)
    throw notConfigured(`RFC2136 nameserver has no valid port, ${text.slice(0, 255)}`);
  return server;
}

/** Undefined where updates are not to be signed: without a name or without a Secret, as ever. */
async function keyOf(config: RFC2136Provider, io: Dns01Io): Promise<TsigKey | undefined> {
  const wanted = (config.tsigAlgorithm || 'HMACMD5').toUpperCase();
  const algorithm = tsigAlgorithms.find((each) => each === wanted);
  if (algorithm === undefined) throw notConfigured(`algorithm ${goQuote(config.tsigAlgorithm ?? '')} is not supported`);
  const { tsigKeyName: name = '', tsigSecretSecretRef: ref } = config;
  if (ref === undefined || ref.name === '') return undefined;
  const text = await secretText(io, type, 'TSIG secret', secretKeyOf(ref));
  return name === '' ? undefined : { name, algorithm, secret: secretOf(text) };
}

function secretOf(text: string): Buffer {
  const base64 = text.replaceAll(/\s/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) {
    throw notConfigured('the TSIG secret is not base64');
  }
  return Buffer.from(base64, 'base64');
}

async function change(
  action: TxtUpdate['action'],
  record: TxtRecord,
  place: Place,
  options: UpdateOptions,
  signal: AbortSignal,
): Promise<UpdateAnswer> {
  const update = { action, zone: record.zone, fqdn: record.fqdn, strings: txtStrings(record.value), ttlSeconds };
  try {
    return await sendUpdate(place, update, options, signal);
  } catch (error) {
    throw error instanceof DnsError ? notAnswered(error) : error;
  }
}

/** A server that says so of a zone, and not of the signature (which it would not sign), has no such zone. */
const isZoneGone = ({ rcode, genuine, signatureError }: UpdateAnswer) =>
  rcode === 'NOTAUTH' && genuine && signatureError === '';

function refusal(answer: UpdateAnswer): ProviderError {
  const { rcode, signatureError } = answer;
  const code = isZoneGone(answer)
    ? 'ZoneNotFound'
    : rcode === 'NOTAUTH' || rcode === 'REFUSED'
      ? 'Unauthorized'
      : rcode;
  const detail = signatureError === '' ? '' : ` (${signatureError})`;
  return new ProviderError(type, code, `DNS update failed. Server replied: ${rcode}${detail}`);
}

function notAnswered(error: DnsError): ProviderError {
  const isUnreachable = error.code === 'TIMEOUT' || error.code === 'UNREACHABLE';
  return new ProviderError(type, isUnreachable ? 'Unreachable' : error.code, `DNS update failed: ${error.message}`, {
    cause: error,
  });
}

const notConfigured = (message: string) => new ProviderError(type, 'NotConfigured', message);
