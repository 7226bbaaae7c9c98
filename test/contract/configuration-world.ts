/**
 * What the contract of a configuration needs around it: a node with glance and placement, whose units run, and that uses
 * the Keystone of another region. Whoever checks a service says `fine` unless it was told to complain.
 */
import type { ConfigurationActuator, WantedConfiguration } from '../../src/actuator/configuration.ts';

export const HOME = 'http://192.0.2.10:5000';
export const OWN = 'http://198.51.100.10:5000';

/** The files of the node, by names that every world knows. */
export type NodeFile = 'glance-api.conf' | 'placement.conf';

export const UNIT_OF: Readonly<Record<NodeFile, string>> = {
  'glance-api.conf': 'glance-api.service',
  'placement.conf': 'placement-api.service',
};

export interface ConfigurationWorld {
  /** @param granted - without it, everything that the node has */
  actuator(granted?: 'nothing'): ConfigurationActuator;
  read(file: NodeFile): Promise<string>;
  /** As a deployment tool does. */
  write(file: NodeFile, text: string): Promise<void>;
  /** Units that were restarted since the last call of this, in this order. */
  restarted(): readonly string[];
  /** This unit does not come back from its next restart. */
  breakOnce(unit: string): void;
  stop(): Promise<void>;
}

/** A file as it is in the beginning. */
export function original(file: NodeFile): string {
  const own = file === 'glance-api.conf' ? `[oslo_limit]\nauth_url: "${HOME}/v3"\n` : '';
  return `# ${HOME}\n[DEFAULT]\ndebug = true\n[keystone_authtoken]\nwww_authenticate_uri=${HOME}\nauth_url = ${HOME}/v3  \n${own}`;
}

/** What the node should say: the region's own Keystone. */
export function wantedOf(change: Partial<WantedConfiguration> = {}): WantedConfiguration {
  return {
    name: 'identity-south',
    layout: 'debian',
    services: ['placement', 'glance'],
    from: [HOME, OWN],
    to: OWN,
    ...change,
  };
}
