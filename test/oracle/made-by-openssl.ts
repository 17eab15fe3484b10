// Certificate requests that openssl makes: names, string types and algorithms that our own writer never produces but that people send.
import { writeFileSync } from 'node:fs';
import { run, workFolder } from './programs.ts';

export interface Made {
  readonly name: string;
  readonly der: Uint8Array;
}

interface Recipe {
  readonly name: string;
  /** Of `openssl genpkey`; P-256 where absent. */
  readonly key?: readonly string[];
  /** Lines of the distinguished name section, `0.CN = x`. */
  readonly subject?: readonly string[];
  /** Lines of the extension section. */
  readonly extensions?: readonly string[];
  /** Lines of further sections. */
  readonly sections?: readonly string[];
  /** openssl's mask of string types. */
  readonly strings?: string;
  readonly options?: readonly string[];
}

const ec = (curve: string) => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`];
const rsa = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];

const recipes: readonly Recipe[] = [
  { name: 'an empty subject', extensions: ['subjectAltName = critical,DNS:example.com'] },
  { name: 'several common names', subject: ['0.CN = first', 'O = o', '1.CN = second', '2.CN = third'] },
  { name: 'a multi-valued relative name', subject: ['C = DE', 'CN = x', '+OU = b', '+0.OU = a'] },
  { name: 'an e-mail address in the subject', subject: ['CN = x', 'emailAddress = a@example.com'] },
  {
    name: 'all attributes',
    subject: [
      ...['C = DE', 'ST = p', 'L = l', 'street = s', 'postalCode = 1', 'O = o', 'OU = u', 'CN = n'],
      ...['serialNumber = 7', 'UID = uid', 'DC = example', 'title = t', 'GN = g', 'SN = s', 'x.1.2.3.4 = other'],
    ],
  },
  { name: 'UTF-8 beyond the BMP', subject: ['CN = Ämter 漢字 😀', 'O = "a, b + c"'] },
  { name: 'a BMPString', strings: 'MASK:0x800', subject: ['CN = Ämter 漢字'] },
  { name: 'a TeletexString', strings: 'MASK:0x4', subject: ['CN = Latin Ämter'] },
  { name: 'leading and trailing spaces', subject: ['CN = " x "', 'O = "#1"'] },
  {
    name: 'all kinds of names',
    subject: ['CN = x'],
    extensions: [
      'subjectAltName = DNS:example.com,DNS:*.example.com,email:a@example.com,IP:192.0.2.1,IP:2001:db8::1,URI:spiffe://trust/a,dirName:dir,RID:1.2.3.4,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:jo@example.com,otherName:1.2.3;IA5:ia5',
    ],
    sections: ['[dir]', 'CN = directory'],
  },
  { name: 'an IPv4-mapped address', extensions: ['subjectAltName = IP:::ffff:192.0.2.1,IP:::,IP:::1,IP:1:0:0:2::3'] },
  {
    name: 'usages and constraints',
    subject: ['CN = ca'],
    extensions: [
      'basicConstraints = critical,CA:TRUE,pathlen:2',
      'keyUsage = critical,digitalSignature,keyCertSign,decipherOnly',
      'extendedKeyUsage = serverAuth,clientAuth,1.2.3.4,msSGC',
      'nameConstraints = critical,permitted;DNS:example.com,permitted;IP:10.0.0.0/255.0.0.0,excluded;email:example.com,excluded;URI:.example.com,permitted;dirName:dir',
      'subjectKeyIdentifier = hash',
      '1.2.3.4.5 = critical,ASN1:UTF8String:unknown',
    ],
    sections: ['[dir]', 'CN = directory'],
  },
  { name: 'no CA, said explicitly', extensions: ['basicConstraints = CA:FALSE'] },
  { name: 'RSA and SHA-256', key: rsa, subject: ['CN = x'] },
  { name: 'RSA and SHA-512', key: rsa, subject: ['CN = x'], options: ['-sha512'] },
  { name: 'RSA and SHA-1', key: rsa, subject: ['CN = x'], options: ['-sha1'] },
  {
    name: 'RSA-PSS padding',
    key: rsa,
    subject: ['CN = x'],
    options: ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32'],
  },
  { name: 'P-384', key: ec('P-384'), subject: ['CN = x'], options: ['-sha384'] },
  { name: 'P-521', key: ec('P-521'), subject: ['CN = x'], options: ['-sha512'] },
  { name: 'P-256 and SHA-384', subject: ['CN = x'], options: ['-sha384'] },
  { name: 'Ed25519', key: ['-algorithm', 'ED25519'], subject: ['CN = x'] },
  { name: 'a curve that Go does not know', key: ec('secp256k1'), subject: ['CN = x'] },
  { name: 'Ed448', key: ['-algorithm', 'ED448'], subject: ['CN = x'] },
  {
    name: 'an RSA key of 1024 bits',
    key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
    subject: ['CN = x'],
  },
];

/** One request for each recipe. */
export function requestsMadeByOpenssl(): Made[] {
  const folder = workFolder();
  try {
    return recipes.map((recipe) => {
      const { name, key = ec('P-256'), subject = [], extensions = [], sections = [], strings = 'utf8only' } = recipe;
      const configuration = [
        ...['[req]', 'prompt = no', 'utf8 = yes', `string_mask = ${strings}`, 'distinguished_name = subject'],
        ...(extensions.length === 0 ? [] : ['req_extensions = extensions']),
        ...['[subject]', ...subject, '[extensions]', ...extensions, ...sections, ''],
      ];
      writeFileSync(folder.at('key.pem'), run('openssl', ['genpkey', ...key]));
      writeFileSync(folder.at('request.cnf'), configuration.join('\n'));
      const files = [
        '-key',
        folder.at('key.pem'),
        '-config',
        folder.at('request.cnf'),
        '-out',
        folder.at('request.der'),
      ];
      // A name section without lines counts as a mistake unless the subject is given, too.
      const empty = subject.length === 0 ? ['-subj', '/'] : [];
      run('openssl', ['req', '-new', '-outform', 'DER', ...files, ...empty, ...(recipe.options ?? [])]);
      return { name, der: folder.read('request.der') };
    });
  } finally {
    folder.remove();
  }
}
