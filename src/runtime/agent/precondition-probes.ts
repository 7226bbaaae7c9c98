/**
 * What has to be in order before a region is cut off, as probes of a node with the role api: where the catalogue leads, the
 * keys, and how the services sign in. Which of them run follows from the region's identity route.
 */
import type { IdentityRoute } from '../../core/policy.ts';
import { credentialKeysProbe } from '../../probe/credential-keys-probe.ts';
import { identityCatalogProbe } from '../../probe/identity-catalog-probe.ts';
import { identityKeysProbe } from '../../probe/identity-keys-probe.ts';
import type { KeystoneAccount } from '../../probe/keystone-token.ts';
import type { Probe } from '../../probe/probe.ts';
import { serviceUsersProbe } from '../../probe/service-users-probe.ts';
import type { AgentConfig } from '../config-schema.ts';
import { ProbeCache } from './probe-cache.ts';

export interface PreconditionOptions {
  readonly region: string;
  readonly config: Pick<NonNullable<AgentConfig['api']>, 'keystone' | 'serviceConfigurations'>;
  readonly account: KeystoneAccount;
}

/** It changes when somebody works on it; each look costs a token or two. */
export const PRECONDITION = { everyMs: 30_000, timeoutMs: 5_000 };

export class PreconditionProbes {
  readonly #options: PreconditionOptions;
  readonly #cache = new ProbeCache();
  readonly #users: Probe;

  constructor(options: PreconditionOptions) {
    const { region, config } = options;
    this.#options = options;
    this.#users = serviceUsersProbe({ paths: config.serviceConfigurations, region, everyMs: PRECONDITION.everyMs });
  }

  /** On every node of a region with an identity route: each has services of its own. */
  ofServices(): readonly Probe[] {
    return [this.#users];
  }

  /** On its observers. */
  ofRoute({ keystones: named }: IdentityRoute): readonly Probe[] {
    const { region, config, account } = this.#options;
    const keystones = Object.fromEntries(Object.entries(named).map(([name, { url }]) => [name, url]));
    const here = { url: config.keystone, region, keystones };
    return [
      this.#cache.get(`identity-catalog ${JSON.stringify(keystones)}`, () =>
        identityCatalogProbe({ ...here, ...account, ...PRECONDITION }),
      ),
    ];
  }

  /** On its observers while home is another region. @param homeUrl of that region's Keystone */
  ofHome(home: string, homeUrl: string): readonly Probe[] {
    const { config, account } = this.#options;
    const both = { home, homeUrl, localUrl: config.keystone, ...account, ...PRECONDITION };
    return [
      this.#cache.get(`identity-keys ${home} ${homeUrl}`, () => identityKeysProbe(both)),
      this.#cache.get(`credential-keys ${home} ${homeUrl}`, () => credentialKeysProbe(both)),
    ];
  }
}
