// What `cainjector --help` prints.
import { annotationTable } from '../../api/labels.ts';
import { gateLines } from '../feature-gates.ts';
import { helpText } from '../flags/help.ts';
import { cainjectorGates } from './feature-gates.ts';
import { cainjectorFlagGroups } from './flags.ts';

export function cainjectorHelp(): string {
  const { injectCAFromSecret, injectCAFrom, injectApiServerCA } = annotationTable;
  const asked = [injectCAFromSecret, injectCAFrom, injectApiServerCA];
  const width = Math.max(...asked.map(({ key }) => key.length)) + 2;
  return helpText({
    usage: 'certwright cainjector [flags]',
    about:
      'Puts CA bundles into webhook configurations, APIServices and CustomResourceDefinitions that ask for one by an annotation.',
    groups: cainjectorFlagGroups,
    sections: [
      {
        title: 'Annotations that ask for a CA; the first one that is there decides',
        lines: asked.map(({ key, meaning }) => `${key.padEnd(width)}${meaning}`),
      },
      { title: 'Feature gates', lines: gateLines(cainjectorGates) },
      {
        title: 'Configuration file',
        lines: [
          '--config names a YAML file of apiVersion cainjector.config.cert-manager.io/v1alpha1, kind CAInjectorConfiguration.',
        ],
      },
    ],
  });
}
