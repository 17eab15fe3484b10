// Reads the parts of a DNS message one after another and never beyond its end. Knows names and numbers, no records.
import { DecodeError } from '../base/errors.ts';
import { formatName } from './name.ts';

export const headerBytes = 12;
/** More than names ever need: a chain of pointers must not cost more than it is worth. */
const mostPointers = 64;

export const badMessage = (what: string): DecodeError => new DecodeError('DNS message', `the DNS message has ${what}`);

/** Every method throws DecodeError where the bytes are not what is asked for. */
export class Reader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw badMessage('an early end');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  uint16(): number {
    return this.take(2).readUInt16BE(0);
  }

  uint32(): number {
    return this.take(4).readUInt32BE(0);
  }

  /** RFC 1035 section 4.1.4: a pointer leads to something before it. */
  name(): string {
    const labels: Buffer[] = [];
    let length = 1;
    let resumeAt: number | undefined;
    let pointers = 0;
    let before = this.at;
    for (;;) {
      const first = this.take(1)[0]!;
      if (first === 0) break;
      if (first >= 0xc0) {
        const target = ((first & 0x3f) << 8) | this.take(1)[0]!;
        resumeAt ??= this.at;
        pointers += 1;
        if (target >= before || target < headerBytes || pointers > mostPointers) throw badMessage('a bad pointer');
        before = target;
        this.at = target;
      } else if (first >= 0x40) throw badMessage('a bad label');
      else {
        labels.push(this.take(first));
        length += first + 1;
        if (length > 255) throw badMessage('a name that is too long');
      }
    }
    this.at = resumeAt ?? this.at;
    return formatName(labels);
  }
}
