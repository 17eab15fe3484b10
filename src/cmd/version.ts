// Which build this is, and which cert-manager it stands in for.

export const version = 'v0.1.0';

/** The cert-manager release whose API, flags, metrics and chart this build follows. */
export const upstreamVersion = 'v1.21.1';

export const versionText = `certwright ${version} (in place of cert-manager ${upstreamVersion}), Node.js ${process.version}`;
