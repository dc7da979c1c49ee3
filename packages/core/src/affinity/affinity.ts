import type { Backend } from "../backend.ts";
import { EvenkeelError } from "../errors.ts";
import type { Pool } from "../pool.ts";
import {
  type CookieSigner,
  encodeCookie,
  keyIdOf,
  readCookie,
  tagOf,
  verifiedValue,
} from "./cookie-value.ts";

export interface AffinitySettings {
  /** A session is bound for so long and no longer, whatever it does. Seconds, 1 or more. */
  readonly ttlSeconds: number;
  /** A session that is silent for so long is bound no longer; 0 = only `ttlSeconds` counts. */
  readonly idleSeconds: number;
}

/** Which backend a client belongs to, as its cookie says. Immutable, and shared by requests. */
export interface Binding {
  readonly backend: Backend;
  /** Whole seconds of the wall clock, since 1970. */
  readonly issuedAt: number;
  /** When its cookie was made, likewise. */
  readonly usedAt: number;
  /** Its cookie was signed with the newest secret. */
  readonly isCurrent: boolean;
}

/** What is to be made of a cookie, and why. */
export type CookieVerdict =
  | { readonly kind: "bound"; readonly binding: Binding }
  /** It was right once; `binding` is what it said. */
  | { readonly kind: "expired"; readonly binding: Binding }
  /**
   * `malformed`: not one of ours; `unknown-secret`: signed with a secret that is not (or no longer) listed;
   * `forged`: its signature is wrong; `unknown-backend`: of another pool, or of a backend that is gone.
   */
  | { readonly kind: "malformed" | "unknown-secret" | "forged" | "unknown-backend" };

/** A cookie to be set. */
export interface Cookie {
  readonly value: string;
  /** Seconds until the client may forget it, 1 or more. */
  readonly maxAge: number;
}

interface Key {
  readonly signer: CookieSigner;
  readonly id: string;
  readonly tagByBackend: ReadonlyMap<string, string>;
  readonly backendByTag: ReadonlyMap<string, Backend>;
}

/** Cookies of this many sessions are known without another look at their signature: about 2 MB. */
const mostKnown = 8_192;
/** Other balancers with the same secret may have a clock that is ahead by this. */
const clockSlackSeconds = 60;

/**
 * Binds the clients of one pool to its backends by a signed cookie. A cookie that says nothing useful
 * (forged, expired, of another pool, of a backend that is gone) is as good as none, and never an error.
 */
export class Affinity {
  readonly #settings: AffinitySettings;
  readonly #signers: readonly CookieSigner[];
  #keys: readonly Key[] = [];
  /** By cookie value: only those whose signature was right. */
  readonly #known: Map<string, Binding> = new Map();
  /** By backend id: the last cookie made for it, which all sessions that begin in one second share. */
  readonly #latest: Map<string, { readonly at: number; readonly value: string }> = new Map();

  /** The first signer signs; cookies of the others are believed, too. */
  constructor(settings: AffinitySettings, signers: readonly CookieSigner[], pool: Pool) {
    if (signers.length === 0) throw new EvenkeelError("EVENKEEL_OUT_OF_RANGE", "signers: 0");
    this.#settings = settings;
    this.#signers = signers;
    this.rebuild(pool);
  }

  /** Members changed. Who is bound to one that stays, by its id, stays bound. */
  rebuild({ name, members }: Pool): void {
    this.#known.clear();
    this.#latest.clear();
    this.#keys = this.#signers.map((signer) => {
      const tags = members.map(({ id }) => tagOf(signer, name, id));
      return {
        signer,
        id: keyIdOf(signer),
        tagByBackend: new Map(members.map(({ id }, index) => [id, tags[index] as string])),
        backendByTag: new Map(members.map((member, index) => [tags[index] as string, member])),
      };
    });
  }

  /** null: as if there were no cookie. `now` is whole seconds of the wall clock. */
  bindingOf(value: string, now: number): Binding | null {
    const binding = this.#known.get(value) ?? this.#verified(value);
    return binding !== null && this.#isInTime(binding, now) ? binding : null;
  }

  /** Why `bindingOf` says what it says. */
  verdictOf(value: string, now: number): CookieVerdict {
    const cookie = readCookie(value);
    if (cookie === null) return { kind: "malformed" };
    const keys = this.#keys.filter(({ id }) => id === cookie.content.keyId);
    if (keys.length === 0) return { kind: "unknown-secret" };
    if (keys.every(({ signer }) => verifiedValue(cookie, signer) === null)) {
      return { kind: "forged" };
    }
    const binding = this.#verified(value);
    if (binding === null) return { kind: "unknown-backend" };
    return { kind: this.#isInTime(binding, now) ? "bound" : "expired", binding };
  }

  /** The client should get a new cookie for the same backend. */
  isRenewalDue({ usedAt, isCurrent }: Binding, now: number): boolean {
    const { idleSeconds } = this.#settings;
    return !isCurrent || (idleSeconds > 0 && now - usedAt > idleSeconds / 2);
  }

  /** Binds a client: anew, or on, if it had been bound to this backend. `backend` is a member. */
  bind(backend: Backend, former: Binding | null, now: number): Cookie {
    const isSame = former !== null && former.backend.id === backend.id;
    const issuedAt = isSame ? former.issuedAt : now;
    const { ttlSeconds, idleSeconds } = this.#settings;
    const left = Math.max(1, issuedAt + ttlSeconds - now);
    const maxAge = idleSeconds === 0 ? left : Math.min(left, idleSeconds);
    return { value: this.#valueFor(backend, issuedAt, now), maxAge };
  }

  #valueFor(backend: Backend, issuedAt: number, now: number): string {
    const latest = this.#latest.get(backend.id);
    if (issuedAt === now && latest?.at === now) return latest.value;
    const [key] = this.#keys as [Key];
    const tag = key.tagByBackend.get(backend.id) ?? "";
    const value = encodeCookie({ keyId: key.id, tag, issuedAt, usedAt: now }, key.signer);
    if (issuedAt === now) this.#latest.set(backend.id, { at: now, value });
    this.#remember(value, { backend, issuedAt, usedAt: now, isCurrent: true });
    return value;
  }

  #verified(value: string): Binding | null {
    const cookie = readCookie(value);
    if (cookie === null) return null;
    const { keyId, tag, issuedAt, usedAt } = cookie.content;
    for (const [index, { id, signer, backendByTag }] of this.#keys.entries()) {
      if (id !== keyId) continue;
      const copy = verifiedValue(cookie, signer);
      const backend = backendByTag.get(tag);
      if (copy === null || backend === undefined) continue;
      return this.#remember(copy, { backend, issuedAt, usedAt, isCurrent: index === 0 });
    }
    return null;
  }

  #remember(value: string, binding: Binding): Binding {
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(value, binding);
    return binding;
  }

  #isInTime({ issuedAt, usedAt }: Binding, now: number): boolean {
    const { ttlSeconds, idleSeconds } = this.#settings;
    if (usedAt > now + clockSlackSeconds || issuedAt > usedAt) return false;
    return now - issuedAt < ttlSeconds && (idleSeconds === 0 || now - usedAt < idleSeconds);
  }
}
