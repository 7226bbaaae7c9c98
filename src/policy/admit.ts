/**
 * Which of a store's policy texts come into force. The last good version of a policy stays in force until a better one
 * has passed every check, or its text is deleted. However a text came (regentctl or a bare put), it is judged the same.
 *
 * A text that was accepted is not judged again at that revision, so nothing that is in force falls out of force because
 * the world changed. A text that was refused is judged again each time, because what it lacked (a node that registers,
 * another policy that goes) may be there by now; it is refused anew only if it is refused for something else. So
 * asking again without a change yields nothing.
 */
import type { NewEvent } from '../core/event.ts';
import type { Policy, PolicyProblem } from '../core/policy.ts';
import { coherenceProblems } from './coherence.ts';
import { parsePolicy } from './parse.ts';
import { problem } from './problem.ts';
import type { PolicyWorld } from './world.ts';

/** What an operator put under `policies/<name>`. */
export interface PolicyText {
  readonly name: string;
  readonly text: string;
  /** The key's mod revision. */
  readonly revision: bigint;
}

/** What stands under `accepted/<name>`, read. */
export interface PolicyInForce {
  readonly name: string;
  /** Of the text that it came from. */
  readonly revision: bigint;
  readonly policy: Policy;
}

/** What stands under `rejected/<name>`. */
export interface PolicyRefused {
  readonly name: string;
  readonly revision: bigint;
  readonly problems: readonly PolicyProblem[];
}

export interface AdmissionInput {
  readonly texts: readonly PolicyText[];
  readonly inForce: readonly PolicyInForce[];
  readonly refused: readonly PolicyRefused[];
  /** Names under `accepted/` that this version cannot read (in-force.ts), so that they go with their text. */
  readonly unreadable?: readonly string[];
  readonly world: PolicyWorld;
}

export interface Admission {
  /** Put under `accepted/<name>`, and delete `rejected/<name>`, in one transaction. */
  readonly accept: readonly (PolicyText & PolicyInForce & { readonly previous: Policy | undefined })[];
  /** Put under `rejected/<name>`; what is accepted stays. */
  readonly reject: readonly PolicyRefused[];
  /** The text is gone: delete `accepted/<name>` and `rejected/<name>`. */
  readonly remove: readonly string[];
}

export function admit({ texts, inForce, refused, unreadable = [], world }: AdmissionInput): Admission {
  const named = new Set(texts.map((each) => each.name));
  const force = new Map(inForce.filter((each) => named.has(each.name)).map((each) => [each.name, each]));
  const accept: Admission['accept'][number][] = [];
  let pending = texts
    .filter((each) => force.get(each.name)?.revision !== each.revision)
    .toSorted((a, b) => Number(a.revision - b.revision))
    .map((each) => ({ ...each, problems: [] as readonly PolicyProblem[] }));
  for (let before = -1; accept.length !== before; ) {
    before = accept.length;
    pending = pending.flatMap((text) => {
      const previous = force.get(text.name)?.policy;
      const verdict = judge(text, [...force.values()], previous, world);
      if (!verdict.ok) return [{ ...text, problems: verdict.problems }];
      const { name, revision } = text;
      force.set(name, { name, revision, policy: verdict.policy });
      accept.push({ name, text: text.text, revision, policy: verdict.policy, previous });
      return [];
    });
  }
  return {
    accept,
    reject: pending
      .map(({ name, revision, problems }) => ({ name, revision, problems }))
      .filter((each) => !refused.some((known) => isSameRefusal(known, each))),
    remove: [...new Set([...inForce, ...refused].map((each) => each.name).concat(unreadable))].filter(
      (name) => !named.has(name),
    ),
  };
}

type Verdict =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Judges one text; also for `regentctl policy check`, before anything is put. */
export function judge(
  { name, text }: Pick<PolicyText, 'name' | 'text'>,
  inForce: readonly PolicyInForce[],
  previous: Policy | undefined,
  world: PolicyWorld,
): Verdict {
  const parsed = parsePolicy(text);
  if (!parsed.ok) return parsed;
  const { policy } = parsed;
  const others = inForce.filter((each) => each.name !== name).map((each) => each.policy);
  const problems = [...keyProblems(name, policy), ...coherenceProblems(policy, { world, others, previous })];
  return problems.length === 0 ? parsed : { ok: false, problems };
}

function keyProblems(key: string, { name }: Policy): readonly PolicyProblem[] {
  if (key === name) return [];
  const remedy = `write name: ${key}, or put the text under policies/${name}`;
  return [problem('name', name, `is not the name of its key, which is ${key}`, remedy)];
}

/** Messages may name what else is registered, which changes; what is wrong is told by field and value. */
function isSameRefusal(a: PolicyRefused, b: PolicyRefused): boolean {
  const wrong = ({ problems }: PolicyRefused) => JSON.stringify(problems.map(({ field, value }) => [field, value]));
  return a.name === b.name && a.revision === b.revision && wrong(a) === wrong(b);
}

/** An event for each thing that an admission does, in its order. */
export function admissionEvents({ accept, reject, remove }: Admission): readonly NewEvent[] {
  return [
    ...accept.map(
      ({ name, revision, policy, previous }): NewEvent => ({
        name: 'policy:text:accepted',
        subject: name,
        message: `${policy.kind} ${name} is in force${policy.mode === 'observe' ? ', observing only' : ''}`,
        cause: previous === undefined ? 'a policy was put' : 'a policy was edited',
        policyRevision: revision,
        facts: { kind: policy.kind, mode: policy.mode },
      }),
    ),
    ...reject.map(
      ({ name, revision, problems }): NewEvent => ({
        name: 'policy:text:rejected',
        subject: name,
        message: `${name} was refused: ${problems.map(problemText).join('; ')}`,
        cause: 'a policy was put or edited',
        policyRevision: revision,
        facts: { fields: problems.map((each) => each.field) },
      }),
    ),
    ...remove.map(
      (name): NewEvent => ({
        name: 'policy:text:removed',
        subject: name,
        message: `${name} is no longer managed; nothing is changed on the nodes`,
        cause: 'the policy was deleted',
      }),
    ),
  ];
}

/** One problem on one line. */
export function problemText({ field, value, message, remedy }: PolicyProblem): string {
  const where = [field, value === '' ? '' : JSON.stringify(value)].filter((part) => part !== '').join(' ');
  return `${where === '' ? '' : `${where}: `}${message}; ${remedy}`;
}
