// Reading the string and time types of DER. Strict as der.ts is: what is not a valid value of its type is refused.
import { bad, type DerValue, tags } from './der.ts';

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** What peers put into PrintableStrings besides: `*` and `&`, which Go accepts too. */
const nearlyPrintable = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/;

/** Text of a string type; UniversalString and anything else is refused. */
export function readString(value: DerValue): string {
  return stringContent(value.tag, value.content);
}

/** As `readString`, with the type named by `tag`, for implicitly tagged strings. */
export function stringContent(tag: number, content: Uint8Array): string {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  switch (tag) {
    case tags.utf8String:
      try {
        return utf8Decoder.decode(bytes);
      } catch {
        throw bad('invalid UTF-8');
      }
    case tags.printableString: {
      const text = bytes.toString('latin1');
      if (!nearlyPrintable.test(text)) throw bad('invalid PrintableString');
      return text;
    }
    case tags.numericString: {
      const text = bytes.toString('latin1');
      if (!/^[0-9 ]*$/.test(text)) throw bad('invalid NumericString');
      return text;
    }
    case tags.ia5String: {
      for (const byte of bytes) if (byte >= 0x80) throw bad('invalid IA5String');
      return bytes.toString('latin1');
    }
    case tags.teletexString:
      return bytes.toString('latin1');
    case tags.bmpString: {
      if (bytes.length % 2 !== 0) throw bad('invalid BMPString');
      const text = Buffer.from(bytes).swap16().toString('utf16le');
      if (!text.isWellFormed()) throw bad('invalid BMPString');
      return text;
    }
    default:
      throw bad('unsupported string type');
  }
}

/** UTCTime or GeneralizedTime in the forms of RFC 5280 4.1.2.5. */
export function readTime(value: DerValue): Date {
  const text = Buffer.from(value.content).toString('latin1');
  let digits: string;
  if (value.tag === tags.utcTime && /^\d{12}Z$/.test(text)) digits = (text < '5' ? '20' : '19') + text;
  else if (value.tag === tags.generalizedTime && /^\d{14}Z$/.test(text)) digits = text;
  else throw bad('malformed time');
  const iso = digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const date = new Date(iso);
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw bad('malformed time');
  return date;
}
