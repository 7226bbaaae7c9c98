/**
 * The bed's hold-downs, for people: how long regent waits on the bed before it believes a fault. An operator's are longer.
 */

export const HOLD_DOWNS =
  'a region is isolated after 5 s and returns after 5 s, another region is promoted after 5 s (in production a minute)';
