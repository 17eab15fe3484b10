// What `controller --help` prints.
import { gateLines } from '../feature-gates.ts';
import { helpText } from '../flags/help.ts';
import { builtControllers, defaultControllers, optionalControllers } from './controllers.ts';
import { controllerGates } from './feature-gates.ts';
import { controllerFlagGroups } from './flags.ts';

export function controllerHelp(): string {
  const line = (name: (typeof defaultControllers)[number] | (typeof optionalControllers)[number]): string =>
    builtControllers.has(name) ? name : `${name} (not in this build)`;
  return helpText({
    usage: 'certwright controller [flags]',
    about:
      'Issues and renews certificates: runs the controllers of cert-manager.io/v1 Certificates, CertificateRequests and issuers.',
    groups: controllerFlagGroups,
    sections: [
      { title: 'Controllers that run by default', lines: defaultControllers.map(line) },
      {
        title: 'Controllers that run when named, or when their feature gate is on',
        lines: optionalControllers.map(line),
      },
      { title: 'Feature gates', lines: gateLines(controllerGates) },
      {
        title: 'Configuration file',
        lines: [
          '--config names a YAML file of apiVersion controller.config.cert-manager.io/v1alpha1, kind ControllerConfiguration.',
        ],
      },
    ],
  });
}
