/**
 * The closed list of audit events. An event is written for every decision, action and refusal; its name is stable
 * (`scope:noun:verb`) and renaming one is a breaking change. `severity` and the sentence live in this table, so that
 * the journal, the store, the logger and `regentctl events` agree.
 */

export type Severity = 'info' | 'warning' | 'critical';

interface Kind {
  readonly severity: Severity;
  /** What it tells, as a sentence for people; the event's own `message` carries the case. */
  readonly means: string;
}

const kind = (severity: Severity, means: string): Kind => ({ severity, means });

/** Every event that regent writes. */
export const eventKinds = {
  'agent:process:started': kind('info', 'An agent has started.'),
  'agent:process:stopped': kind('info', 'An agent was stopped in order.'),
  'agent:store:lost': kind('warning', 'An agent cannot confirm anything with a store; nothing is moved because of it.'),
  'agent:store:regained': kind('info', 'An agent reaches a store again.'),
  'agent:tick:failed': kind('warning', 'A tick ended with an error; the next one starts from fresh facts.'),
  'agent:grant:refused': kind('warning', "An action was refused because the node's grants do not name its target."),
  'leader:election:won': kind('info', 'An agent leads its region.'),
  'leader:election:lost': kind('warning', 'An agent no longer leads its region.'),
  'arbiter:election:won': kind('info', 'An agent is the arbiter between the regions.'),
  'arbiter:election:lost': kind('warning', 'An agent is no longer the arbiter.'),
  'node:presence:appeared': kind('info', "A node's agent has registered."),
  'node:presence:vanished': kind('warning', "A node's agent let its lease expire."),
  'policy:text:accepted': kind('info', 'A policy passed every check and is in force.'),
  'policy:text:rejected': kind('warning', 'A policy was refused; the last good one stays in force.'),
  'policy:text:removed': kind('info', 'A policy was deleted; its management ends and nothing is changed on the nodes.'),
  'vip:node:unfit': kind('warning', 'A node was declared unfit to own a virtual IP.'),
  'vip:node:fit': kind('info', 'A node may own a virtual IP again.'),
  'vip:node:spared': kind('warning', 'A node would be unfit, but no fit node would be left, so it keeps its chance.'),
  'vip:owner:changed': kind('info', 'A virtual IP has another owner.'),
  'vip:configuration:applied': kind('info', "A node's keepalived configuration was written."),
  'route:backend:applied': kind('info', "A proxy's backend was pointed at the wanted servers."),
  'route:backend:refused': kind('warning', 'A proxy refused a route, because it is older than the one in force.'),
  'catalog:keeper:named': kind('info', 'A node was named to keep the endpoint catalogue, or nobody is.'),
  'catalog:region:created': kind('info', 'A region was created in Keystone, for the first of its rows.'),
  'catalog:row:created': kind('info', 'A row of the endpoint catalogue was created.'),
  'catalog:row:updated': kind('warning', 'A row of the endpoint catalogue differed from the policy and was corrected.'),
  'catalog:row:deleted': kind(
    'warning',
    'A row of the endpoint catalogue that the policy does not declare was deleted.',
  ),
  'catalog:drift:seen': kind('warning', 'Rows of the endpoint catalogue differ from the policy and were left so.'),
  'catalog:change:refused': kind('warning', 'The endpoint catalogue cannot be brought to what the policy declares.'),
  'identity:region:suspect': kind('warning', "A majority of a region's observers cannot use the home Keystone."),
  'identity:region:isolated': kind('critical', 'A region uses its own Keystone; identity is read-only there.'),
  'identity:region:returning': kind('info', 'The home Keystone answers again; the region waits before it returns.'),
  'identity:region:home': kind('info', 'A region uses the home Keystone.'),
  'identity:rollout:started': kind(
    'info',
    'The nodes of a region are pointed at another Keystone, one after the other.',
  ),
  'identity:rollout:advanced': kind('info', 'The next node of a roll-out has its turn.'),
  'identity:rollout:passed': kind('warning', 'A node did not take or end its turn in time, and was passed over.'),
  'identity:rollout:continued': kind('warning', 'A node failed; the roll-out goes on without it.'),
  'identity:rollout:turned': kind('warning', 'A node failed; the roll-out goes back to the Keystone used before.'),
  'identity:rollout:finished': kind('info', 'A roll-out has come to its end.'),
  'identity:configuration:applied': kind(
    'info',
    "A node's services use the wanted Keystone, each tried with a real token.",
  ),
  'identity:configuration:undone': kind('warning', "A node's services could not be pointed at the wanted Keystone."),
  'identity:configuration:refused': kind('warning', 'A node refused to change its configuration; nothing was touched.'),
  'identity:configuration:drifted': kind('warning', 'Files that somebody overwrote were put right again.'),
  'identity:configuration:leftover': kind('warning', 'Options that still name another Keystone were left alone.'),
  'identity:cache:emptied': kind(
    'info',
    "What a node's Keystone remembers was forgotten, because it may no longer be so.",
  ),
  'identity:cache:refused': kind('warning', "What a node's Keystone remembers could not be forgotten."),
  'identity:switch:refused': kind('warning', "A region's identity route was not switched."),
  'database:primary:adopted': kind('info', 'A live primary was taken under management without being closed.'),
  'database:primary:released': kind(
    'warning',
    'The policy was deleted or only observes: the primary is managed no more, and stays open as it is.',
  ),
  'database:timing:kept': kind(
    'warning',
    'The ttl or margin of a policy was edited; a managed database goes on with those of its adoption.',
  ),
  'database:primary:opened': kind('critical', 'A server was opened for writing.'),
  'database:primary:promised': kind(
    'warning',
    'The primary has lost its lease and stays open by the promises of all other members that could be opened.',
  ),
  'database:primary:resumed': kind('info', 'The primary holds its lease again; nothing was handed over meanwhile.'),
  'database:primary:demoted': kind(
    'critical',
    'A server was closed: its right to write had run out, or it hands over.',
  ),
  'database:primary:killed': kind('critical', 'mariadbd was killed, because it did not close in time.'),
  'database:primary:fenced': kind(
    'critical',
    "The dead man's switch closed the server, because the agent did not renew its right.",
  ),
  'database:fence:failed': kind(
    'warning',
    "The dead man's switch could not be told that the right was renewed; it closes the server at the deadline before.",
  ),
  'database:receipt:issued': kind('warning', "A live node reports that its primary's server process is gone."),
  'database:commits:ended': kind(
    'warning',
    'Commits that waited in vain for an acknowledgement were ended; an acker has them, and their clients were told nothing.',
  ),
  'database:ballot:opened': kind('warning', 'The primary is gone; a ballot for the next one begins.'),
  'database:ballot:vetoed': kind(
    'warning',
    "A member still receives the primary's writes; the ballot ends, nothing was touched.",
  ),
  'database:ballot:waiting': kind('warning', 'A ballot waits for members without which something could be lost.'),
  'database:ballot:chosen': kind('warning', 'A ballot chose its candidate.'),
  'database:ballot:closed': kind('info', 'A ballot ended with an open primary.'),
  'database:ballot:abandoned': kind('warning', 'A ballot could not finish and was undone.'),
  'database:member:frozen': kind('info', 'A replica stopped receiving for a ballot.'),
  'database:member:paused': kind(
    'warning',
    'An acker stopped receiving from a primary that is silent, so that no ballot has to wait for that.',
  ),
  'database:member:drained': kind('info', 'A candidate applied all that it had received and detached.'),
  'database:member:followed': kind('info', 'A replica follows the primary.'),
  'database:member:started': kind('info', 'mariadbd was started with its recorded start role.'),
  'database:member:quarantined': kind(
    'critical',
    'A server has transactions that the primary does not have; it stays read-only and does not join.',
  ),
  'database:member:exported': kind(
    'critical',
    'The transactions that only a quarantined server has were exported to a file on its node.',
  ),
  'database:export:failed': kind('warning', 'The transactions of a quarantined server could not be exported.'),
  'database:member:rebuilding': kind('warning', "A server's data is being replaced by a copy of another member's."),
  'database:member:rebuilt': kind('info', "A server follows the primary with a copy of another member's data."),
  'database:rebuild:refused': kind('warning', 'A rebuild was refused; nothing was touched.'),
  'database:rebuild:turned': kind('warning', 'A rebuild goes back to the data that the server had before.'),
  'database:rebuild:undone': kind('warning', 'A rebuild was undone; the server has the data that it had before.'),
  'database:rebuild:discarded': kind('warning', 'Old data of a rebuilt server was removed for good.'),
  'database:switchover:started': kind(
    'warning',
    'The primary closed itself and hands over to the server that an operator named.',
  ),
  'database:switchover:refused': kind('warning', 'An ordered switchover was refused; the primary stays.'),
  'database:switchover:undone': kind(
    'warning',
    'The candidate of a switchover did not manage; the former primary opens again.',
  ),
  'database:failover:refused': kind('warning', "An operator's order to fail over was refused."),
  'database:durability:changed': kind('warning', 'The set of servers that must acknowledge a write has changed.'),
  'database:acker:kept': kind(
    'warning',
    'A member that should acknowledge no more cannot be shut out; a ballot goes on needing its answer.',
  ),
  'database:acker:awaited': kind('critical', 'Commits wait, because no member that may acknowledge them is there.'),
  'database:acker:unknown': kind(
    'warning',
    'A server that is not of the set acknowledges commits, or may do so; nothing new is claimed.',
  ),
  'keys:set:adopted': kind('info', 'Keys that are in use were taken under management; nothing was changed.'),
  'keys:set:applied': kind('info', 'A node put the set of keys in force into place and read it back.'),
  'keys:set:refused': kind('warning', 'A node did not put a set of keys into place.'),
  'keys:set:released': kind('info', 'A policy was deleted: the stores forget its keys, and the nodes keep them.'),
  'keys:set:diverged': kind('warning', 'Nodes hold other keys than those in force; nothing is repaired by itself.'),
  'keys:rotation:begun': kind('info', 'A rotation of keys has begun.'),
  'keys:revocation:begun': kind('critical', 'All keys are being replaced: every token of before becomes invalid.'),
  'keys:step:taken': kind('info', 'The next step of a rotation is in force; every node is to confirm it.'),
  'keys:rotation:ended': kind('info', 'A rotation is done, and every node has confirmed its last step.'),
  'keys:rotation:waiting': kind(
    'warning',
    'A rotation stands still where it is safe, until every node is accounted for.',
  ),
  'keys:rotation:refused': kind('warning', 'Keys were not adopted, or not rotated.'),
  'database:promotion:refused': kind('critical', 'A promotion was refused.'),
} as const satisfies Record<string, Kind>;

export type EventName = keyof typeof eventKinds;

/** Codes of the rules that can block something. */
export const refusalCodes = [
  'ObserveMode',
  'OnHold',
  'Cooldown',
  'NoFitTarget',
  'MinorityOfObservers',
  'NoHealthyTarget',
  'ManualPromotion',
  'HoldDown',
  'AckersMissing',
  'CannotShutOut',
  'LossUnknown',
  'LossBudget',
  'NoCandidate',
  'Vetoed',
  'StaleEpoch',
  'NotGranted',
  'StoreAway',
  'PreconditionUnmet',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** An event as the core makes it; the recorder adds id, time, node and region. */
export interface NewEvent {
  readonly name: EventName;
  /** What it is about: a policy, node, database or VIP name. */
  readonly subject: string;
  /** One sentence with the case's own facts. */
  readonly message: string;
  /** Why: the diagnosis or the trigger, in words that can be searched for. */
  readonly cause: string;
  readonly refusal?: RefusalCode;
  readonly observers?: readonly string[];
  readonly policyRevision?: bigint;
  readonly epoch?: bigint;
  readonly facts?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** An event as it is kept. */
export interface AuditEvent extends NewEvent {
  /** Sorts by time within a node: `<wall ms, 13 digits>-<node>-<counter>`. */
  readonly id: string;
  readonly atMs: number;
  readonly node: string;
  readonly region: string;
  readonly severity: Severity;
}
