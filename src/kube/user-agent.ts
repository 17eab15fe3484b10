// How a component names itself to the API server: the part before the slash is its default field manager and is seen in audit logs.

/** Upstream's form: `cert-manager-certificates-issuing/v1.21.0 (linux/amd64) cert-manager/0123456`. */
export function userAgentFor(component: string, version: string, commit = 'unknown'): string {
  return `${component}/${version} (${goPlatform()}) cert-manager/${commit}`;
}

/** As Go writes it: linux/amd64. */
function goPlatform(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const architecture = { x64: 'amd64', ia32: '386' }[process.arch as string] ?? process.arch;
  return `${platform}/${architecture}`;
}
