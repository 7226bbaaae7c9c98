/**
 * What people and services ask of identity, row by row, and the status that each gets at home and in a region that is cut off
 * and works with its own Keystones on a database that takes no writes. Measured on the bed by `identity-isolated`, and told in
 * policies/README.md.
 */

import { logins, recordedLogins } from './logins.ts';
import { aboutOne, asAdmin, type IsolationRow, withToken } from './row.ts';

const reads: readonly IsolationRow[] = [
  {
    what: 'token validated that was issued before the cut',
    atHome: 200,
    alone: 200,
    prepare: withToken((api, token, _, { adminToken }) => api.validate(token, adminToken)),
  },
  {
    what: 'catalogue listed',
    atHome: 200,
    alone: 200,
    prepare: withToken((api, token) => api.keystone('/auth/catalog', { token })),
  },
  {
    what: 'role checked',
    atHome: 204,
    alone: 204,
    prepare: asAdmin((api, cloud, person) =>
      api.keystone(cloud.roleOf(person, 'member'), { method: 'HEAD', token: cloud.adminToken }),
    ),
  },
  {
    what: 'placement asked with a fresh token',
    atHome: 200,
    alone: 200,
    prepare: aboutOne(async (cloud, person, api) =>
      api.placement('/resource_providers', { token: await api.token(cloud.login(person)) }),
    ),
  },
  {
    what: 'images listed with a fresh token',
    atHome: 200,
    alone: 200,
    prepare: aboutOne(async (cloud, person, api) =>
      api.glance('/v2/images', { token: await api.token(cloud.login(person)) }),
    ),
  },
  {
    what: 'image created',
    atHome: 201,
    alone: 201,
    prepare: aboutOne(async (cloud, person, api) => {
      const body = { name: person.name, disk_format: 'raw', container_format: 'bare' };
      return api.glance('/v2/images', { method: 'POST', body, token: await api.token(cloud.login(person)) });
    }),
  },
];

const writes: readonly IsolationRow[] = [
  {
    what: 'token revoked',
    atHome: 204,
    alone: 500,
    prepare: withToken((api, token) =>
      api.keystone('/auth/tokens', { method: 'DELETE', token, headers: { 'X-Subject-Token': token } }),
    ),
  },
  {
    what: 'own password changed',
    atHome: 204,
    alone: 500,
    prepare: withToken((api, token, { id }) => {
      const user = { original_password: 'a-good-password', password: 'another-password' };
      return api.keystone(`/users/${id}/password`, { method: 'POST', token, body: { user } });
    }),
  },
  {
    what: 'application credential created',
    atHome: 201,
    alone: 500,
    prepare: withToken((api, token, { id }) => {
      const body = { application_credential: { name: 'new' } };
      return api.keystone(`/users/${id}/application_credentials`, { method: 'POST', token, body });
    }),
  },
  {
    what: 'user, project or role changed',
    atHome: 200,
    alone: 500,
    prepare: asAdmin((api, { adminToken }, { id }) =>
      api.keystone(`/users/${id}`, { method: 'PATCH', token: adminToken, body: { user: { description: 'new' } } }),
    ),
  },
];

export const isolationRows: readonly IsolationRow[] = [...reads, ...logins, ...recordedLogins, ...writes];

/** The table of the documentation. */
export function isolationTable(rows: readonly IsolationRow[] = isolationRows): readonly string[] {
  const lines = rows.map(({ what, atHome, alone }) => {
    const verdict = alone === atHome ? 'works' : `fails (${alone})`;
    return `| ${what} | ${atHome} | ${alone} | ${verdict} |`;
  });
  return ['| what | at home | isolated |  |', '| --- | ---: | ---: | --- |', ...lines];
}
