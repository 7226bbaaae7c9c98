/** Planted bugs in what is not a ballot: stops in order, the pause after a switch, events, and names from outside. */
import type { Mutant } from '../mutants.ts';

export const INVARIANT_MUTANTS: readonly Mutant[] = [
  {
    bug: "an agent that stops in order leaves its dead man's switch armed",
    file: 'src/runtime/duty/switch-keeper.ts',
    find: 'if (isOver) this.#deps.deadMansSwitch.disarm();',
    replace: '',
    found: 'I6',
  },
  {
    bug: "the dead man's switch acts a second and a half before the deadline",
    file: 'src/core/dead-mans-switch.ts',
    find: 'if (nowBootMs >= dueBootMs) {',
    replace: 'if (nowBootMs >= dueBootMs - 1_500) {',
    found: 'I6',
  },
  {
    bug: 'a switch does not wait until the cooldown is over',
    file: 'src/core/database/cooldown.ts',
    find: 'return policy.cooldownMs - Math.max(',
    replace: 'return 0 * policy.cooldownMs - Math.max(',
    found: 'I7',
  },
  {
    bug: 'the arbiter acts and tells nobody',
    file: 'src/runtime/duty/arbiter-duty.ts',
    find: 'if (committed) for (const event of decision.events)',
    replace: 'if (!committed) for (const event of decision.events)',
    found: 'I8',
  },
  {
    bug: 'a server is closed without an event',
    file: 'src/runtime/duty/server-closer.ts',
    find: '    if (await this.#isClosedInTime()) {\n',
    replace: '    if (await this.#isClosedInTime()) {\n      return;\n',
    found: 'I8',
  },
  {
    bug: "a promotion takes its candidate's name from the order",
    file: 'src/core/database/ballot.ts',
    find: 'candidates.find(({ member }) => member.node === order.to)',
    replace: 'candidates.map((one) => ({ ...one, member: { ...one.member, node: order.to ?? one.member.node } }))[0]',
    found: 'I9',
  },
];
