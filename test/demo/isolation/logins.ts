/** Every kind of login that needs no identity provider, at home and in a region that is cut off. */

import { byToken, type Person, TOTP_SECRET } from './cloud.ts';
import { aboutOne, type IsolationRow, withToken } from './row.ts';
import { oneTimePassword } from './totp.ts';

export const logins: readonly IsolationRow[] = [
  {
    what: 'login by password',
    atHome: 201,
    alone: 201,
    prepare: aboutOne((cloud, person, api) => api.authenticate(cloud.login(person))),
  },
  {
    what: 'login by application credential',
    atHome: 201,
    alone: 201,
    prepare: async (cloud) => {
      const auth = await cloud.applicationCredential(await cloud.person());
      return (api) => api.authenticate(auth);
    },
  },
  {
    what: 'login by password and TOTP',
    atHome: 201,
    alone: 201,
    prepare: async (cloud) => {
      const person = await cloud.person();
      await cloud.needTotp(person);
      return (api) => api.authenticate(withTotp(cloud.login(person), person));
    },
  },
  {
    what: 'login by password, then TOTP with the receipt',
    atHome: 201,
    alone: 201,
    prepare: async (cloud) => {
      const person = await cloud.person();
      await cloud.needTotp(person);
      return async (api) => {
        const first = await api.authenticate(cloud.login(person));
        const receipt = first.headers.get('openstack-auth-receipt');
        if (receipt === undefined) return first;
        const { identity, ...scope } = withTotp(cloud.login(person), person);
        const auth = { ...scope, identity: { methods: ['totp'], totp: identity.totp } };
        return api.authenticate(auth, { 'Openstack-Auth-Receipt': receipt });
      };
    },
  },
  {
    what: 'login by a token that is there',
    atHome: 201,
    alone: 201,
    prepare: withToken((api, token) => api.authenticate(byToken(token))),
  },
  {
    what: 'login by a trust',
    atHome: 201,
    alone: 201,
    prepare: async (cloud) => {
      const auth = await cloud.trust(await cloud.person(), await cloud.person());
      return (api) => api.authenticate(auth);
    },
  },
  {
    what: 'login by a trust with a limited number of uses',
    atHome: 201,
    alone: 500,
    prepare: async (cloud) => {
      const auth = await cloud.trust(await cloud.person(), await cloud.person(), 2);
      return (api) => api.authenticate(auth);
    },
  },
  {
    what: 'login by a wrong password',
    atHome: 401,
    alone: 500,
    prepare: aboutOne((cloud, person, api) => api.authenticate(cloud.login(person, 'not-it'))),
  },
  {
    what: 'login by the right password, after a wrong one during the cut',
    atHome: 201,
    alone: 201,
    prepare: aboutOne(async (cloud, person, api) => {
      await api.authenticate(cloud.login(person, 'not-it'));
      return api.authenticate(cloud.login(person));
    }),
  },
  {
    what: 'login by the right password, after a wrong one before the cut',
    atHome: 201,
    alone: 500,
    prepare: async (cloud) => {
      const person = await cloud.person();
      await cloud.home.authenticate(cloud.login(person, 'not-it'));
      return (api) => api.authenticate(cloud.login(person));
    },
  },
];

export const recordedLogins: readonly IsolationRow[] = [
  {
    what: 'first login of the day by password, where logins are recorded',
    atHome: 201,
    alone: 500,
    isOfRecorder: true,
    prepare: aboutOne((cloud, person, api) => api.authenticate(cloud.login(person))),
  },
  {
    what: 'another login of the day by password, where logins are recorded',
    atHome: 201,
    alone: 201,
    isOfRecorder: true,
    prepare: async (cloud, recorder) => {
      const person = await cloud.person();
      await recorder.token(cloud.login(person));
      return (api) => api.authenticate(cloud.login(person));
    },
  },
  {
    what: 'first login of the day by application credential, where logins are recorded',
    atHome: 201,
    alone: 201,
    isOfRecorder: true,
    prepare: async (cloud) => {
      const auth = await cloud.applicationCredential(await cloud.person());
      return (api) => api.authenticate(auth);
    },
  },
];

interface Auth {
  readonly identity: Readonly<Record<string, unknown>>;
}

function withTotp(auth: object, { id }: Person): Auth {
  const { identity, ...scope } = auth as Auth;
  const totp = { user: { id, passcode: oneTimePassword(TOTP_SECRET, Date.now()) } };
  return { ...scope, identity: { ...identity, methods: ['password', 'totp'], totp } };
}
