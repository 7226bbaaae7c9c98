"""Executes a dashboard's settings and then a snippet, as Horizon's settings.py does, and says which values are left.

Standard input: a JSON list of two Python texts. Standard output: a JSON object of the settings that name a Keystone.
Horizon itself is not needed: what the settings import is played.
"""
import json
import sys
from unittest.mock import MagicMock

for module in ('django', 'django.utils', 'django.utils.translation', 'horizon', 'horizon.utils', 'openstack_dashboard'):
    sys.modules[module] = MagicMock()
sys.modules['openstack_dashboard.settings'] = MagicMock()

NAMES = ('OPENSTACK_HOST', 'OPENSTACK_KEYSTONE_URL', 'AVAILABLE_REGIONS', 'DEFAULT_SERVICE_REGIONS')

settings = {'__name__': 'settings', '__file__': '/etc/openstack-dashboard/local_settings.py'}
for text in json.load(sys.stdin):
    exec(text, settings)
json.dump({name: settings[name] for name in NAMES}, sys.stdout)
