// The rules of the code's architecture, as functions from one source file to what is wrong with it and what to do instead.
// Which files there are, and who runs this, is the business of test/unit/architecture.test.ts.
import { posix } from 'node:path';
import type { Import, SourceText } from './source-text.ts';

/** What is wrong, with its place, and what to do instead. */
export type Violation = string;
export type Rule = (source: SourceText) => readonly Violation[];

/** Folder of src/ → the folders that it may import besides itself. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  api: ['base'],
  schema: ['base', 'api'],
  kube: ['base', 'api'],
  pki: ['base', 'api'],
  net: ['base'],
  acme: ['base', 'net'],
  dns: ['base', 'net'],
  issuers: ['base', 'api', 'net', 'pki', 'acme'],
  solvers: ['base', 'api', 'net', 'pki', 'kube', 'acme', 'dns'],
  controllers: ['base', 'api', 'net', 'kube', 'pki', 'acme', 'dns', 'issuers', 'solvers'],
  webhook: ['base', 'api', 'schema', 'kube', 'pki', 'issuers', 'solvers'],
  cli: ['base', 'api', 'schema', 'kube', 'pki', 'acme', 'issuers', 'solvers'],
  cmd: [
    'base',
    'api',
    'schema',
    'net',
    'kube',
    'pki',
    'acme',
    'dns',
    'issuers',
    'solvers',
    'controllers',
    'webhook',
    'cli',
  ],
};

/** Folders whose children never import each other; `index.ts` beside them is the list, and may import all. */
const families = ['controllers', 'issuers', 'solvers/dns01'];

/** Third-party package → the places that may import it. A library is known in one place, so that it can be replaced there. */
export const packages: Readonly<Record<string, { readonly in: readonly string[]; readonly onlyLazily?: boolean }>> = {
  zod: { in: ['api', 'schema', 'webhook', 'cmd'] },
  yaml: { in: ['cmd', 'cli', 'kube/kubeconfig.ts'] },
  pino: { in: ['cmd/log'] },
  'prom-client': { in: ['cmd/metrics'] },
  commander: { in: ['cmd', 'cli'] },
  croner: { in: ['base/cron.ts'] },
  'node-forge': { in: ['pki/keystores'], onlyLazily: true },
  '@kubernetes/client-node': { in: ['kube/kubeconfig.ts'], onlyLazily: true },
  '@aws-sdk/client-route-53': { in: ['solvers/dns01/route53'], onlyLazily: true },
  '@aws-sdk/credential-providers': { in: ['solvers/dns01/route53'], onlyLazily: true },
  cloudflare: { in: ['solvers/dns01/cloudflare'], onlyLazily: true },
};

/** The files of a controller that act or wait. All others decide, settle or build, and are pure. */
const actingFiles = [
  'io.ts',
  'observe.ts',
  'perform.ts',
  'controller.ts',
  'refusals.ts',
  'build-secret.ts',
  'keystore-build.ts',
];
/** What a pure file may know of the runtime: data and its types. */
const pureKubeFiles = ['kube/reconcile.ts', 'kube/collection.ts', 'kube/resources.ts'];
const impure =
  /\b(async|await|Promise|setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b|\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bMath\.random\b|\brandom(Bytes|UUID|Int)\b/g;

const forbiddenWords = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager'];
const maximumLines = 400;
const maximumOpeningLines = 5;

/** A → B as paths below src/; undefined where the import leads to a package or out of src/. */
function targetOf(source: SourceText, { specifier }: Import): string | undefined {
  if (specifier?.startsWith('.') !== true) return undefined;
  const path = posix.join(posix.dirname(source.path), specifier);
  return path.startsWith('src/') ? path.slice('src/'.length) : undefined;
}

const inSrc = (source: SourceText) => source.path.slice('src/'.length);
const place = ({ path }: SourceText, line: number) => `${path}:${line}`;
const isIn = (path: string, places: readonly string[]) =>
  places.some((each) => path === each || path.startsWith(`${each}/`));

const layerRule: Rule = (source) => {
  const [layer = ''] = inSrc(source).split('/');
  const allowed = layers[layer];
  if (allowed === undefined) {
    return [`${source.path}: src/${layer} is no layer. Put it into one of ${Object.keys(layers).join(', ')}.`];
  }
  return source.imports.flatMap((found) => {
    const [other] = targetOf(source, found)?.split('/') ?? [];
    if (other === undefined || other === layer || allowed.includes(other)) return [];
    return [
      `${place(source, found.line)}: ${layer} must not import ${other} (it may import ${allowed.join(', ') || 'nothing'}). ` +
        'Move what both need to the left (base, api), or let cmd hand it over as a value.',
    ];
  });
};

const siblingRule: Rule = (source) => {
  const own = inSrc(source);
  return families
    .filter((family) => own.startsWith(`${family}/`))
    .flatMap((family) =>
      source.imports.flatMap((found) => {
        const target = targetOf(source, found);
        if (target === undefined || !target.startsWith(`${family}/`) || own === `${family}/index.ts`) return [];
        const [from, to] = [memberOf(own, family), memberOf(target, family)];
        if (to === undefined || from === to) return [];
        return [
          `${place(source, found.line)}: ${from ?? own} must not import its sibling ${to}. ` +
            `Move what both need to the left or beside them in src/${family}, or let cmd hand it over as a value.`,
        ];
      }),
    );
};

/** The folder below `family` that a file belongs to; files right in `family` belong to none. */
function memberOf(path: string, family: string): string | undefined {
  const [first, ...rest] = path.slice(family.length + 1).split('/');
  return rest.length === 0 ? undefined : first;
}

const insideRule: Rule = (source) =>
  source.imports
    .filter((found) => found.specifier?.startsWith('.') === true && targetOf(source, found) === undefined)
    .map(
      (found) => `${place(source, found.line)}: src must not import ${found.specifier}. Move what it needs into src.`,
    );

const packageRule: Rule = (source) =>
  source.imports.flatMap((found) => {
    const { specifier = '' } = found;
    if (specifier === '' || specifier.startsWith('.') || specifier.startsWith('node:')) return [];
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const known = packages[name];
    if (known === undefined || !isIn(inSrc(source), known.in)) {
      const where = known === undefined ? 'nowhere' : known.in.join(', ');
      return [
        `${place(source, found.line)}: ${name} is imported ${where}. Use what is there, or add it to test/support/architecture/rules.ts.`,
      ];
    }
    if (known.onlyLazily !== true || found.kind === 'dynamic' || found.kind === 'type') return [];
    return [
      `${place(source, found.line)}: ${name} is big. Load it where it is used: \`await import('${specifier}')\`; types by \`import type\`.`,
    ];
  });

const environmentRule: Rule = (source) =>
  inSrc(source).startsWith('cmd/')
    ? []
    : matches(source, /\bprocess\.(env|argv|exit|exitCode|stdin|stdout|stderr|cwd|on|once)\b/g).map(
        ([found, line]) => `${place(source, line)}: only cmd uses ${found}. Let it be handed over as a value.`,
      );

const pureRule: Rule = (source) => {
  const own = inSrc(source);
  if (!/^controllers\/[^/]+\//.test(own) || actingFiles.includes(posix.basename(own))) return [];
  const acts = matches(source, impure).map(
    ([found, line]) =>
      `${place(source, line)}: ${found} does not belong into a file that decides. Take \`now\` and what was found as values; ` +
      'leave waiting and acting to observe.ts and perform.ts.',
  );
  const knows = source.imports.flatMap((found) => {
    const target = targetOf(source, found);
    const isClient = target?.startsWith('kube/') === true && !pureKubeFiles.includes(target);
    if (!isClient && target !== 'base/clock.ts') return [];
    return [
      `${place(source, found.line)}: a file that decides imports no client and no clock (${target}). Take what it needs as a value.`,
    ];
  });
  return [...acts, ...knows];
};

const importRule: Rule = (source) =>
  source.imports.flatMap(({ kind, specifier, line }) => {
    if (kind === 'sideEffect')
      return [`${place(source, line)}: no import for its side effects. Export something and use it.`];
    if (kind === 'dynamic' && specifier === undefined) {
      return [`${place(source, line)}: no computed import. Write an explicit list of them.`];
    }
    if (kind === 'reExport') return [`${place(source, line)}: no barrels. Let users import ${specifier} themselves.`];
    return [];
  });

const exportRule: Rule = (source) =>
  // What a package exports is not ours to choose.
  source.path.endsWith('.d.ts')
    ? []
    : matches(source, /\bexport default\b/g).map(([, line]) => `${place(source, line)}: named exports only.`);

const nameRule: Rule = ({ path }) => {
  const parts = path.split('/');
  const words = parts.flatMap((part) => part.split(/[.-]/));
  const forbidden = words.filter((word) => forbiddenWords.includes(word));
  const file = posix.basename(path);
  return [
    ...forbidden.map((word) => `${path}: no file is named "${word}". Name it after the one concept that it owns.`),
    ...(/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.(ts|mjs)$/.test(file) ? [] : [`${path}: file names are kebab-case.`]),
  ];
};

const sizeRule: Rule = ({ path, lines }) =>
  lines.length < maximumLines
    ? []
    : [
        `${path}: ${lines.length} lines. Files stay under ${maximumLines}: split it by concept, each part with a name of its own.`,
      ];

const openingRule: Rule = ({ path, lines }) => {
  const shebang = lines[0]?.startsWith('#!') === true ? 1 : 0;
  const end = lines.findIndex((line, index) => index >= shebang && !line.startsWith('//'));
  const count = (end < 0 ? lines.length : end) - shebang;
  return count >= 1 && count <= maximumOpeningLines
    ? []
    : [
        `${path}: opens with ${count} lines of comment. Say in one to ${maximumOpeningLines} \`//\` lines what it owns and what it does not.`,
      ];
};

function matches(source: SourceText, pattern: RegExp): (readonly [string, number])[] {
  return [...source.code.matchAll(pattern)].map((match) => {
    const line = source.code.slice(0, match.index).split('\n').length;
    return [match[0], line] as const;
  });
}

/** For every file of src/. */
export const sourceRules: Readonly<Record<string, Rule>> = {
  'layers import only what is left of them': layerRule,
  'siblings do not know each other': siblingRule,
  'src imports nothing from outside src': insideRule,
  'each package is known in its place only': packageRule,
  'only cmd touches the process': environmentRule,
  'what decides is pure': pureRule,
  'lists are explicit, imports have no side effects, no barrels': importRule,
  'named exports only': exportRule,
};

/** For every file of src/, test/ and scripts/. */
export const nameRules: Readonly<Record<string, Rule>> = {
  'names say what a file owns': nameRule,
};

/** For every file of src/, scripts/ and what the tests share. */
export const fileRules: Readonly<Record<string, Rule>> = {
  'files stay small': sizeRule,
  'files say what they own': openingRule,
};
