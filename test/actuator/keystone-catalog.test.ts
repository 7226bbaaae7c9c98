/** The adapter keeps the contract of the endpoint catalogue with a real Keystone on a real database. */
import test from 'ava';
import { KeystoneCatalog } from '../../src/actuator/keystone-catalog.ts';
import { catalogContract } from '../contract/catalog-contract.ts';
import { CATALOG_GRANTS, type CatalogWorld } from '../contract/catalog-world.ts';
import { KEYSTONE_ADMIN, KeystoneLab, type LabKeystone } from '../contract/keystone-lab.ts';

const READER = { username: 'looker', password: 'looker-secret', project: 'admin' } as const;

catalogContract(test, async (): Promise<CatalogWorld> => {
  const lab = await KeystoneLab.start();
  const keystone = await lab.create('north');
  await addReader(lab, keystone);
  return {
    api: ({ grants = CATALOG_GRANTS, isReader = false } = {}) =>
      new KeystoneCatalog({
        url: keystone.url,
        grants,
        timeoutMs: 60_000,
        writeTimeoutMs: 60_000,
        ...(isReader ? READER : KEYSTONE_ADMIN),
      }),
    disable: async (id) => {
      await lab.sql(`UPDATE endpoint SET enabled=0 WHERE id='${id}'`);
    },
    setReadOnly: (isReadOnly) => lab.setReadOnly(isReadOnly),
    kill: () => keystone.process.kill(),
    stop: () => lab.stop(),
  };
});

async function addReader(lab: KeystoneLab, keystone: LabKeystone): Promise<void> {
  const { username: name, password, project } = READER;
  const created = await lab.ask(keystone, 'POST', '/users', { user: { name, password, domain_id: 'default' } });
  const projects = await lab.ask(keystone, 'GET', `/projects?name=${project}`);
  const roles = await lab.ask(keystone, 'GET', '/roles?name=member');
  const [user, ids] = [idOf(created), [idOf(projects), idOf(roles)]];
  await lab.ask(keystone, 'PUT', `/projects/${ids[0]}/users/${user}/roles/${ids[1]}`);
}

/** Of the first thing that an answer is about. */
const idOf = (answer: unknown): string => /"id": ?"(\w+)"/.exec(JSON.stringify(answer))?.[1] ?? '';
