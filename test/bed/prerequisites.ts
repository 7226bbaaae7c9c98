/**
 * What the machine itself needs: the four Debian packages that build images, boot hosts and connect them. Nothing that
 * serves anybody is installed here; every daemon lives in the image. Present packages are left alone.
 */

import type { Progress } from './progress.ts';
import { must, run } from './run.ts';

const PACKAGES = ['mmdebstrap', 'systemd-container', 'nftables', 'iproute2'] as const;
/** dpkg-query's own placeholder: the package's state, without the desired one. */
const STATUS_FORMAT = `$\{db:Status-Status}`;
const APT_TIMEOUT_MS = 300_000;
const APT_ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive' };

/**
 * Installs what is missing, and says so before it does.
 *
 * @throws CommandFailed when apt-get cannot install a package
 */
export async function ensurePrerequisites(progress: Progress, signal?: AbortSignal): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  progress(`machine: installing ${missing.join(', ')} (nothing else is installed on it)`);
  const options = { timeoutMs: APT_TIMEOUT_MS, env: APT_ENVIRONMENT, ...(signal === undefined ? {} : { signal }) };
  const install = ['apt-get', 'install', '--yes', '--quiet', '--no-install-recommends', ...missing];
  const first = await run(install, options);
  if (first.code === 0) return;
  progress('machine: refreshing the package lists');
  await must(['apt-get', 'update', '--quiet'], options);
  await must(install, options);
}

async function missingPackages(): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const name of PACKAGES) {
    const status = await run(['dpkg-query', '--show', '--showformat', STATUS_FORMAT, name]);
    if (status.stdout !== 'installed') missing.push(name);
  }
  return missing;
}
