/**
 * What the table of an isolated region needs in the cloud beforehand, made through home as an administrator would: people of
 * their own for each row, because a failed login of one row must not be another row's failure.
 */

import { byPassword, type IdentityApi, projectScope, type Reply } from './identity-api.ts';

const PROJECT = 'demo';
const PASSWORD = 'a-good-password';
/** Base32 of 20 bytes. */
export const TOTP_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

export interface Person {
  readonly id: string;
  readonly name: string;
}

export class Cloud {
  readonly home: IdentityApi;
  readonly adminToken: string;
  readonly projectId: string;
  readonly #roles: ReadonlyMap<string, string>;
  readonly #prefix: string;
  #people = 0;

  private constructor(home: IdentityApi, adminToken: string, facts: { projectId: string; roles: Map<string, string> }) {
    this.home = home;
    this.adminToken = adminToken;
    this.projectId = facts.projectId;
    this.#roles = facts.roles;
    this.#prefix = `person-${Date.now().toString(36)}`;
  }

  static async open(home: IdentityApi, adminPassword: string): Promise<Cloud> {
    const adminToken = await home.token(byPassword('admin', adminPassword, 'admin'));
    const projects = await home.keystone(`/projects?name=${PROJECT}`, { token: adminToken });
    const roles = await home.keystone('/roles', { token: adminToken });
    const named = listIn(roles, 'roles').map(({ name, id }) => [name, id] as const);
    const projectId = listIn(projects, 'projects')[0]?.id ?? '';
    return new Cloud(home, adminToken, { projectId, roles: new Map(named) });
  }

  /** A new user with the roles `member` and `reader` in the project. */
  async person(): Promise<Person> {
    this.#people += 1;
    const name = `${this.#prefix}-${this.#people}`;
    const body = { user: { name, password: PASSWORD, domain_id: 'default' } };
    const { id } = objectIn(await this.#must('POST', '/users', { body }), 'user');
    for (const role of ['member', 'reader']) await this.#must('PUT', this.roleOf({ id, name }, role));
    return { id, name };
  }

  /** The path that grants, checks and takes away one role of a person in the project. */
  roleOf({ id }: Person, role: string): string {
    return `/projects/${this.projectId}/users/${id}/roles/${this.#roles.get(role)}`;
  }

  login({ name }: Person, password = PASSWORD): object {
    return byPassword(name, password, PROJECT);
  }

  token(person: Person): Promise<string> {
    return this.home.token(this.login(person));
  }

  /** @returns a login by an application credential of this person */
  async applicationCredential(person: Person): Promise<object> {
    const body = { application_credential: { name: person.name } };
    const path = `/users/${person.id}/application_credentials`;
    const made = objectIn(
      await this.#must('POST', path, { body, token: await this.token(person) }),
      'application_credential',
    );
    const credential = { id: made.id, secret: made.secret };
    return { identity: { methods: ['application_credential'], application_credential: credential } };
  }

  /** From now on this person needs a password and a one-time password. */
  async needTotp({ id }: Person): Promise<void> {
    const credential = { type: 'totp', blob: TOTP_SECRET, user_id: id, project_id: this.projectId };
    await this.#must('POST', '/credentials', { body: { credential } });
    const options = { multi_factor_auth_enabled: true, multi_factor_auth_rules: [['password', 'totp']] };
    await this.#must('PATCH', `/users/${id}`, { body: { user: { options } } });
  }

  /** A trust from one person to another. @returns the login of the one who is trusted */
  async trust(from: Person, to: Person, remainingUses?: number): Promise<object> {
    const trust = {
      trustor_user_id: from.id,
      trustee_user_id: to.id,
      project_id: this.projectId,
      impersonation: true,
      roles: [{ name: 'member' }],
      ...(remainingUses === undefined ? {} : { remaining_uses: remainingUses }),
    };
    const made = objectIn(
      await this.#must('POST', '/OS-TRUST/trusts', { body: { trust }, token: await this.token(from) }),
      'trust',
    );
    return { ...byPassword(to.name, PASSWORD), scope: { 'OS-TRUST:trust': { id: made.id } } };
  }

  async #must(method: 'POST' | 'PUT' | 'PATCH', path: string, ask: { body?: object; token?: string } = {}) {
    const reply = await this.home.keystone(path, { method, token: this.adminToken, ...ask });
    if (reply.status >= 300 || reply.status === 0)
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply;
  }
}

/** The same person with another project's scope, by a token that is there. */
export function byToken(token: string): object {
  return { identity: { methods: ['token'], token: { id: token } }, scope: projectScope(PROJECT) };
}

interface Fields {
  readonly id: string;
  readonly name: string;
  readonly secret?: string;
}

const NONE: Fields = { id: '', name: '' };

function objectIn({ body }: Reply, name: string): Fields {
  return (body as Readonly<Record<string, Fields>> | undefined)?.[name] ?? NONE;
}

function listIn({ body }: Reply, name: string): readonly Fields[] {
  return (body as Readonly<Record<string, readonly Fields[]>> | undefined)?.[name] ?? [];
}
