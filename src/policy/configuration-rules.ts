/**
 * What an identity route by files needs beside what every route does: nodes that can verify their services, each service
 * once, and Keystones that can be told apart by the address that stands in a file.
 */
import { keystoneBase } from '../core/keystone-api.ts';
import type { ConfigurationRoute, PolicyProblem } from '../core/policy.ts';
import { duplicateProblems, nodeProblems } from './known-names.ts';
import { fieldText, problem } from './problem.ts';
import type { Setting } from './world.ts';

export function configurationProblems(policy: ConfigurationRoute, setting: Setting): readonly PolicyProblem[] {
  const { region, nodes, services } = policy;
  return [
    ...duplicateProblems(nodes, (index) => fieldText(['nodes', index])),
    ...duplicateProblems(services, (index) => fieldText(['services', index])),
    ...nodes.flatMap((node, index) => nodeProblems(node, region, ['api'], ['nodes', index], setting)),
    ...addressProblems(policy),
  ];
}

/** A file names a Keystone by host, port and path: where two regions share them, nobody could say which one it means. */
function addressProblems({ keystones }: ConfigurationRoute): readonly PolicyProblem[] {
  const seen = new Map<string, string>();
  return Object.entries(keystones).flatMap(([region, { url }]) => {
    const base = keystoneBase(url);
    const field = fieldText(['keystones', region, 'url']);
    if (base === undefined) {
      const message = 'is not the plain URL of a Keystone';
      return [problem(field, url, message, 'with via: config write it as http://host:port/v3')];
    }
    const address = base.toLowerCase().replace(/^https?:/, '');
    const other = seen.get(address);
    seen.set(address, other ?? region);
    if (other === undefined) return [];
    const message = `has the same address as the Keystone of ${other}, so a file could not tell them apart`;
    return [problem(field, url, message, 'write the address of each, or write via: proxy')];
  });
}
