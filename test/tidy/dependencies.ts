/**
 * Who may import whom: the layers of src, the purity of the core, and the one place of each package.
 */

import type { Problem, SourceFile } from './source-file.ts';

/** What each folder of src may import besides itself: folders, and single files. Nothing imports agents or cli. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  policy: ['core'],
  store: ['core'],
  probe: ['core'],
  actuator: ['core', 'probe'],
  audit: ['core', 'store', 'runtime'],
  // Beside its settings nothing of the agent's: a bug in the agent's closing must not be in the fence's.
  fence: ['core', 'actuator/grants.ts', 'runtime/config.ts', 'runtime/secret-file.ts'],
  runtime: ['core', 'policy', 'store', 'probe', 'actuator', 'audit'],
  cli: ['core', 'policy', 'store', 'audit', 'runtime'],
};

/** Where a package may be imported, as patterns of paths. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  etcd3: /^src\/store\/etcd-store\.ts$/,
  execa: /^src\/actuator\/command\.ts$/,
  mysql2: /^src\/(probe|actuator|fence)\/mariadb-[\w-]+\.ts$/,
  memjs: /^src\/probe\/memcached-client\.ts$/,
  pino: /^src\/runtime\/logger\.ts$/,
  'prom-client': /^src\/runtime\/metrics\.ts$/,
  commander: /^src\/cli\//,
  picocolors: /^src\/cli\//,
  yaml: /^src\/(policy|runtime|actuator|cli)\//,
  zod: /^src\/(policy|store|runtime|audit|actuator|probe|cli)\//,
};

/** Words that would make a pure function depend on something else than its arguments. */
const IMPURE =
  /\b(Date|Math\.random|process|performance|crypto|async|await|Promise|setTimeout|setInterval|console|fetch)\b/;

/** Packages keep to their adapter, layers look downwards, the core knows nobody. */
export function dependencyProblems(file: SourceFile): readonly Problem[] {
  const folder = /^src\/([^/]+)\//.exec(file.path)?.[1];
  const messages = folder === undefined ? outsideSrc(file) : [...layering(file, folder), ...packages(file)];
  if (folder === 'core') messages.push(...purity(file));
  return messages.map((message) => ({ path: file.path, message }));
}

function outsideSrc(file: SourceFile): string[] {
  if (!file.path.startsWith('agents/')) return [];
  return file.imports
    .filter((each) => !each.startsWith('src/') && !each.startsWith('agents/') && !each.startsWith('node:'))
    .map((each) => `an entry point imports ${each}; packages belong to src`);
}

function layering(file: SourceFile, folder: string): string[] {
  const allowed = [folder, ...(LAYERS[folder] ?? [])];
  const mayImport = (path: string) =>
    allowed.some((each) => (each.endsWith('.ts') ? path === `src/${each}` : path.startsWith(`src/${each}/`)));
  return file.imports
    .filter((each) => /^(src|agents|test)\//.test(each) && !mayImport(each))
    .map((each) => `src/${folder} may not import ${each}`);
}

function packages(file: SourceFile): string[] {
  const names = file.imports.filter((each) => !/^(src|agents|test|node:)/.test(each)).map(packageName);
  return names
    .filter((name) => PACKAGES[name]?.test(file.path) !== true)
    .map((name) => (PACKAGES[name] ? `${name} is not imported here` : `${name} has no place yet`));
}

function purity(file: SourceFile): string[] {
  const foreign = file.imports.filter((each) => !each.startsWith('src/'));
  const impure = IMPURE.exec(file.code);
  return [
    ...foreign.map((each) => `the core imports ${each}`),
    ...(impure === null ? [] : [`the core says ${impure[0]}; time, randomness and waiting are arguments`]),
  ];
}

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
