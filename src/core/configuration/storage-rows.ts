/**
 * The services that keep images, volumes, objects and secrets, in the table of places where a Keystone's URL stands.
 */
import { anywhere, apache, containers, filesOf, type ServiceRow, units, url, urlIn } from './service-row.ts';

const CINDER: ServiceRow = {
  service: 'cinder',
  files: filesOf('cinder', ['cinder-api', 'cinder-volume', 'cinder-scheduler', 'cinder-backup']),
  options: [
    ...urlIn(['keystone_authtoken', 'service_user', 'nova', 'glance', 'oslo_limit', 'key_manager']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    url('auth_endpoint', 'barbican'),
    url('backup_swift_auth_url', 'DEFAULT'),
    // Before [key_manager]: Liberty to Ocata.
    ...urlIn(['keymgr', 'key_manager'], 'encryption_auth_url'),
  ],
  units: {
    debian: [
      ...units('cinder-api'),
      apache('debian', 'cinder-wsgi', 'cinder-api'),
      ...units('cinder-scheduler', 'cinder-volume', 'cinder-backup'),
    ],
    redhat: [
      ...units('openstack-cinder-api'),
      apache('redhat', '10-cinder_wsgi'),
      ...units('openstack-cinder-scheduler', 'openstack-cinder-volume', 'openstack-cinder-backup'),
    ],
  },
  kolla: [
    ...containers(['cinder_api'], 'cinder.conf', 'api-paste.ini'),
    ...containers(['cinder_scheduler', 'cinder_volume', 'cinder_backup'], 'cinder.conf'),
  ],
  proof: { catalogType: 'volumev3', port: 8776, path: '/v3/{project_id}/volumes?limit=1' },
};

const GLANCE: ServiceRow = {
  service: 'glance',
  files: [
    ...filesOf('glance', ['glance-api', 'glance-cache', 'glance-swift', 'glance-scrubber']),
    { path: '/usr/share/glance/glance-api-dist.conf', format: 'oslo' },
  ],
  options: [
    ...urlIn(['keystone_authtoken', 'oslo_limit', 'service_user']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    url('auth_endpoint', 'barbican'),
    url('auth_url', 'DEFAULT'),
    // In [backend_defaults], [glance_store], and in one section for each store.
    ...anywhere('cinder_store_auth_address', 'swift_store_auth_address', 'auth_address'),
  ],
  units: {
    debian: [...units('glance-api'), apache('debian', 'glance-api')],
    redhat: [...units('openstack-glance-api'), apache('redhat', '10-glance_wsgi')],
  },
  kolla: containers(['glance_api'], 'glance-api.conf', 'glance-cache.conf', 'glance-swift.conf'),
  proof: { catalogType: 'image', port: 9292, path: '/v2/images?limit=1' },
};

const SWIFT: ServiceRow = {
  service: 'swift',
  files: [
    { path: '/etc/swift/proxy-server.conf', format: 'paste' },
    { path: '/etc/swift/proxy-server.conf.d/*.conf', format: 'paste' },
    { path: '/etc/swift/keymaster.conf', format: 'paste' },
    { path: '/etc/swift/internal-client.conf', format: 'paste' },
    { path: '/etc/swift/dispersion.conf', format: 'paste', units: [] },
  ],
  options: [
    ...urlIn(['filter:authtoken', 'filter:s3token', 'filter:ceilometer', 'dispersion']),
    url('www_authenticate_uri', 'filter:authtoken'),
    // With the version, e.g. `/v3`.
    url('auth_uri', 'filter:s3token'),
    ...urlIn(['kms_keymaster', 'filter:kms_keymaster'], 'auth_endpoint'),
  ],
  units: { debian: units('swift-proxy'), redhat: units('openstack-swift-proxy') },
  kolla: containers(['swift_proxy_server'], 'proxy-server.conf'),
  proof: { catalogType: 'object-store', port: 8080, path: '/v1/AUTH_{project_id}' },
};

const BARBICAN: ServiceRow = {
  service: 'barbican',
  files: filesOf('barbican', ['barbican-api', 'barbican-worker', 'barbican-keystone-listener']),
  options: [...urlIn(['keystone_authtoken', 'oslo_limit']), url('www_authenticate_uri', 'keystone_authtoken')],
  units: {
    debian: [
      ...units('barbican-api'),
      apache('debian', 'barbican-api'),
      ...units('barbican-worker', 'barbican-keystone-listener'),
    ],
    redhat: [
      ...units('openstack-barbican-api'),
      apache('redhat', '10-barbican_wsgi_main', 'wsgi-barbican'),
      ...units('openstack-barbican-worker', 'openstack-barbican-keystone-listener'),
    ],
  },
  kolla: [
    ...containers(['barbican_api'], 'barbican.conf', 'barbican-api-paste.ini'),
    ...containers(['barbican_worker', 'barbican_keystone_listener'], 'barbican.conf'),
  ],
  proof: { catalogType: 'key-manager', port: 9311, path: '/v1/secrets?limit=1' },
};

const MANILA: ServiceRow = {
  service: 'manila',
  files: filesOf('manila', ['manila-api', 'manila-scheduler', 'manila-share', 'manila-data']),
  options: [
    ...urlIn(['keystone_authtoken', 'nova', 'cinder', 'neutron', 'glance']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    ...urlIn(['nova', 'cinder', 'neutron', 'glance', 'barbican'], 'auth_uri'),
    ...urlIn(['barbican']),
    url('auth_endpoint', 'barbican'),
  ],
  units: {
    debian: [
      ...units('manila-api'),
      apache('debian', 'manila-api', 'manila-wsgi'),
      ...units('manila-scheduler', 'manila-share', 'manila-data'),
    ],
    redhat: [
      ...units('openstack-manila-api'),
      apache('redhat', '10-manila_wsgi'),
      ...units('openstack-manila-scheduler', 'openstack-manila-share', 'openstack-manila-data'),
    ],
  },
  kolla: containers(['manila_api', 'manila_scheduler', 'manila_share', 'manila_data'], 'manila.conf'),
  proof: { catalogType: 'sharev2', port: 8786, path: '/v2/{project_id}/shares?limit=1' },
};

const CEPH_RGW: ServiceRow = {
  service: 'ceph-rgw',
  files: [{ path: '/etc/ceph/ceph.conf', format: 'paste' }],
  // Ceph takes a blank, a hyphen and an underscore for the same.
  options: anywhere('rgw_keystone_url', 'rgw keystone url', 'rgw-keystone-url'),
  units: { debian: units('ceph-radosgw@*'), redhat: units('ceph-radosgw@*') },
  kolla: [],
  proof: { catalogType: 'object-store', port: 7480, path: '/swift/v1' },
};

export const STORAGE_ROWS: readonly ServiceRow[] = [GLANCE, CINDER, BARBICAN, SWIFT, MANILA, CEPH_RGW];
