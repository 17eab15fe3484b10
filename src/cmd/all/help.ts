// What `all --help` prints.

export function allHelp(): string {
  return `Runs the controller, the webhook and cainjector in one process, for small clusters.

Usage:
  certwright all controller [flags] webhook [flags] cainjector [flags]

Each name is followed by the flags of that component, as it would take them alone; certwright all webhook --help shows them. A component that is
not named does not run.

  - The webhook answers on every replica, from the start. The controller and cainjector work where they hold their Lease; without it, cainjector
    sets CA bundles that are missing, and nothing else.
  - Metrics, profiles and the format of the log are those of the first component; one page shows the metrics of all.
  - When one component ends, all end in order, with its exit code.
`;
}
