/**
 * Configuration files as no two people write them: sections, options of any form, comments, continuation lines, every
 * end of a line, quotes, duplicates, and Keystones in places where they belong and where they do not.
 */
import fc from 'fast-check';

export const HOME = 'http://192.0.2.10:5000';
export const OWN = 'https://keystone.south.example.com:5000';

const url = fc.constantFrom(
  HOME,
  HOME,
  `${HOME}/v3`,
  `${HOME}/v3`,
  `${HOME}/`,
  'HTTP://192.0.2.10:5000/v3',
  OWN,
  `${OWN}/v3`,
  'http://203.0.113.9:5000/v3',
  'http://$my_ip:5000/v3',
  '192.0.2.10:5000',
);

const option = fc.constantFrom(
  'auth_url',
  'auth_url',
  'www_authenticate_uri',
  'auth_uri',
  'auth_endpoint',
  'allowed_auth_uris',
  'auth_host',
  'transport_url',
  'debug',
  'größe',
);

const section = fc.constantFrom('DEFAULT', 'keystone_authtoken', 'filter:authtoken', 'auth_password', 'x y', 'nova');
const blank = fc.stringMatching(/^[ \t]{0,3}$/);
const words = fc.string({
  unit: fc.constantFrom(...Array.from('aZ0 _.,:=#;"\'[]%$/-éß\u00a0\u3000😀')),
  maxLength: 12,
});
const value = fc.oneof(
  { arbitrary: url, weight: 6 },
  { arbitrary: url.map((each) => `"${each}"`), weight: 1 },
  { arbitrary: url.map((each) => `'${each}'`), weight: 1 },
  { arbitrary: fc.tuple(url, url).map(([a, b]) => `${a}, ${b}`), weight: 1 },
  { arbitrary: words, weight: 2 },
);

const end = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r');
const continuation = fc.tuple(fc.constantFrom(' ', '\t', '    '), value).map(([indent, text]) => `${indent}${text}`);

const continuations = fc.oneof({ arbitrary: fc.constant([]), weight: 4 }, fc.array(continuation, { maxLength: 2 }));

/** An option with what continues it, a section, a comment or a blank line. */
const block = fc.oneof(
  { arbitrary: section.map((name) => [`[${name}]`]), weight: 3 },
  {
    arbitrary: fc
      .tuple(option, blank, fc.constantFrom('=', '=', ':'), blank, value, blank, continuations)
      .map(([name, a, sign, b, text, c, more]) => [`${name}${a}${sign}${b}${text}${c}`, ...more]),
    weight: 9,
  },
  { arbitrary: fc.tuple(fc.constantFrom('#', ';', '# '), value).map(([sign, text]) => [`${sign}${text}`]), weight: 2 },
  { arbitrary: blank.map((text) => [text]), weight: 2 },
);

/** What makes a file one that is not understood, in some grammar. */
const oddity = fc.constantFrom('no delimiter', '[no end', '[]', '= no name', ' continues nothing', '\ufeff[a]', 'a=\0');

/** A file of some ten lines with any end; one in eight has an oddity somewhere. */
export const generatedFile = fc
  .tuple(
    section,
    fc.array(fc.tuple(block, end), { minLength: 8, maxLength: 16, size: 'max' }),
    fc.oneof({ arbitrary: fc.constant(undefined), weight: 7 }, fc.tuple(oddity, fc.nat())),
    fc.boolean(),
  )
  .map(([first, blocks, odd, endsWithLine]) => {
    const texts = blocks.map(([lines, ending]) => lines.map((text) => text + ending).join(''));
    if (odd !== undefined) texts.splice(odd[1] % texts.length, 0, `${odd[0]}\n`);
    const whole = `[${first}]\n${texts.join('')}`;
    return endsWithLine ? whole : whole.replace(/(\r\n|\r|\n)$/, '');
  });
