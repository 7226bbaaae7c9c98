"""Fills the identity database through Keystone's own manager layer: bootstrap, both regions' endpoints, service users.

Everything goes through the managers that Keystone's API uses, so that the rows are those of a cloud that was set up by
hand; no server and no network are needed.
"""
import json
import os
import sys

sys.argv = sys.argv[:1]

from keystone.common import provider_api
from keystone.cmd.bootstrap import Bootstrapper
import keystone.conf

plan = json.load(open('/seed/plan.json'))
secrets = dict(line.strip().split('=', 1) for line in open('/seed/secrets.env'))

keystone.conf.configure()
keystone.conf.CONF([], project='keystone', default_config_files=['/etc/keystone/keystone.conf'])
bootstrapper = Bootstrapper()
apis = provider_api.ProviderAPIs


def bootstrap(step, region):
    step.admin_username = 'admin'
    step.admin_password = secrets['ADMIN_PASSWORD']
    step.project_name = 'admin'
    step.admin_role_name = 'admin'
    step.service_name = 'keystone'
    step.region_id = region['name']
    step.admin_url = step.internal_url = step.public_url = region['identity']
    step.immutable_roles = True
    step.bootstrap()


def new(kind):
    return dict(id=os.urandom(16).hex(), **kind)


def create_project(name):
    project = new(dict(name=name, domain_id='default', enabled=True, description='', is_domain=False))
    return apis.resource_api.create_project(project['id'], project)


def create_user(name, password, project, roles):
    user = apis.identity_api.create_user(
        dict(name=name, password=password, domain_id='default', enabled=True, default_project_id=project['id'])
    )
    for role in roles:
        apis.assignment_api.add_role_to_user_and_project(user['id'], project['id'], role)


for region in plan['regions']:
    bootstrap(bootstrapper, region)

roles = {role['name']: role['id'] for role in apis.role_api.list_roles()}
if 'service' not in roles:
    role = new(dict(name='service', description='', domain_id=None))
    roles['service'] = apis.role_api.create_role(role['id'], role)['id']

service = create_project('service')
demo = create_project('demo')
create_user('placement', secrets['PLACEMENT_PASSWORD'], service, [roles['admin'], roles['service']])
create_user('glance', secrets['GLANCE_PASSWORD'], service, [roles['admin'], roles['service']])
create_user('regent', secrets['REGENT_IDENTITY_PASSWORD'], service, [roles['reader'], roles['service']])
create_user('demo', secrets['DEMO_PASSWORD'], demo, [roles['member'], roles['reader']])

for kind, name in (('placement', 'placement'), ('image', 'glance')):
    consumer = new(dict(type=kind, name=name, enabled=True))
    apis.catalog_api.create_service(consumer['id'], consumer)
    for region in plan['regions']:
        for interface in ('public', 'internal', 'admin'):
            endpoint = new(
                dict(
                    interface=interface,
                    url=region[kind],
                    region_id=region['name'],
                    service_id=consumer['id'],
                    enabled=True,
                )
            )
            apis.catalog_api.create_endpoint(endpoint['id'], endpoint)
