/**
 * Points Horizon at a Keystone. Its settings are a program, which is never edited: a file of regent's own, read after
 * them, changes the values that they left behind. What stands in the settings is only searched for the hosts of declared
 * Keystones.
 */
import { type KeystoneBase, namesHost } from './keystone-url.ts';
import type { WantedKeystone } from './option-judgement.ts';

/** Begins the include; a file of this name without it is somebody else's. */
export const INCLUDE_MARK = '# Written by regent: which Keystone this dashboard uses.';

export interface DashboardJudgement {
  /** What the include must say, undefined if it may stay as it is, or away. */
  readonly include: string | undefined;
  readonly leftover: string | undefined;
}

/**
 * @param settings - text of local_settings.py
 * @param include - text of the include, undefined if there is none
 */
export function judgeDashboard(
  settings: string,
  include: string | undefined,
  wanted: WantedKeystone,
): DashboardJudgement {
  const isOurs = include?.startsWith(INCLUDE_MARK) === true;
  if (isOurs)
    return { include: include === renderInclude(wanted) ? undefined : renderInclude(wanted), leftover: undefined };
  const others = wanted.from.filter(({ host }) => host !== wanted.to.host && isNamed(settings, host));
  const isElsewhere = others.length > 0 || samePlaceOtherPort(settings, wanted);
  if (!isElsewhere) {
    const leftover = isNamed(settings, wanted.to.host) ? undefined : 'names no host of a declared Keystone';
    return { include: undefined, leftover };
  }
  if (include !== undefined && include.trim() !== '')
    return { include: undefined, leftover: 'has settings of its own where regent would put an include' };
  return { include: renderInclude(wanted), leftover: undefined };
}

/** Python that replaces the base of every declared Keystone in the settings that hold one (Horizon 23, settings.rst). */
export function renderInclude({ from, to }: WantedKeystone): string {
  const bases = [...new Set(from.map(({ text }) => text))].toSorted((a, b) => b.length - a.length);
  const hosts = [...new Set(from.map(({ host }) => host))];
  return `${INCLUDE_MARK}
# The settings before it stay as they are; without this file they count again.
_REGENT_BASES = [${bases.map((base) => JSON.stringify(base)).join(', ')}]
_REGENT_HOSTS = [${hosts.map((host) => JSON.stringify(host)).join(', ')}]


def _regent_keystone(url):
    for base in _REGENT_BASES:
        if url == base or url.startswith(base + '/'):
            return ${JSON.stringify(to.text)} + url[len(base):]
    return url


if globals().get('OPENSTACK_HOST') in _REGENT_HOSTS:
    OPENSTACK_HOST = ${JSON.stringify(to.host)}
if isinstance(globals().get('OPENSTACK_KEYSTONE_URL'), str):
    OPENSTACK_KEYSTONE_URL = _regent_keystone(OPENSTACK_KEYSTONE_URL)
if isinstance(globals().get('WEBSSO_KEYSTONE_URL'), str):
    WEBSSO_KEYSTONE_URL = _regent_keystone(WEBSSO_KEYSTONE_URL)
if globals().get('AVAILABLE_REGIONS'):
    AVAILABLE_REGIONS = [(_regent_keystone(url), *rest) for url, *rest in AVAILABLE_REGIONS]
if globals().get('DEFAULT_SERVICE_REGIONS'):
    DEFAULT_SERVICE_REGIONS = {_regent_keystone(url): region for url, region in DEFAULT_SERVICE_REGIONS.items()}
`;
}

function isNamed(settings: string, host: string): boolean {
  return settings
    .split(/\r\n|\r|\n/)
    .filter((line) => !line.trimStart().startsWith('#'))
    .some((line) => namesHost(line, host));
}

/** One host with two Keystones on it: the settings must be looked at by their whole text. */
function samePlaceOtherPort(settings: string, { from, to }: WantedKeystone): boolean {
  const isOther = (each: KeystoneBase): boolean => each.host === to.host && each.text !== to.text;
  return from.some((each) => isOther(each) && settings.includes(each.text));
}
