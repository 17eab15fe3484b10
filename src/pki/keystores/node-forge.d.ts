// Types of the two modules of node-forge that rc2.ts loads; @types/node-forge describes the whole library only.
declare module 'node-forge/lib/util.js' {
  export interface ByteBuffer {
    /** One character for each byte. */
    getBytes(): string;
  }
  const util: { createBuffer(bytes: string): ByteBuffer };
  // biome-ignore lint/style/noDefaultExport: a CommonJS module, as its importer sees it
  export default util;
}

declare module 'node-forge/lib/rc2.js' {
  import type { ByteBuffer } from 'node-forge/lib/util.js';

  interface Cipher {
    readonly output: ByteBuffer;
    start(iv: string): void;
    update(input: ByteBuffer): void;
    /** Adds PKCS#7 padding. */
    finish(): boolean;
  }
  const rc2: { createEncryptionCipher(key: string, effectiveKeyBits: number): Cipher };
  // biome-ignore lint/style/noDefaultExport: a CommonJS module, as its importer sees it
  export default rc2;
}
