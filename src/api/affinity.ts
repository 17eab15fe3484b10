// Where a pod may run: node and pod affinity and tolerations, as in core/v1. Only what the solver's pod template lets through.
import { atomicList, atomicObject, int32, int64, object, text, textList, textMap } from './schema-words.ts';

const expression = (whatKey: string, operators: string) =>
  object(
    {
      key: text(whatKey),
      operator: text(`How key and values relate: ${operators}.`),
      values: textList('The values to compare with; empty for operators that need none.').optional(),
    },
    'One comparison.',
  );

const labelExpressions = atomicList(
  expression('The label to look at.', '`In`, `NotIn`, `Exists` or `DoesNotExist`'),
  'Comparisons of labels; all must hold.',
);

const labelSelector = (description: string) =>
  atomicObject(
    {
      matchLabels: textMap('Labels and the values that they must have.').optional(),
      matchExpressions: labelExpressions.optional(),
    },
    description,
  );

const nodeOperators = '`In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`';

const nodeTerm = (description: string) =>
  atomicObject(
    {
      matchExpressions: atomicList(
        expression('The node label to look at.', nodeOperators),
        'Comparisons of node labels; all must hold.',
      ).optional(),
      matchFields: atomicList(
        expression('The node field to look at.', nodeOperators),
        'Comparisons of node fields; all must hold.',
      ).optional(),
    },
    description,
  );

const nodeAffinity = object(
  {
    preferredDuringSchedulingIgnoredDuringExecution: atomicList(
      object(
        {
          weight: int32('What a fitting node gains, 1 to 100.'),
          preference: nodeTerm('The nodes to prefer.'),
        },
        'A weighted preference.',
      ),
      'Nodes to prefer: the one with the highest sum of weights is taken.',
    ).optional(),
    requiredDuringSchedulingIgnoredDuringExecution: atomicObject(
      { nodeSelectorTerms: atomicList(nodeTerm('The nodes to allow.'), 'Terms, of which one must fit.') },
      'Nodes to allow; on no other will the pod run.',
    ).optional(),
  },
  'Rules about the node.',
);

const podTerm = (description: string) =>
  object(
    {
      labelSelector: labelSelector('The pods to look at. None when absent.').optional(),
      matchLabelKeys: textList(
        'Labels whose values are taken from the new pod and added to `labelSelector` as equal.',
      ).optional(),
      mismatchLabelKeys: textList(
        'Labels whose values are taken from the new pod and added to `labelSelector` as different.',
      ).optional(),
      namespaces: textList(
        'The namespaces to look in, besides those of `namespaceSelector`. That of the pod when both are absent.',
      ).optional(),
      namespaceSelector: labelSelector('The namespaces to look in, by label; an empty selector means all.').optional(),
      topologyKey: text('The node label whose value makes nodes count as the same place.'),
    },
    description,
  );

const podRules = (toward: string, description: string) =>
  object(
    {
      preferredDuringSchedulingIgnoredDuringExecution: atomicList(
        object(
          {
            weight: int32('What a fitting place gains, 1 to 100.'),
            podAffinityTerm: podTerm(`The pods to be ${toward}.`),
          },
          'A weighted preference.',
        ),
        'Places to prefer: the one with the highest sum of weights is taken.',
      ).optional(),
      requiredDuringSchedulingIgnoredDuringExecution: atomicList(
        podTerm(`Pods that the new pod must be ${toward}.`),
        'Terms that must all hold; elsewhere the pod will not run.',
      ).optional(),
    },
    description,
  );

export const affinity = object(
  {
    nodeAffinity: nodeAffinity.optional(),
    podAffinity: podRules('near to', 'Rules about pods to be near to.').optional(),
    podAntiAffinity: podRules('away from', 'Rules about pods to be away from.').optional(),
  },
  'Where the pod may and should run.',
);

export const tolerations = atomicList(
  object(
    {
      key: text('The taint to tolerate. Every taint when empty, with the operator `Exists`.').optional(),
      operator: text('How key and value relate: `Exists` or `Equal`. Read as `Equal` when empty.').optional(),
      value: text('The value that the taint must have, with `Equal`.').optional(),
      effect: text(
        'The effect to tolerate: `NoSchedule`, `PreferNoSchedule` or `NoExecute`. Every effect when empty.',
      ).optional(),
      tolerationSeconds: int64(
        'For how many seconds a `NoExecute` taint is tolerated. Without end when absent.',
      ).optional(),
    },
    'A taint that the pod puts up with.',
  ),
  'Taints that the pod puts up with.',
);
