// What a CSR or a certificate names, as plain text. How it is encoded is for distinguished-name.ts and general-names.ts.

export interface OtherName {
  readonly oid: string;
  readonly utf8Value: string;
}

/** Every list in the order of the encoding. Where a subject has several common names or serial numbers, the last one stands here. */
export interface SubjectNames {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly organizationalUnits: readonly string[];
  readonly countries: readonly string[];
  readonly provinces: readonly string[];
  readonly localities: readonly string[];
  readonly streetAddresses: readonly string[];
  readonly postalCodes: readonly string[];
  readonly serialNumber: string;
  readonly dnsNames: readonly string[];
  /** Canonical text: RFC 5952, and dotted for IPv4-mapped ones. */
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly emailAddresses: readonly string[];
  /** Only those whose value is a UTF8String. */
  readonly otherNames: readonly OtherName[];
}

export const noNames: SubjectNames = {
  commonName: '',
  organizations: [],
  organizationalUnits: [],
  countries: [],
  provinces: [],
  localities: [],
  streetAddresses: [],
  postalCodes: [],
  serialNumber: '',
  dnsNames: [],
  ipAddresses: [],
  uris: [],
  emailAddresses: [],
  otherNames: [],
};
