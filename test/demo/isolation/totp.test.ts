/** The values of RFC 6238, appendix B, their last six digits. */
import test from 'ava';
import { oneTimePassword } from './totp.ts';

/** "12345678901234567890" in base32. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

const value = test.macro({
  exec: (t, atS: number, expected: string) => t.is(oneTimePassword(SECRET, 1000 * atS), expected),
  title: (_, atS) => `at ${atS} s`,
});
test(value, 59, '287082');
test(value, 1_111_111_109, '081804');
test(value, 20_000_000_000, '353130');
