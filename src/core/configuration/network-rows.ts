/**
 * The services that connect, balance and name things, in the table of places where a Keystone's URL stands. The agents of
 * neutron on the nodes hold no such URL and are not restarted.
 */
import { apache, containers, filesOf, type ServiceRow, type ServiceUnit, units, url, urlIn } from './service-row.ts';

const AGENTS: readonly ServiceUnit[] = units('ironic-neutron-agent', 'neutron-metadata-agent').map((unit) => ({
  ...unit,
  ownFilesOnly: true,
}));

const NEUTRON: ServiceRow = {
  service: 'neutron',
  files: [
    ...filesOf('neutron', ['neutron-server', 'neutron-api', 'neutron-rpc-server']),
    { path: '/etc/neutron/server.conf.d/*.conf', format: 'oslo' },
    { path: '/etc/neutron/conf.d/common/*.conf', format: 'oslo' },
    { path: '/etc/neutron/conf.d/neutron-server/*.conf', format: 'oslo' },
    {
      path: '/etc/neutron/plugins/ml2/ironic_neutron_agent.ini',
      format: 'oslo',
      units: ['ironic-neutron-agent.service'],
    },
    // Only before Newton.
    { path: '/etc/neutron/metadata_agent.ini', format: 'oslo', units: ['neutron-metadata-agent.service'] },
  ],
  options: [
    ...urlIn(['keystone_authtoken', 'nova', 'placement', 'ironic', 'designate', 'oslo_limit', 'service_user']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    url('auth_uri', 'designate'),
    url('nova_admin_auth_url', 'DEFAULT'),
    url('auth_url', 'DEFAULT'),
  ],
  units: {
    debian: [
      ...units('neutron-api', 'neutron-server'),
      apache('debian', 'neutron-api'),
      ...units('neutron-rpc-server', 'neutron-periodic-workers'),
      ...AGENTS,
    ],
    redhat: [
      ...units('neutron-server'),
      apache('redhat', '10-neutron_wsgi', '10-neutron_api_wsgi'),
      ...units('neutron-rpc-server', 'neutron-periodic-workers'),
      ...AGENTS,
    ],
  },
  kolla: [
    ...containers(['neutron_server'], 'neutron.conf', 'api-paste.ini', 'neutron_vpnaas.conf', 'ml2_conf.ini'),
    ...containers(['neutron_rpc_server', 'neutron_periodic_worker', 'neutron_ovn_maintenance_worker'], 'neutron.conf'),
    ...containers(['ironic_neutron_agent'], 'ironic_neutron_agent.ini'),
  ],
  proof: { catalogType: 'network', port: 9696, path: '/v2.0/networks?limit=1' },
};

const OCTAVIA: ServiceRow = {
  service: 'octavia',
  files: filesOf('octavia', ['octavia-api', 'octavia-worker', 'octavia-health-manager', 'octavia-housekeeping']),
  options: [
    ...urlIn(['keystone_authtoken', 'service_auth', 'neutron']),
    url('www_authenticate_uri', 'keystone_authtoken'),
  ],
  units: {
    debian: [
      ...units('octavia-api'),
      apache('debian', 'octavia-api'),
      ...units('octavia-worker', 'octavia-health-manager', 'octavia-housekeeping', 'octavia-driver-agent'),
    ],
    redhat: [
      ...units('octavia-api'),
      apache('redhat', '10-octavia_wsgi'),
      ...units('octavia-worker', 'octavia-health-manager', 'octavia-housekeeping', 'octavia-driver-agent'),
    ],
  },
  kolla: [
    ...containers(['octavia_api', 'octavia_worker', 'octavia_health_manager'], 'octavia.conf'),
    ...containers(['octavia_housekeeping', 'octavia_driver_agent'], 'octavia.conf'),
  ],
  proof: { catalogType: 'load-balancer', port: 9876, path: '/v2/lbaas/loadbalancers?limit=1' },
};

const DESIGNATE: ServiceRow = {
  service: 'designate',
  files: filesOf('designate', ['designate-api', 'designate-central', 'designate-worker', 'designate-producer']),
  options: [
    ...urlIn(['keystone_authtoken', 'keystone', 'network_api:neutron']),
    url('www_authenticate_uri', 'keystone_authtoken'),
  ],
  units: {
    debian: [
      ...units('designate-api'),
      apache('debian', 'designate-api'),
      ...units('designate-central', 'designate-worker', 'designate-producer', 'designate-mdns', 'designate-sink'),
    ],
    redhat: [
      ...units('designate-api'),
      apache('redhat', '10-designate_wsgi'),
      ...units('designate-central', 'designate-worker', 'designate-producer', 'designate-mdns', 'designate-sink'),
    ],
  },
  kolla: [
    ...containers(['designate_api', 'designate_central', 'designate_worker'], 'designate.conf'),
    ...containers(['designate_producer', 'designate_mdns', 'designate_sink'], 'designate.conf'),
  ],
  proof: { catalogType: 'dns', port: 9001, path: '/v2/zones?limit=1' },
};

export const NETWORK_ROWS: readonly ServiceRow[] = [NEUTRON, OCTAVIA, DESIGNATE];
