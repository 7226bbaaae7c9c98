/** A sealed key opens in its own place with its own sealing key, and nowhere else. */
import test from 'ava';
import { FernetKey } from '../../src/actuator/fernet-key.ts';
import { KeySeal, SealBroken } from '../../src/actuator/key-seal.ts';

const sealOf = (byte: number): KeySeal => {
  const seal = KeySeal.fromText(Buffer.alloc(32, byte).toString('base64'));
  if (seal === undefined) throw new Error('a sealing key of 32 bytes was not taken');
  return seal;
};
const SEAL = sealOf(1);
const PLACE = { name: 'fernet-keys', index: 3, generation: 7 };

test('what was sealed opens as it was', (t) => {
  const key = FernetKey.generate();
  const sealed = SEAL.seal(key, PLACE);
  t.is(SEAL.open(sealed, PLACE).reveal(), key.reveal());
  t.false(sealed.includes(key.reveal()));
  t.not(SEAL.seal(key, PLACE), sealed, 'the nonce is another one each time');
});

for (const [what, place] of Object.entries({
  'another policy': { ...PLACE, name: 'other' },
  'another index': { ...PLACE, index: 0 },
  'another generation': { ...PLACE, generation: 6 },
})) {
  test(`in the place of ${what} it does not open`, (t) => {
    const sealed = SEAL.seal(FernetKey.generate(), PLACE);
    t.throws(() => SEAL.open(sealed, place), {
      instanceOf: SealBroken,
      message: /sealed with another key or for another place/,
    });
  });
}

test('with another sealing key it does not open, and the two can be told apart', (t) => {
  const other = sealOf(2);
  t.throws(() => other.open(SEAL.seal(FernetKey.generate(), PLACE), PLACE), { instanceOf: SealBroken });
  t.not(other.id, SEAL.id);
  t.is(sealOf(1).id, SEAL.id);
});

test('what was changed, cut off or made by another version does not open', (t) => {
  const sealed = SEAL.seal(FernetKey.generate(), PLACE);
  const changed = sealed.slice(0, -2) + (sealed.endsWith('A') ? 'BB' : 'AA');
  for (const text of [changed, sealed.slice(0, 20), sealed.replace('v1.', 'v2.'), '']) {
    t.throws(() => SEAL.open(text, PLACE), { instanceOf: SealBroken });
  }
});

test('a sealing key is 32 bytes in base64', (t) => {
  for (const text of ['', 'short', Buffer.alloc(31, 1).toString('base64'), Buffer.alloc(33, 1).toString('base64')]) {
    t.is(KeySeal.fromText(text), undefined, text);
  }
});

test('neither key shows itself', (t) => {
  const key = FernetKey.generate();
  t.false(JSON.stringify({ key, SEAL }).includes(key.reveal()));
  t.is(`${key}`, '[key]');
});

test("a key is what Keystone's own are: 32 bytes in base64 for URLs", (t) => {
  t.regex(FernetKey.generate().reveal(), /^[A-Za-z0-9_-]{43}=$/);
  t.is(FernetKey.parse('x'), undefined);
  t.is(FernetKey.parse(`${FernetKey.generate().reveal()}\n`), undefined);
});
