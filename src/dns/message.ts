// DNS messages (RFC 1035 section 4, EDNS0 of RFC 6891) as bytes and as values. Reads strictly what comes from the network: every length is
// checked, compression only leads backwards, what is not understood is kept as its kind alone. Knows no transport.
import { encodeName } from './name.ts';
import { badMessage, headerBytes, Reader } from './reader.ts';

export const recordTypes = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, OPT: 41, TSIG: 250 } as const;
export type RecordType = 'A' | 'NS' | 'CNAME' | 'SOA' | 'TXT' | 'AAAA';
export const classes = { IN: 1, NONE: 254, ANY: 255 } as const;
export const opcodes = { query: 0, update: 5 } as const;

/** Of the responses that code tells apart; others go by their text. */
export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  NOTAUTH: 9,
  NOTZONE: 10,
} as const;

const rcodeTexts: Readonly<Record<number, string>> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  6: 'YXDOMAIN',
  7: 'YXRRSET',
  8: 'NXRRSET',
  9: 'NOTAUTH',
  10: 'NOTZONE',
  16: 'BADVERS',
};

export const rcodeText = (rcode: number): string => rcodeTexts[rcode] ?? `RCODE${rcode}`;

/** What a server is told that we can take over UDP. */
const udpPayloadBytes = 4096;
export const largestMessage = 65_535;

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export type RecordData =
  | { readonly kind: 'address'; readonly address: string }
  /** NS and CNAME. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'soa'; readonly minimumSeconds: number }
  /** The strings of a TXT record, joined. */
  | { readonly kind: 'text'; readonly text: Buffer }
  | { readonly kind: 'other' };

export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly data: RecordData;
  /** Where the record begins in the message, and where its data is. */
  readonly at: number;
  readonly dataAt: number;
  readonly end: number;
}

export interface Header {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionAvailable: boolean;
  /** The four bits of the header alone. */
  readonly rcode: number;
  readonly counts: readonly [questions: number, answers: number, authorities: number, additionals: number];
}

export interface DnsMessage extends Header {
  /** With the upper bits of EDNS0. */
  readonly rcode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}

/** A standard query with EDNS0, recursion desired. Throws DecodeError for what cannot be a name. */
export function encodeQuery(id: number, name: string, type: RecordType): Buffer {
  const question = Buffer.concat([encodeName(name), words(recordTypes[type], classes.IN)]);
  const opt = Buffer.concat([Buffer.from([0]), words(recordTypes.OPT, udpPayloadBytes, 0, 0, 0)]);
  return Buffer.concat([encodeHeader(id, 0x0100, [1, 0, 0, 1]), question, opt]);
}

export function encodeHeader(id: number, flags: number, counts: readonly [number, number, number, number]): Buffer {
  return words(id, flags, ...counts);
}

/** 16-bit numbers, big end first. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

/** Throws DecodeError. */
export function decodeHeader(bytes: Buffer): Header {
  if (bytes.length < headerBytes) throw badMessage('no whole header');
  const flags = bytes.readUInt16BE(2);
  const count = (index: number) => bytes.readUInt16BE(4 + index * 2);
  return {
    id: bytes.readUInt16BE(0),
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0xf,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    rcode: flags & 0xf,
    counts: [count(0), count(1), count(2), count(3)],
  };
}

/** The questions alone, which come first: whether an answer is to what was asked can be told of one that was cut off. Throws DecodeError. */
export function decodeQuestions(bytes: Buffer): readonly Question[] {
  return readQuestions(new Reader(bytes, headerBytes), decodeHeader(bytes).counts[0]);
}

/** Throws DecodeError. Bytes after the last record are ignored. */
export function decodeMessage(bytes: Buffer): DnsMessage {
  const header = decodeHeader(bytes);
  const reader = new Reader(bytes, headerBytes);
  const questions = readQuestions(reader, header.counts[0]);
  const [answers, authorities, additionals] = header.counts.slice(1).map((count) => readRecords(reader, count));
  if (answers === undefined || authorities === undefined || additionals === undefined) throw badMessage('no sections');
  const opt = additionals.find(({ type }) => type === recordTypes.OPT);
  const upper = opt === undefined ? 0 : bytes.readUInt8(opt.dataAt - 6);
  return { ...header, rcode: (upper << 4) | header.rcode, questions, answers, authorities, additionals };
}

function readQuestions(reader: Reader, count: number): readonly Question[] {
  const questions: Question[] = [];
  for (let left = count; left > 0; left -= 1) {
    questions.push({ name: reader.name(), type: reader.uint16(), class: reader.uint16() });
  }
  return questions;
}

function readRecords(reader: Reader, count: number): readonly DnsRecord[] {
  const records: DnsRecord[] = [];
  for (let left = count; left > 0; left -= 1) records.push(readRecord(reader));
  return records;
}

function readRecord(reader: Reader): DnsRecord {
  const { at } = reader;
  const [name, type, klass, ttl, length] = [
    reader.name(),
    reader.uint16(),
    reader.uint16(),
    reader.uint32(),
    reader.uint16(),
  ];
  const dataAt = reader.at;
  const end = dataAt + length;
  if (end > reader.bytes.length) throw badMessage('a record that goes beyond its end');
  const data: RecordData = klass === classes.IN ? readData(reader, type, end) : { kind: 'other' };
  if (data.kind === 'other') reader.at = end;
  if (reader.at !== end) throw badMessage('a record of the wrong length');
  // RFC 2181 section 8: a TTL with the uppermost bit set is none.
  return { name, type, class: klass, ttlSeconds: ttl > 0x7fffffff ? 0 : ttl, data, at, dataAt, end };
}

function readData(reader: Reader, type: number, end: number): RecordData {
  switch (type) {
    case recordTypes.A:
      return { kind: 'address', address: [...reader.take(4)].join('.') };
    case recordTypes.AAAA:
      return { kind: 'address', address: ipv6Text(reader.take(16)) };
    case recordTypes.NS:
    case recordTypes.CNAME:
      return { kind: 'name', name: reader.name() };
    case recordTypes.SOA:
      return readSoa(reader);
    case recordTypes.TXT:
      return { kind: 'text', text: readText(reader, end) };
    default:
      return { kind: 'other' };
  }
}

function readSoa(reader: Reader): RecordData {
  reader.name();
  reader.name();
  reader.take(16);
  return { kind: 'soa', minimumSeconds: reader.uint32() };
}

function readText(reader: Reader, end: number): Buffer {
  const strings: Buffer[] = [];
  while (reader.at < end) strings.push(reader.take(reader.take(1)[0]!));
  return Buffer.concat(strings);
}

function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
