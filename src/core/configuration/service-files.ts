/**
 * What of a service's row counts in a layout: the files to look for and the units or containers that read them.
 */
import type { ConfigurationFile, Layout, ServiceRow, ServiceUnit } from './service-row.ts';

const KOLLA = '/etc/kolla';

/** Files to look for; one with `units` is read by those only. */
export function filesToRead(row: ServiceRow, layout: Layout): readonly ConfigurationFile[] {
  if (layout !== 'kolla') return row.files;
  const copies = row.kolla.flatMap(({ container, files }) => {
    const directory = `${KOLLA}/${container.replaceAll('_', '-')}`;
    return files.map(({ name, format, include }): ConfigurationFile => {
      const file = { path: `${directory}/${name}`, format, units: [container] };
      return include === undefined ? file : { ...file, include: `${directory}/${include}` };
    });
  });
  // Kolla leaves the clients' files of the deployment host below its own directory.
  const ownFiles = row.files.filter(({ path }) => path.startsWith(`${KOLLA}/`)).map((file) => ({ ...file, units: [] }));
  return [...copies, ...ownFiles];
}

/** Units to restart, in their order; a container is restarted whole. */
export function unitsToDrive(row: ServiceRow, layout: Layout): readonly ServiceUnit[] {
  if (layout !== 'kolla') return row.units[layout];
  return row.kolla.map(({ container }) => ({ unit: container, how: 'restart' }));
}
