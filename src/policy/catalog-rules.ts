/**
 * Whether the rows of an endpoint catalogue can be rows of Keystone: each service once, with something to declare, and URLs
 * that Keystone takes and that lead a client of another host somewhere. What is allowed and yet unwise is in warnings.ts.
 */
import { declaredRows, INTERFACES } from '../core/catalog/rows.ts';
import type { EndpointCatalog, PolicyProblem } from '../core/policy.ts';
import { databaseNamed } from './database-named.ts';
import { fieldText, problem } from './problem.ts';
import type { Setting } from './world.ts';

/** What Keystone replaces in a URL (keystone/common/utils.py, WHITELISTED_PROPERTIES, Zed to 2026.1). */
const SUBSTITUTIONS: ReadonlySet<string> = new Set([
  'tenant_id',
  'project_id',
  'user_id',
  'public_bind_host',
  'admin_bind_host',
  'compute_host',
  'admin_port',
  'public_port',
  'public_endpoint',
]);
const SUBSTITUTION = /[%$]\((\w+)\)s/g;

/** keystone/common/validation/parameter_types.py */
const URL_LENGTH_MAX = 225;

export function catalogProblems(policy: EndpointCatalog, setting: Setting): readonly PolicyProblem[] {
  return [
    ...databaseNamed(policy.database, setting).problems,
    ...serviceProblems(policy),
    ...policy.services.flatMap(({ endpoints }, index) =>
      Object.entries(endpoints).flatMap(([region, urls]) => {
        const path = ['services', index, 'endpoints', region];
        const named = INTERFACES.filter((each) => urls[each] !== undefined);
        if (named.length === 0) return [emptyRegion(path, region)];
        return named.flatMap((each) => urlProblems(urls[each] ?? '', [...path, each]));
      }),
    ),
  ];
}

function serviceProblems({ services }: EndpointCatalog): readonly PolicyProblem[] {
  return services.flatMap(({ type, name, endpoints }, index) => {
    const problems: PolicyProblem[] = [];
    const clash = services.findIndex(
      (each) => each.type === type && (each.name === name || each.name === undefined || name === undefined),
    );
    if (clash !== index) {
      const remedy = `join it with services[${clash}], or name both of them`;
      problems.push(problem(fieldText(['services', index, 'type']), type, 'is declared twice', remedy));
    }
    if (Object.keys(endpoints).length === 0) {
      const field = fieldText(['services', index, 'endpoints']);
      problems.push(
        problem(field, undefined, 'declares nothing', 'name a region with its URLs, or remove the service'),
      );
    }
    return problems;
  });
}

function emptyRegion(path: readonly PropertyKey[], region: string): PolicyProblem {
  const remedy = `write the URL of ${INTERFACES.join(', ')}, or one of them`;
  return problem(fieldText(path), region, 'declares no row', remedy);
}

function urlProblems(url: string, path: readonly PropertyKey[]): readonly PolicyProblem[] {
  const wrong = whatIsWrong(url);
  return wrong === undefined ? [] : [problem(fieldText(path), shown(url), ...wrong)];
}

/** @returns message and remedy */
function whatIsWrong(url: string): readonly [string, string] | undefined {
  if (url.length > URL_LENGTH_MAX)
    return [`has ${url.length} characters`, `keep it below ${URL_LENGTH_MAX + 1}: Keystone takes no more`];
  const unknown = [...url.matchAll(SUBSTITUTION)]
    .map(([, name = '']) => name)
    .filter((each) => !SUBSTITUTIONS.has(each));
  if (unknown.length > 0)
    return [`has the substitution ${unknown[0]}, which Keystone does not know`, `use ${[...SUBSTITUTIONS].join(', ')}`];
  const plain = url.replace(SUBSTITUTION, (_, name) => (name === 'public_endpoint' ? 'http://keystone.example' : 'x'));
  if (/%|\$\(/.test(plain))
    return ['has a % that Keystone would take for a substitution', 'write %(project_id)s or the like, or leave it out'];
  if (!/^https?:\/\//.test(plain) || !URL.canParse(plain) || /\s/.test(plain))
    return ['is not an http or https URL', 'write http:// or https://, host, port and path'];
  const { username, password, hash, hostname } = new URL(plain);
  if (username !== '' || password !== '')
    return ['holds a user or a password, and every user is given the catalogue', 'leave them out'];
  if (hash !== '') return ['has a fragment, which no service is ever sent', 'leave out what follows #'];
  if (isUnreachable(hostname))
    return ['leads every client to its own host', "write the region's virtual address or its name"];
  return undefined;
}

function isUnreachable(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.') || ['0.0.0.0', '[::]', '[::1]'].includes(host);
}

/** A password is not repeated in a problem. */
const shown = (url: string): string => url.replace(/\/\/[^/@]*@/, '//…@');

/** Rows that two policies would both declare. */
export function catalogConflicts(policy: EndpointCatalog, other: EndpointCatalog): readonly PolicyProblem[] {
  const theirs = new Set(declaredRows(other).map(({ type, region }) => JSON.stringify([type, region])));
  return policy.services.flatMap(({ type, endpoints }, index) =>
    Object.keys(endpoints)
      .filter((region) => theirs.has(JSON.stringify([type, region])))
      .map((region) =>
        problem(
          fieldText(['services', index, 'endpoints', region]),
          region,
          `${type} of ${region} is already declared by policy ${other.name}`,
          'declare it in one of them',
        ),
      ),
  );
}
