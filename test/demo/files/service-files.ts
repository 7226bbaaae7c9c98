/**
 * The files of a node's services that name a Keystone: as they are on disk with mode and owner, and how they are put back as
 * an operator would do it by hand, with a restart of what reads them.
 */

import { execHost } from '../../bed/exec.ts';
import { restartUnit } from '../../bed/faults.ts';
import { PORTS } from '../../bed/topology.ts';

export interface ServiceOnDisk {
  readonly service: string;
  readonly file: string;
  readonly unit: string;
  readonly port: number;
  /** Asked for with a token. */
  readonly path: string;
}

export const SERVICES: readonly ServiceOnDisk[] = [
  {
    service: 'placement',
    file: '/etc/placement/placement.conf',
    unit: 'placement-api.service',
    port: PORTS.placement,
    path: '/resource_providers',
  },
  {
    service: 'glance',
    file: '/etc/glance/glance-api.conf',
    unit: 'glance-api.service',
    port: PORTS.glance,
    path: '/v2/images',
  },
];

export interface FileOnDisk {
  readonly node: string;
  readonly path: string;
  readonly content: string;
  /** Mode, account and group, as `stat` prints them. */
  readonly owner: string;
}

/** Of all services of these nodes. */
export async function filesOf(nodes: readonly string[]): Promise<readonly FileOnDisk[]> {
  const all = nodes.flatMap((node) => SERVICES.map(({ file }) => readFileOf(node, file)));
  return Promise.all(all);
}

export async function readFileOf(node: string, path: string): Promise<FileOnDisk> {
  const [content, owner] = [await inHost(node, ['cat', path]), await inHost(node, ['stat', '-c', '%a %U:%G', path])];
  return { node, path, content, owner: owner.trim() };
}

/** As a deployment tool overwrites it: mode and owner stay. */
export async function overwrite({ node, path }: Pick<FileOnDisk, 'node' | 'path'>, content: string): Promise<void> {
  await inHost(node, ['dd', 'status=none', `of=${path}`], content);
}

/** Writes those that differ and restarts what reads them, one node after the other. */
export async function putBack(before: readonly FileOnDisk[]): Promise<void> {
  for (const file of before) {
    const { content } = await readFileOf(file.node, file.path);
    if (content === file.content) continue;
    await overwrite(file, file.content);
    const unit = SERVICES.find((each) => each.file === file.path)?.unit ?? '';
    await restartUnit(file.node, unit);
  }
}

/** @returns what differs, in words; empty if nothing does */
export function differences(wanted: readonly FileOnDisk[], seen: readonly FileOnDisk[]): string {
  const told = wanted.flatMap((file) => {
    const { node, path } = file;
    const now = seen.find((each) => each.node === node && each.path === path);
    if (now === undefined) return [`${node}: no ${path}`];
    if (now.owner !== file.owner) return [`${node}: ${path} is ${now.owner} instead of ${file.owner}`];
    return now.content === file.content
      ? []
      : [`${node}: ${path} differs in ${lineThatDiffers(file.content, now.content)}`];
  });
  return told.join('; ');
}

function lineThatDiffers(one: string, other: string): string {
  const [wanted, seen] = [one.split('\n'), other.split('\n')];
  const at = wanted.findIndex((line, index) => line !== seen[index]);
  return at < 0 ? 'its length' : `line ${at + 1}: ${seen[at] ?? 'missing'}`;
}

async function inHost(node: string, argv: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await execHost(node, argv, { input });
  if (code !== 0) throw new Error(`${argv.join(' ')} on ${node}: ${stderr.trim()}`);
  return stdout;
}
