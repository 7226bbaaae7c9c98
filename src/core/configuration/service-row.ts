/**
 * The form of a row of the table that says where services of OpenStack hold a Keystone's URL, and the parts that many
 * rows have in common. Rows are data: what is done with them is decided elsewhere.
 */

/** How a file is read; `dashboard` is Python and is never edited, an include beside it is written. */
export type FileFormat = 'oslo' | 'paste' | 'keyed' | 'dashboard';

/** Whose unit names and paths: a distribution's packages, or Kolla's containers. */
export type Layout = 'debian' | 'redhat' | 'kolla';

export interface ConfigurationFile {
  /** An absolute path, or `<directory>/*.conf` for each such file of a directory, in the order of their names. */
  readonly path: string;
  readonly format: FileFormat;
  /** The units that read it, if those are not all of the service. */
  readonly units?: readonly string[];
  /** Of a `dashboard`: the file of regent's own that is read after it. */
  readonly include?: string;
}

/** `url`: one URL. `urls`: a list of which one must be the Keystone's. `host`: a host, with port and protocol beside it. */
export type OptionKind = 'url' | 'urls' | 'host';

export interface KnownOption {
  /** Without it, in any section. */
  readonly section?: string;
  readonly option: string;
  readonly kind: OptionKind;
}

export interface ServiceUnit {
  readonly unit: string;
  /** `reload`: enough for a web server that starts new processes, which read the files again. */
  readonly how: 'restart' | 'reload';
  /** Files of which one exists if this web server serves the service; without it, the unit is the service's own. */
  readonly servedBy?: readonly string[];
  /** Restarted only for files that name it: what the others of the service say of Keystone does not concern it. */
  readonly ownFilesOnly?: true;
}

export interface KollaContainer {
  readonly container: string;
  /** Below `/etc/kolla/<container, with hyphens>/`; `include` is a name there, too. */
  readonly files: readonly { readonly name: string; readonly format: FileFormat; readonly include?: string }[];
}

/** A request that the service answers with 200 only if it has validated the token that came with it. */
export interface ServiceProof {
  /** The type in Keystone's catalog. */
  readonly catalogType: string;
  readonly port: number;
  /** After the host and port; `{project_id}` stands for the project of the token. */
  readonly path: string;
}

export interface ServiceRow {
  readonly service: string;
  readonly files: readonly ConfigurationFile[];
  readonly options: readonly KnownOption[];
  /** In the order in which they are restarted: what answers requests first. */
  readonly units: Readonly<Record<'debian' | 'redhat', readonly ServiceUnit[]>>;
  readonly kolla: readonly KollaContainer[];
  /** Left out for services that answer no requests with a token. */
  readonly proof?: ServiceProof;
}

/**
 * Options that hold a Keystone's URL in whatever section they stand: the plugins of keystoneauth and the middleware are
 * configured by them, and `auth_section` may give the section any name.
 */
export const COMMON_OPTIONS: readonly KnownOption[] = [
  ...anywhere('auth_url', 'www_authenticate_uri', 'auth_uri', 'identity_uri', 'auth_endpoint'),
  // Before `identity_uri` (keystonemiddleware, still read by 10.1).
  { option: 'auth_host', kind: 'host' },
];

/** Options that hold an URL in whatever section they stand. */
export function anywhere(...options: readonly string[]): readonly KnownOption[] {
  return options.map((option) => ({ option, kind: 'url' }));
}

/** One option in one section. */
export function url(option: string, section: string): KnownOption {
  return { section, option, kind: 'url' };
}

/** One option in several sections. */
export function urlIn(sections: readonly string[], option = 'auth_url'): readonly KnownOption[] {
  return sections.map((section) => ({ section, option, kind: 'url' }));
}

/**
 * The files that oslo.config finds by itself for the programs of a project (`find_config_files`, `find_config_dirs`),
 * those that RHEL's units name beside them, and paste's.
 */
export function filesOf(project: string, programs: readonly string[] = []): readonly ConfigurationFile[] {
  const names = [project, ...programs];
  return [
    { path: `/usr/share/${project}/${project}-dist.conf`, format: 'oslo' },
    ...names.map((name): ConfigurationFile => ({ path: `/etc/${project}/${name}.conf`, format: 'oslo' })),
    ...['/usr/share', '/etc'].flatMap((root) =>
      names.map((name): ConfigurationFile => ({ path: `${root}/${project}/${name}.conf.d/*.conf`, format: 'oslo' })),
    ),
    ...['api-paste.ini', `${project}-api-paste.ini`].map(
      (name): ConfigurationFile => ({ path: `/etc/${project}/${name}`, format: 'paste' }),
    ),
  ];
}

/** Units of a service's own. */
export function units(...names: readonly string[]): readonly ServiceUnit[] {
  return names.map((name) => ({ unit: `${name}.service`, how: 'restart' }));
}

/** Apache, if one of these files makes it serve the service. */
export function apache(layout: 'debian' | 'redhat', ...sites: readonly string[]): ServiceUnit {
  const directories =
    layout === 'debian' ? ['/etc/apache2/sites-enabled', '/etc/apache2/conf-enabled'] : ['/etc/httpd/conf.d'];
  const servedBy = directories.flatMap((directory) => sites.map((site) => `${directory}/${site}.conf`));
  return { unit: layout === 'debian' ? 'apache2.service' : 'httpd.service', how: 'reload', servedBy };
}

/** Containers that each have their own copy of the same files. A name ending in `.ini` is paste's. */
export function containers(names: readonly string[], ...files: readonly string[]): readonly KollaContainer[] {
  const formatOf = (name: string): FileFormat => {
    if (/\.(ya?ml|sh)$/.test(name)) return 'keyed';
    return /paste\.ini$|proxy-server\.conf$/.test(name) ? 'paste' : 'oslo';
  };
  return names.map((container) => ({ container, files: files.map((name) => ({ name, format: formatOf(name) })) }));
}
