/**
 * The services that run instances, and what they are placed on, in the table of places where a Keystone's URL stands.
 */
import { apache, containers, filesOf, type ServiceRow, units, url, urlIn } from './service-row.ts';

const NOVA: ServiceRow = {
  service: 'nova',
  files: [
    ...filesOf('nova', [
      ...['nova-api', 'nova-api-metadata', 'nova-conductor', 'nova-scheduler', 'nova-novncproxy'],
      ...['nova-spicehtml5proxy', 'nova-serialproxy'],
    ]),
    {
      path: '/etc/nova/nova-compute.conf',
      format: 'oslo',
      units: ['nova-compute.service', 'openstack-nova-compute.service'],
    },
    {
      path: '/etc/nova/nova-cpu.conf',
      format: 'oslo',
      units: ['nova-compute.service', 'openstack-nova-compute.service'],
    },
  ],
  options: [
    ...urlIn(['keystone_authtoken'], 'www_authenticate_uri'),
    ...urlIn(['keystone_authtoken', 'service_user', 'placement', 'neutron', 'cinder', 'ironic', 'keystone']),
    ...urlIn(['barbican_service_user', 'vendordata_dynamic_auth', 'oslo_limit', 'key_manager']),
    url('auth_endpoint', 'barbican'),
  ],
  units: {
    debian: [
      ...units('nova-api', 'nova-api-metadata'),
      apache('debian', 'nova-api', 'nova-api-wsgi', 'nova-metadata', 'nova-metadata-wsgi'),
      ...units('nova-conductor', 'nova-scheduler', 'nova-compute', 'nova-novncproxy'),
      ...units('nova-spicehtml5proxy', 'nova-spiceproxy', 'nova-serialproxy'),
    ],
    redhat: [
      ...units('openstack-nova-api'),
      apache('redhat', '10-nova_api_wsgi', '10-nova_metadata_wsgi', '00-nova-api', '00-nova-metadata'),
      ...units('openstack-nova-conductor', 'openstack-nova-scheduler', 'openstack-nova-compute'),
      ...units('openstack-nova-novncproxy', 'openstack-nova-spicehtml5proxy', 'openstack-nova-serialproxy'),
    ],
  },
  kolla: [
    ...containers(['nova_api', 'nova_metadata'], 'nova.conf', 'api-paste.ini'),
    ...containers(['nova_super_conductor', 'nova_conductor', 'nova_scheduler', 'nova_compute'], 'nova.conf'),
    ...containers(['nova_compute_ironic', 'nova_novncproxy', 'nova_spicehtml5proxy', 'nova_serialproxy'], 'nova.conf'),
  ],
  proof: { catalogType: 'compute', port: 8774, path: '/v2.1/servers?limit=1' },
};

const PLACEMENT: ServiceRow = {
  service: 'placement',
  files: filesOf('placement', ['placement-api']),
  options: [...urlIn(['keystone_authtoken']), url('www_authenticate_uri', 'keystone_authtoken')],
  units: {
    debian: [...units('placement-api'), apache('debian', 'placement-api')],
    redhat: [...units('openstack-placement-api'), apache('redhat', '00-placement-api', '10-placement_wsgi')],
  },
  kolla: containers(['placement_api'], 'placement.conf'),
  proof: { catalogType: 'placement', port: 8778, path: '/resource_providers' },
};

const IRONIC: ServiceRow = {
  service: 'ironic',
  files: [
    ...filesOf('ironic', ['ironic-api', 'ironic-conductor']),
    ...filesOf('ironic-inspector'),
    { path: '/etc/ironic/ironic-inspector.conf', format: 'oslo' },
    { path: '/etc/ironic-inspector/inspector.conf', format: 'oslo' },
  ],
  options: [
    ...urlIn(['keystone_authtoken', 'service_catalog', 'neutron', 'glance', 'cinder', 'nova', 'swift', 'inspector']),
    ...urlIn(['json_rpc', 'ironic', 'oslo_limit']),
    url('www_authenticate_uri', 'keystone_authtoken'),
  ],
  units: {
    debian: [
      ...units('ironic-api'),
      apache('debian', 'ironic-api', 'ironic'),
      ...units('ironic-conductor', 'ironic-inspector'),
    ],
    redhat: [
      ...units('openstack-ironic-api'),
      apache('redhat', '10-ironic_wsgi'),
      ...units('openstack-ironic-conductor', 'openstack-ironic-inspector'),
    ],
  },
  kolla: [
    ...containers(['ironic_api', 'ironic_conductor'], 'ironic.conf'),
    ...containers(['ironic_inspector'], 'inspector.conf'),
  ],
  proof: { catalogType: 'baremetal', port: 6385, path: '/v1/nodes?limit=1' },
};

const CYBORG: ServiceRow = {
  service: 'cyborg',
  files: filesOf('cyborg', ['cyborg-api', 'cyborg-conductor', 'cyborg-agent']),
  options: [...urlIn(['keystone_authtoken', 'placement', 'nova']), url('www_authenticate_uri', 'keystone_authtoken')],
  units: {
    debian: units('cyborg-api', 'cyborg-conductor', 'cyborg-agent'),
    redhat: units('openstack-cyborg-api', 'openstack-cyborg-conductor', 'openstack-cyborg-agent'),
  },
  kolla: containers(['cyborg_api', 'cyborg_conductor', 'cyborg_agent'], 'cyborg.conf'),
  proof: { catalogType: 'accelerator', port: 6666, path: '/v2/devices' },
};

const MASAKARI: ServiceRow = {
  service: 'masakari',
  files: [
    ...filesOf('masakari', ['masakari-api', 'masakari-engine']),
    { path: '/etc/masakarimonitors/masakarimonitors.conf', format: 'oslo' },
    { path: '/etc/masakarimonitors/masakarimonitors.conf.d/*.conf', format: 'oslo' },
  ],
  options: [
    url('os_privileged_user_auth_url', 'DEFAULT'),
    ...urlIn(['keystone_authtoken', 'api', 'taskflow']),
    url('www_authenticate_uri', 'keystone_authtoken'),
  ],
  units: {
    debian: [
      ...units('masakari-api', 'masakari-engine'),
      ...units('masakari-hostmonitor', 'masakari-instancemonitor', 'masakari-introspectiveinstancemonitor'),
      ...units('masakari-processmonitor'),
    ],
    redhat: [],
  },
  kolla: [
    ...containers(['masakari_api', 'masakari_engine'], 'masakari.conf'),
    ...containers(['masakari_instancemonitor', 'masakari_hostmonitor'], 'masakari-monitors.conf'),
  ],
  proof: { catalogType: 'instance-ha', port: 15868, path: '/v1/segments' },
};

const ZUN: ServiceRow = {
  service: 'zun',
  files: filesOf('zun', ['zun-api', 'zun-wsproxy', 'zun-compute']),
  options: [...urlIn(['keystone_authtoken', 'keystone_auth']), url('www_authenticate_uri', 'keystone_authtoken')],
  units: {
    debian: units('zun-api', 'zun-wsproxy', 'zun-compute', 'zun-cni-daemon'),
    redhat: units('openstack-zun-api', 'openstack-zun-wsproxy', 'openstack-zun-compute'),
  },
  kolla: containers(['zun_api', 'zun_wsproxy', 'zun_compute', 'zun_cni_daemon'], 'zun.conf'),
  proof: { catalogType: 'container', port: 9517, path: '/v1/containers/' },
};

/** In this order: what answers for others before what asks. */
export const COMPUTE_ROWS: readonly ServiceRow[] = [PLACEMENT, NOVA, IRONIC, CYBORG, MASAKARI, ZUN];
