/**
 * Loaded into an agent before its own code: at SIGUSR2 the wall clock that it sees goes an hour ahead. Monotonic time is left
 * alone, as it is when somebody sets a machine's clock.
 */

const HOUR_MS = 3_600_000;
const RealDate = Date;
let aheadMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + aheadMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};

process.on('SIGUSR2', () => {
  aheadMs = HOUR_MS;
});
