/**
 * The services that make others work together, in the table of places where a Keystone's URL stands.
 */
import { apache, containers, filesOf, type ServiceRow, units, url, urlIn } from './service-row.ts';

const HEAT: ServiceRow = {
  service: 'heat',
  files: filesOf('heat', ['heat-api', 'heat-api-cfn', 'heat-engine']),
  options: [
    ...urlIn(['keystone_authtoken', 'trustee']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    // Heat reads `auth_uri` here (heat/common/config.py); Kolla writes `www_authenticate_uri`, which nobody reads.
    ...urlIn(['clients_keystone', 'ec2authtoken'], 'auth_uri'),
    ...urlIn(['clients_keystone', 'ec2authtoken'], 'www_authenticate_uri'),
    { section: 'auth_password', option: 'allowed_auth_uris', kind: 'urls' },
    { section: 'ec2authtoken', option: 'allowed_auth_uris', kind: 'urls' },
  ],
  units: {
    debian: [
      ...units('heat-api', 'heat-api-cfn'),
      apache('debian', 'heat-api', 'heat-api-cfn'),
      ...units('heat-engine'),
    ],
    redhat: [
      ...units('openstack-heat-api', 'openstack-heat-api-cfn'),
      apache('redhat', '10-heat_api_wsgi', '10-heat_api_cfn_wsgi'),
      ...units('openstack-heat-engine'),
    ],
  },
  kolla: [
    ...containers(['heat_api', 'heat_api_cfn'], 'heat.conf', 'api-paste.ini'),
    ...containers(['heat_engine'], 'heat.conf'),
  ],
  proof: { catalogType: 'orchestration', port: 8004, path: '/v1/{project_id}/stacks?limit=1' },
};

const MAGNUM: ServiceRow = {
  service: 'magnum',
  files: filesOf('magnum', ['magnum-api', 'magnum-conductor']),
  options: [...urlIn(['keystone_authtoken', 'keystone_auth']), url('www_authenticate_uri', 'keystone_authtoken')],
  units: {
    debian: units('magnum-api', 'magnum-conductor'),
    redhat: units('openstack-magnum-api', 'openstack-magnum-conductor'),
  },
  kolla: containers(['magnum_api', 'magnum_conductor'], 'magnum.conf'),
  proof: { catalogType: 'container-infra', port: 9511, path: '/v1/clusters?limit=1' },
};

const MISTRAL: ServiceRow = {
  service: 'mistral',
  files: filesOf('mistral', ['mistral-server']),
  options: [...urlIn(['keystone_authtoken', 'keystone']), url('www_authenticate_uri', 'keystone_authtoken')],
  units: {
    debian: units('mistral-api', 'mistral-engine', 'mistral-executor', 'mistral-event-engine'),
    redhat: units('openstack-mistral-api', 'openstack-mistral-engine', 'openstack-mistral-executor'),
  },
  kolla: containers(['mistral_api', 'mistral_engine', 'mistral_event_engine', 'mistral_executor'], 'mistral.conf'),
  proof: { catalogType: 'workflowv2', port: 8989, path: '/v2/workflows?limit=1' },
};

const BLAZAR: ServiceRow = {
  service: 'blazar',
  files: filesOf('blazar', ['blazar-api', 'blazar-manager']),
  options: [
    ...urlIn(['keystone_authtoken', 'nova', 'neutron']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    { section: 'DEFAULT', option: 'os_auth_host', kind: 'host' },
  ],
  units: {
    debian: units('blazar-api', 'blazar-manager'),
    redhat: units('openstack-blazar-api', 'openstack-blazar-manager'),
  },
  kolla: containers(['blazar_api', 'blazar_manager'], 'blazar.conf'),
  proof: { catalogType: 'reservation', port: 1234, path: '/v1/leases' },
};

const WATCHER: ServiceRow = {
  service: 'watcher',
  files: filesOf('watcher', ['watcher-api', 'watcher-decision-engine', 'watcher-applier']),
  options: [
    ...urlIn(['keystone_authtoken', 'watcher_clients_auth']),
    url('www_authenticate_uri', 'keystone_authtoken'),
  ],
  units: {
    debian: units('watcher-api', 'watcher-decision-engine', 'watcher-applier'),
    redhat: units('openstack-watcher-api', 'openstack-watcher-decision-engine', 'openstack-watcher-applier'),
  },
  kolla: containers(['watcher_api', 'watcher_engine', 'watcher_applier'], 'watcher.conf'),
  proof: { catalogType: 'infra-optim', port: 9322, path: '/v1/goals?limit=1' },
};

const TROVE: ServiceRow = {
  service: 'trove',
  // The guests' copy is handed out when a guest is made; guests that are there keep what they were given.
  files: filesOf('trove', ['trove-guestagent', 'trove-conductor', 'trove-taskmanager']),
  options: [
    ...urlIn(['keystone_authtoken', 'service_credentials']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    url('trove_auth_url', 'DEFAULT'),
  ],
  units: {
    debian: units('trove-api', 'trove-conductor', 'trove-taskmanager'),
    redhat: units('openstack-trove-api', 'openstack-trove-conductor', 'openstack-trove-taskmanager'),
  },
  kolla: containers(['trove_api', 'trove_conductor', 'trove_taskmanager'], 'trove.conf', 'trove-guestagent.conf'),
  proof: { catalogType: 'database', port: 8779, path: '/v1.0/{project_id}/instances?limit=1' },
};

const TACKER: ServiceRow = {
  service: 'tacker',
  files: filesOf('tacker', ['tacker-server', 'tacker-conductor']),
  options: [
    ...urlIn(['keystone_authtoken', 'ec2authtoken', 'nfvo_vim']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    url('url', 'alarm_auth'),
    url('auth_uri', 'ec2authtoken'),
  ],
  units: {
    debian: units('tacker', 'tacker-conductor'),
    redhat: units('openstack-tacker-server', 'openstack-tacker-conductor'),
  },
  kolla: containers(['tacker_server', 'tacker_conductor'], 'tacker.conf'),
  proof: { catalogType: 'nfv-orchestration', port: 9890, path: '/v1.0/vims' },
};

const ZAQAR: ServiceRow = {
  service: 'zaqar',
  files: filesOf('zaqar', ['zaqar-server']),
  options: [
    ...urlIn(['keystone_authtoken', 'trustee', 'signed_url']),
    url('www_authenticate_uri', 'keystone_authtoken'),
  ],
  units: {
    debian: units('zaqar-server'),
    redhat: [...units('openstack-zaqar'), apache('redhat', '10-zaqar_wsgi')],
  },
  kolla: [],
};

export const ORCHESTRATION_ROWS: readonly ServiceRow[] = [HEAT, MAGNUM, MISTRAL, BLAZAR, WATCHER, TROVE, TACKER, ZAQAR];
