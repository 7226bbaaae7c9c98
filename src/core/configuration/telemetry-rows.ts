/**
 * The services that measure, and the dashboards and clients, in the table of places where a Keystone's URL stands.
 */
import { anywhere, apache, containers, filesOf, type ServiceRow, units, url, urlIn } from './service-row.ts';

const AODH: ServiceRow = {
  service: 'aodh',
  files: filesOf('aodh', ['aodh-api', 'aodh-evaluator', 'aodh-notifier', 'aodh-listener']),
  options: [...urlIn(['keystone_authtoken', 'service_credentials']), url('www_authenticate_uri', 'keystone_authtoken')],
  units: {
    debian: [
      ...units('aodh-api'),
      apache('debian', 'aodh-api', 'aodh'),
      ...units('aodh-evaluator', 'aodh-notifier', 'aodh-listener'),
    ],
    redhat: [
      apache('redhat', '10-aodh_wsgi', 'wsgi-aodh'),
      ...units('openstack-aodh-evaluator', 'openstack-aodh-notifier', 'openstack-aodh-listener'),
    ],
  },
  kolla: containers(['aodh_api', 'aodh_evaluator', 'aodh_notifier', 'aodh_listener'], 'aodh.conf'),
  proof: { catalogType: 'alarming', port: 8042, path: '/v2/alarms?limit=1' },
};

const CEILOMETER: ServiceRow = {
  service: 'ceilometer',
  files: filesOf('ceilometer', ['ceilometer-polling', 'ceilometer-agent-notification']),
  options: urlIn(['service_credentials', 'keystone_authtoken']),
  units: {
    debian: units(
      'ceilometer-agent-central',
      'ceilometer-agent-notification',
      'ceilometer-agent-compute',
      'ceilometer-polling',
    ),
    redhat: units(
      'openstack-ceilometer-central',
      'openstack-ceilometer-notification',
      'openstack-ceilometer-compute',
      'openstack-ceilometer-polling',
    ),
  },
  kolla: containers(
    ['ceilometer_central', 'ceilometer_notification', 'ceilometer_compute', 'ceilometer_ipmi'],
    'ceilometer.conf',
  ),
};

const GNOCCHI: ServiceRow = {
  service: 'gnocchi',
  files: filesOf('gnocchi', ['gnocchi-api', 'gnocchi-metricd']),
  options: [
    ...urlIn(['keystone_authtoken']),
    url('www_authenticate_uri', 'keystone_authtoken'),
    url('swift_authurl', 'storage'),
  ],
  units: {
    debian: [...units('gnocchi-api'), apache('debian', 'gnocchi-api', 'gnocchi'), ...units('gnocchi-metricd')],
    redhat: [
      ...units('openstack-gnocchi-api', 'gnocchi-api'),
      apache('redhat', '10-gnocchi_wsgi'),
      ...units('openstack-gnocchi-metricd', 'gnocchi-metricd'),
    ],
  },
  kolla: containers(['gnocchi_api', 'gnocchi_metricd', 'gnocchi_statsd'], 'gnocchi.conf'),
  proof: { catalogType: 'metric', port: 8041, path: '/v1/metric?limit=1' },
};

const CLOUDKITTY: ServiceRow = {
  service: 'cloudkitty',
  files: filesOf('cloudkitty', ['cloudkitty-api', 'cloudkitty-processor']),
  options: [
    ...urlIn(['keystone_authtoken', 'fetcher_keystone', 'keystone_fetcher', 'collector_gnocchi', 'gnocchi_collector']),
    ...urlIn(['fetcher_gnocchi']),
    url('www_authenticate_uri', 'keystone_authtoken'),
  ],
  units: {
    debian: [
      ...units('cloudkitty-api'),
      apache('debian', 'cloudkitty-api', 'cloudkitty'),
      ...units('cloudkitty-processor'),
    ],
    redhat: [
      ...units('openstack-cloudkitty-api'),
      apache('redhat', '10-cloudkitty_wsgi'),
      ...units('openstack-cloudkitty-processor'),
    ],
  },
  kolla: containers(['cloudkitty_api', 'cloudkitty_processor'], 'cloudkitty.conf'),
  proof: { catalogType: 'rating', port: 8889, path: '/v1/rating/modules' },
};

/** Read after every other snippet of the directory (`_` sorts behind the digits). */
const INCLUDE = '/etc/openstack-dashboard/local_settings.d/_99_regent.py';

const HORIZON: ServiceRow = {
  service: 'horizon',
  files: [
    { path: '/etc/openstack-dashboard/local_settings.py', format: 'dashboard', include: INCLUDE },
    { path: '/etc/openstack-dashboard/local_settings', format: 'dashboard', include: INCLUDE },
  ],
  options: [],
  units: {
    debian: [{ unit: 'apache2.service', how: 'reload' }],
    redhat: [{ unit: 'httpd.service', how: 'reload' }],
  },
  // The container copies only the files that its config.json names; this one is the operator's, and empty by default.
  kolla: [
    {
      container: 'horizon',
      files: [{ name: '_9998-kolla-settings.py', format: 'dashboard', include: '_9999-custom-settings.py' }],
    },
  ],
};

const SKYLINE: ServiceRow = {
  service: 'skyline',
  files: [
    { path: '/etc/skyline/skyline.yaml', format: 'keyed' },
    { path: '/etc/nginx/sites-enabled/skyline.conf', format: 'keyed' },
  ],
  options: anywhere('keystone_url'),
  units: { debian: units('skyline-apiserver'), redhat: units('skyline-apiserver') },
  kolla: containers(['skyline_apiserver'], 'skyline.yaml'),
};

/** Read anew by whoever uses them: nothing is restarted, but for an exporter. */
const CLIENTS: ServiceRow = {
  service: 'clients',
  files: [
    { path: '/etc/openstack/clouds.yaml', format: 'keyed' },
    { path: '/etc/prometheus/clouds.yaml', format: 'keyed' },
    { path: '/root/openrc', format: 'keyed' },
    { path: '/root/admin-openrc', format: 'keyed' },
    { path: '/root/admin-openrc.sh', format: 'keyed' },
    { path: '/root/keystonerc_admin', format: 'keyed' },
    { path: '/etc/octavia/octavia-openrc.sh', format: 'keyed' },
    { path: '/etc/kolla/clouds.yaml', format: 'keyed' },
    { path: '/etc/kolla/admin-openrc.sh', format: 'keyed' },
    { path: '/etc/kolla/octavia-openrc.sh', format: 'keyed' },
  ],
  options: anywhere('OS_AUTH_URL'),
  units: {
    debian: units('prometheus-openstack-exporter'),
    redhat: units('prometheus-openstack-exporter'),
  },
  kolla: containers(['prometheus_openstack_exporter'], 'clouds.yml'),
};

export const TELEMETRY_ROWS: readonly ServiceRow[] = [GNOCCHI, AODH, CEILOMETER, CLOUDKITTY, HORIZON, SKYLINE, CLIENTS];
