// Names of Kubernetes objects as DNS subdomains (RFC 1123), with the API machinery's words for what is wrong with one.

const longest = 253;
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const format = `${label}(\\.${label})*`;

/**
 * What is wrong with `name`; nothing where it is a subdomain of at most 253 bytes. The machinery counts the same bytes under two names: as
 * characters in names of objects, as bytes in the prefixes of labels.
 */
export function subdomainProblems(name: string, unit: 'characters' | 'bytes' = 'characters'): string[] {
  const isLong = Buffer.byteLength(name) > longest;
  return [
    ...(isLong ? [`must be no more than ${longest} ${unit}`] : []),
    ...(isSubdomain(name)
      ? []
      : [
          `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${format}')`,
        ]),
  ];
}

/** What `format` says, label by label: its nested repetition can take long to fail. */
function isSubdomain(name: string): boolean {
  return name.split('.').every((part) => /^[a-z0-9-]+$/.test(part) && !part.startsWith('-') && !part.endsWith('-'));
}
