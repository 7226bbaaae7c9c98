/**
 * A node's configuration in memory: files that are judged by the same rules as real ones, and units that count their
 * restarts. What the real one keeps on disk lives in the node, so that another actuator on it goes on.
 */
import {
  type ConfigurationActuator,
  type ConfigurationOutcome,
  type ConfigurationPlan,
  type ServiceOutcome,
  TimeIsOver,
  type VerifyService,
  type WantedConfiguration,
} from '../../src/actuator/configuration.ts';
import { applyEdits } from '../../src/core/configuration/edit.ts';
import { type FileJudgement, judgeFile } from '../../src/core/configuration/file-judgement.ts';
import { type KeystoneBase, parseKeystoneBase } from '../../src/core/configuration/keystone-url.ts';
import { serviceRow } from '../../src/core/configuration/service-table.ts';

export interface MemoryService {
  readonly path: string;
  readonly unit: string;
  text: string;
}

/** One node: its services, and what happened to their units. */
export class MemoryNode {
  readonly services: ReadonlyMap<string, MemoryService>;
  readonly restarts: string[] = [];
  /** Units that do not come back from their next restart. */
  readonly broken = new Set<string>();
  readonly halfDone = new Map<string, string>();
  readonly written = new Map<string, { readonly to: string; readonly text: string; readonly putRight: Set<string> }>();

  constructor(services: Readonly<Record<string, MemoryService>>) {
    this.services = new Map(Object.entries(services));
  }

  /** @returns whether the unit came back */
  restart(unit: string): boolean {
    this.restarts.push(unit);
    return !this.broken.delete(unit);
  }
}

interface Work {
  readonly service: string;
  readonly node: MemoryService;
  readonly judged: FileJudgement;
  readonly isDrift: boolean;
  readonly isStubborn: boolean;
}

export class MemoryConfiguration implements ConfigurationActuator {
  readonly #node: MemoryNode;
  readonly #isGranted: boolean;

  constructor(node: MemoryNode, isGranted = true) {
    this.#node = node;
    this.#isGranted = isGranted;
  }

  async apply(wanted: WantedConfiguration, verify: VerifyService, signal: AbortSignal): Promise<ConfigurationOutcome> {
    const work = this.#work(wanted);
    if (typeof work === 'string') return { ok: false, refusal: 'PreconditionUnmet', detail: work };
    const missing = this.#missing(work);
    if (missing.length > 0) return { ok: false, refusal: 'NotGranted', detail: missing.join('; ') };
    const outcomes: ServiceOutcome[] = [];
    for (const each of work) {
      const complaint = await this.#change(each, wanted, verify, signal, outcomes);
      if (complaint !== undefined) return { ok: false, refusal: 'Failed', detail: `${each.service}: ${complaint}` };
    }
    const stubborn = work.filter(({ isStubborn }) => isStubborn).map(({ node }) => node.path);
    if (stubborn.length > 0) return { ok: false, refusal: 'PreconditionUnmet', detail: stubborn.join(', ') };
    const drift = work.filter(({ isDrift }) => isDrift).map(({ node }) => node.path);
    const changed = outcomes.some(({ units }) => units.length > 0);
    return { ok: true, changed, detail: wanted.to, services: outcomes, drift };
  }

  async look(wanted: WantedConfiguration): Promise<ConfigurationPlan> {
    const work = this.#work(wanted);
    if (typeof work === 'string') return { services: [], notGranted: [], obstacles: [work] };
    const services = work.map(({ service, node, judged, isDrift, isStubborn }) => {
      const { changes, notUnderstood, leftover } = judged;
      const file = { path: node.path, changes, notUnderstood, leftover, isDrift: isDrift || isStubborn };
      return { service, files: [file], units: changes.length > 0 ? [node.unit] : [] };
    });
    return { services, notGranted: this.#missing(work), obstacles: [] };
  }

  async #change(
    { service, node, judged, isDrift, isStubborn }: Work,
    { to }: WantedConfiguration,
    verify: VerifyService,
    signal: AbortSignal,
    outcomes: ServiceOutcome[],
  ): Promise<string | undefined> {
    const own = this.#node;
    const leftover = judged.notUnderstood === undefined ? judged.leftover : [judged.notUnderstood];
    if ((judged.edits.length === 0 && !own.halfDone.has(service)) || isStubborn) {
      outcomes.push({ service, files: [], units: [], leftover });
      const known = own.written.get(service);
      if (known !== undefined && !isStubborn && known.to !== to)
        own.written.set(service, { to, text: node.text, putRight: new Set() });
      return undefined;
    }
    if (isDrift) own.written.get(service)?.putRight.add(node.text);
    const before = own.halfDone.get(service) ?? node.text;
    own.halfDone.set(service, before);
    node.text = applyEdits(node.text, judged.edits);
    const isBack = own.restart(node.unit);
    const found = isBack ? await verify(service, signal) : `${node.unit} is failed`;
    const isOver = signal.aborted && signal.reason instanceof TimeIsOver;
    if (signal.aborted && !isOver) return 'interrupted; the next call goes on';
    const complaint = isOver ? signal.reason.message : found;
    own.halfDone.delete(service);
    if (complaint !== undefined) {
      node.text = before;
      own.restart(node.unit);
      return complaint;
    }
    const known = own.written.get(service);
    const putRight = known?.to === to ? known.putRight : new Set<string>();
    own.written.set(service, { to, text: node.text, putRight });
    outcomes.push({ service, files: [node.path], units: [node.unit], leftover });
    return undefined;
  }

  #work({ services, from, to }: WantedConfiguration): readonly Work[] | string {
    const bases = [to, ...from].map(parseKeystoneBase).filter((base): base is KeystoneBase => base !== undefined);
    const [wanted, ...declared] = bases;
    if (wanted === undefined || bases.length <= from.length) return `not a base URL among ${[to, ...from].join(', ')}`;
    const unknown = services.find((service) => serviceRow(service) === undefined);
    if (unknown !== undefined) return `no service of the table: ${unknown}`;
    return services.flatMap((service): readonly Work[] => {
      const [node, row] = [this.#node.services.get(service), serviceRow(service)];
      if (node === undefined || row === undefined) return [];
      const judged = judgeFile(row, 'oslo', node.text, { from: declared, to: wanted });
      const known = this.#node.written.get(service);
      const isOver = judged.edits.length > 0 && known?.to === to && known.text !== node.text;
      const isStubborn = isOver && known.putRight.has(node.text);
      return [{ service, node, judged, isDrift: isOver && !isStubborn, isStubborn }];
    });
  }

  #missing(work: readonly Work[]): readonly string[] {
    const wanted = work.filter(({ judged, isStubborn }) => judged.edits.length > 0 && !isStubborn);
    if (this.#isGranted || wanted.length === 0) return [];
    const names = (of: 'path' | 'unit'): string => wanted.map(({ node }) => node[of]).join(', ');
    return [`files: [${names('path')}]`, `units: [${names('unit')}]`];
  }
}
