/**
 * All tokens that a client has been issued, and their validation: each in turn, at each Keystone in turn, asked with the newest
 * one, which has to be readable there as well. Every second another token joins.
 */
import type { ClientPlan } from './client-plan.ts';
import { call, issueToken } from './identity-requests.ts';
import { nowMs } from './moment.ts';
import type { Sample } from './sample.ts';

const ISSUE_EVERY_MS = 1_000;

type Outcome = Pick<Sample, 'ok' | 'status' | 'id' | 'detail'>;

export class TokenPool {
  readonly #plan: Pick<ClientPlan, 'keystone' | 'account' | 'validators'>;
  readonly #tokens: string[] = [];
  #issuedMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(plan: Pick<ClientPlan, 'keystone' | 'account' | 'validators'>) {
    this.#plan = plan;
  }

  /** @returns its `id` says which token it was, by age, and which Keystone was asked */
  async validate(timeoutMs: number): Promise<Outcome> {
    const newest = this.#tokens.at(-1);
    if (newest === undefined || nowMs() - this.#issuedMs >= ISSUE_EVERY_MS) return this.#issue(timeoutMs);
    const { validators } = this.#plan;
    const at = Math.floor(this.#count / validators.length) % this.#tokens.length;
    const validator = validators[this.#count % validators.length] ?? '';
    this.#count += 1;
    const subject = this.#tokens[at] ?? newest;
    const { status, problem } = await call(`${validator}/v3/auth/tokens`, { token: newest, subject, timeoutMs });
    const id = `token ${at + 1} of ${this.#tokens.length} at ${validator}`;
    const detail = status === 200 ? '' : `${id}: ${problem === '' ? `status ${status}` : problem}`;
    return { ok: status === 200, status, id, detail };
  }

  async #issue(timeoutMs: number): Promise<Outcome> {
    this.#issuedMs = nowMs();
    const { token, answer } = await issueToken(this.#plan.keystone, this.#plan.account, timeoutMs);
    if (token !== undefined) this.#tokens.push(token);
    const ok = token !== undefined;
    const detail = ok ? '' : `no token issued: ${answer.problem === '' ? `status ${answer.status}` : answer.problem}`;
    return { ok, status: answer.status, id: `token ${this.#tokens.length} issued`, detail };
  }
}
