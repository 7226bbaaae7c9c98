/**
 * Configuration files as Debian's packages ship them, laid out below a directory as the packages install them, and
 * filled in as a deployer does: every option that the table knows of a service gets the home Keystone's URL.
 */
import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KnownOption, ServiceRow } from '../../src/core/configuration/service-row.ts';
import { ensureImage } from '../bed/image.ts';
import { FIXTURES } from '../bed/image-recipe.ts';
import { silent } from '../bed/progress.ts';
import { HOME } from './configuration-world.ts';

export interface PackagedFile {
  readonly package: string;
  /** Below the fixtures of the package; what debconf copies to /etc stands below /usr/share. */
  readonly from: string;
  readonly to: string;
  readonly format: 'oslo' | 'paste';
}

const file = (name: string, from: string, to: string, format: 'oslo' | 'paste' = 'oslo'): PackagedFile => ({
  package: name,
  from,
  to,
  format,
});

const shared = (project: string, ...names: readonly string[]): readonly PackagedFile[] =>
  names.map((name) =>
    file(
      `${project}-common`,
      `usr/share/${project}-common/${name}`,
      `/etc/${project}/${name}`,
      name.endsWith('paste.ini') ? 'paste' : 'oslo',
    ),
  );

export const PACKAGED: Readonly<Record<string, readonly PackagedFile[]>> = {
  nova: [
    ...shared('nova', 'nova.conf', 'api-paste.ini'),
    file('nova-compute-qemu', 'etc/nova/nova-compute.conf', '/etc/nova/nova-compute.conf'),
  ],
  neutron: shared('neutron', 'neutron.conf', 'api-paste.ini'),
  glance: shared('glance', 'glance-api.conf', 'glance-cache.conf', 'glance-swift.conf', 'glance-api-paste.ini'),
  cinder: shared('cinder', 'cinder.conf', 'api-paste.ini'),
  placement: shared('placement', 'placement.conf'),
  heat: [
    ...shared('heat', 'heat.conf'),
    file('heat-common', 'etc/heat/api-paste.ini', '/etc/heat/api-paste.ini', 'paste'),
  ],
  barbican: shared('barbican', 'barbican.conf', 'barbican-api-paste.ini'),
  swift: [
    file('swift-proxy', 'etc/swift/proxy-server.conf', '/etc/swift/proxy-server.conf', 'paste'),
    file('swift', 'etc/swift/dispersion.conf', '/etc/swift/dispersion.conf', 'paste'),
  ],
};

/** Neither root's nor what a new file would have. */
export const OWNER = { mode: 0o640, uid: 64_060, gid: 64_061 } as const;

/** The text of a file of a package. */
export async function packagedText({ package: name, from }: Pick<PackagedFile, 'package' | 'from'>): Promise<string> {
  return readFile(join(await ensureImage(silent), FIXTURES, name, from), 'utf8');
}

/** Names of the packages whose files are kept in the image. */
export async function packagesKept(): Promise<readonly string[]> {
  return readdir(join(await ensureImage(silent), FIXTURES));
}

/** Puts a file where its package's service reads it. @returns its path on this machine */
export async function install(root: string, path: string, text: string): Promise<string> {
  const there = join(root, path);
  await mkdir(dirname(there), { recursive: true });
  await writeFile(there, text);
  await chown(there, OWNER.uid, OWNER.gid);
  await chmod(there, OWNER.mode);
  return there;
}

/** What an option holds in the home region. */
export function homeValue({ option, kind }: KnownOption): string {
  if (kind === 'host') return '192.0.2.10';
  const versioned = /address$|_uris$|swift/.test(option) ? '/v3' : '';
  return kind === 'urls' ? `http://203.0.113.9:5000/v3, ${HOME}${versioned}` : `${HOME}${versioned}`;
}

/**
 * The text with every option of the row that belongs into a section: in the place where it is given, or below the comment that documents it, where the file
 * has one, else at the beginning of its section; sections that the file does not have are added at its end.
 */
export function filledIn(text: string, row: ServiceRow, format: 'oslo' | 'paste'): string {
  const fits = ({ section, kind }: KnownOption): boolean =>
    section !== undefined && kind !== 'host' && section.startsWith('filter:') === (format === 'paste');
  let filled = text;
  for (const known of row.options.filter(fits)) filled = withOption(filled, known);
  return filled;
}

function withOption(text: string, known: KnownOption): string {
  const line = `${known.option} = ${homeValue(known)}`;
  const lines = text.split('\n');
  const header = lines.indexOf(`[${known.section}]`);
  if (header === -1) return `${text}\n[${known.section}]\n${line}\n`;
  const next = lines.findIndex((each, index) => index > header && each.startsWith('['));
  const end = next === -1 ? lines.length : next;
  const found = (pattern: RegExp): number =>
    lines.findIndex((each, index) => index > header && index < end && pattern.test(each));
  const given = found(new RegExp(`^${known.option} *=`));
  if (given !== -1) return lines.with(given, line).join('\n');
  const documented = found(new RegExp(`^# ?${known.option} *=`));
  const at = (documented === -1 ? header : documented) + 1;
  return [...lines.slice(0, at), line, ...lines.slice(at)].join('\n');
}
