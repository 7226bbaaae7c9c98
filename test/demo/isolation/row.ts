/** One row of what is asked of identity, and the few ways in which rows are prepared. */

import type { Cloud, Person } from './cloud.ts';
import type { IdentityApi, Reply } from './identity-api.ts';

export interface IsolationRow {
  readonly what: string;
  readonly atHome: number;
  readonly alone: number;
  /** Only at a Keystone that writes down when somebody last logged in, as all do since 2024.1. */
  readonly isOfRecorder?: boolean;
  /** Before the cut. @returns how it is asked, once */
  readonly prepare: (cloud: Cloud, recorder: IdentityApi) => Promise<(api: IdentityApi) => Promise<Reply>>;
}

/** A row about one person who does nothing but this. */
export const aboutOne =
  (ask: (cloud: Cloud, person: Person, api: IdentityApi) => Promise<Reply>): IsolationRow['prepare'] =>
  async (cloud) => {
    const person = await cloud.person();
    return (api) => ask(cloud, person, api);
  };

/** A row about a person who has a token since before the cut. */
export const withToken =
  (ask: (api: IdentityApi, token: string, person: Person, cloud: Cloud) => Promise<Reply>): IsolationRow['prepare'] =>
  async (cloud) => {
    const person = await cloud.person();
    const token = await cloud.token(person);
    return (api) => ask(api, token, person, cloud);
  };

export const asAdmin =
  (ask: (api: IdentityApi, cloud: Cloud, person: Person) => Promise<Reply>): IsolationRow['prepare'] =>
  async (cloud) => {
    const person = await cloud.person();
    return (api) => ask(api, cloud, person);
  };
