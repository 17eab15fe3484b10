// RC2 in CBC mode (RFC 2268), which Node's OpenSSL no longer has. Loads node-forge's RC2 on first use, so that it costs nothing before.

/**
 * Encrypts with PKCS#7 padding. `iv` has 8 bytes; `effectiveKeyBits` as in RFC 2268 section 2, but a multiple of 8: node-forge 1.4 gets
 * the mask of other counts wrong (RFC 2268's vector of 63 bits fails).
 */
export async function encryptRc2Cbc(
  key: Uint8Array,
  iv: Uint8Array,
  plain: Uint8Array,
  effectiveKeyBits: number,
): Promise<Uint8Array> {
  const [{ default: rc2 }, { default: util }] = await Promise.all([
    import('node-forge/lib/rc2.js'),
    import('node-forge/lib/util.js'),
  ]);
  const cipher = rc2.createEncryptionCipher(binary(key), effectiveKeyBits);
  cipher.start(binary(iv));
  cipher.update(util.createBuffer(binary(plain)));
  cipher.finish();
  return Buffer.from(cipher.output.getBytes(), 'latin1');
}

/** One character for each byte, which is how node-forge takes bytes. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
