// The list of components: the first argument of the program names one. A component is loaded only when it is asked for.
import type { Command } from './process.ts';

export interface Component {
  readonly name: string;
  readonly summary: string;
  /** Absent: known, but not part of this build. */
  readonly load?: () => Promise<Command>;
}

export const components: readonly Component[] = [
  {
    name: 'controller',
    summary: 'issues and renews certificates',
    load: async () => (await import('./controller/command.ts')).runController,
  },
  {
    name: 'webhook',
    summary: 'validates what is applied, and approves',
    load: async () => (await import('./webhook/command.ts')).runWebhook,
  },
  {
    name: 'cainjector',
    summary: 'puts CA bundles into webhooks, CRDs and API services',
    load: async () => (await import('./cainjector/command.ts')).runCainjector,
  },
  {
    name: 'acmesolver',
    summary: 'answers HTTP01 challenges',
    load: async () => (await import('./acmesolver/command.ts')).runAcmesolver,
  },
  {
    name: 'startupapicheck',
    summary: 'waits until the API can be used',
    load: async () => (await import('./startupapicheck/command.ts')).runStartupapicheck,
  },
  { name: 'ctl', summary: 'commands for people' },
  {
    name: 'all',
    summary: 'controller, webhook and cainjector in one process',
    load: async () => (await import('./all/command.ts')).runAll,
  },
];

/**
 * The component that an argument names: by its own name, `cert-manager-<name>` or `/app/cmd/<name>/<name>`, as commands that were written for
 * cert-manager's images have it.
 */
export function componentNamed(argument: string): Component | undefined {
  const [, name = argument.replace(/^cert-manager-/, '')] = /^\/app\/cmd\/([a-z]+)\/\1$/.exec(argument) ?? [];
  return components.find((component) => component.name === name);
}
