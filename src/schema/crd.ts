// Whole CustomResourceDefinition objects of our kinds, as they are applied to a cluster.
import type { Kind, PrinterColumn } from '../api/kinds.ts';
import { withRules } from './placed-rules.ts';
import { structural } from './structural.ts';
import type { StructuralSchema } from './structural-rules.ts';

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: {
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly group: string;
    readonly names: Readonly<Record<string, string | readonly string[]>>;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly Version[];
  };
}

interface Version {
  readonly name: string;
  readonly served: true;
  readonly storage: true;
  readonly additionalPrinterColumns: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly subresources: { readonly status: Readonly<Record<string, never>> };
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
}

// Some tools tell by this annotation which CRDs are those of cert-manager v1.21.
const generatorAnnotation = { 'controller-gen.kubebuilder.io/version': 'v0.21.0' };

const ownLabels = {
  app: 'cert-manager',
  'app.kubernetes.io/name': 'cert-manager',
  'app.kubernetes.io/instance': 'cert-manager',
  'app.kubernetes.io/component': 'crds',
};

/** The CustomResourceDefinition of a kind: its only version is served and stored; the status is a subresource. Throws as `structural`. */
export function customResourceDefinition(kind: Kind): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}`, annotations: generatorAnnotation, labels: ownLabels },
    spec: {
      group: kind.group,
      names: {
        categories: kind.categories,
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
        singular: kind.singular,
      },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: [versionOf(kind)],
    },
  };
}

function versionOf(kind: Kind): Version {
  const selectable = kind.selectableFields.map((jsonPath) => ({ jsonPath }));
  return {
    name: kind.version,
    served: true,
    storage: true,
    additionalPrinterColumns: kind.printerColumns,
    ...(selectable.length > 0 ? { selectableFields: selectable } : {}),
    subresources: { status: {} },
    schema: { openAPIV3Schema: withRules(objectSchema(kind), kind.rules) },
  };
}

/** The schema of a whole object, but for the rules of the kind: what the API server owns by name only, spec and status of ours. */
export function objectSchema(kind: Kind): StructuralSchema {
  return {
    type: 'object',
    description: kind.description,
    properties: {
      apiVersion: {
        type: 'string',
        description: `Group and version of the object: \`${kind.group}/${kind.version}\`.`,
      },
      kind: { type: 'string', description: `Kind of the object: \`${kind.kind}\`.` },
      metadata: { type: 'object' },
      spec: structural(kind.spec, 'spec'),
      status: structural(kind.status, 'status'),
    },
    ...(kind.required.length > 0 ? { required: kind.required } : {}),
  };
}
