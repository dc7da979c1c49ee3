import { type Fields, Malformed, membersOf, valuesOf } from "./grammar.ts";
import type { RequestHead, RequestProfile } from "./request.ts";
import { isForbiddenTrailer } from "./trailers.ts";

/** What a backend may be sent (I1): one version, one form of target, nothing of the client's hop. */
export const backendProfile: RequestProfile = {
  leadingEmptyLines: 0,
  endsAtClose: false,
  allowsOddChunks: false,
  check: ({ method, target, version, fields }) => {
    if (version !== "1.1") throw new Malformed(`version ${version} at the backend`);
    const isOrigin = target.startsWith("/") || (target === "*" && method === "OPTIONS");
    if (!isOrigin || /[#\\]/.test(target)) throw new Malformed(`target ${target} at the backend`);
    checkForwardedFields(fields);
  },
};

const endingAtThisHop = ["keep-alive", "proxy-connection", "http2-settings"];
const writtenByTheProxyOnce = ["x-forwarded-for", "x-forwarded-proto", "via", "x-request-id"];

function checkForwardedFields(fields: Fields): void {
  for (const name of endingAtThisHop) {
    if (valuesOf(fields, name).length > 0) throw new Malformed(`${name} reached the backend`);
  }
  const odd = fields.find(({ name }) => /[^a-z0-9-]/.test(name));
  if (odd !== undefined) throw new Malformed(`field ${odd.name} reached the backend`);
  for (const name of writtenByTheProxyOnce) {
    const lines = valuesOf(fields, name).length;
    if (lines !== 1) throw new Malformed(`${lines} lines of ${name} at the backend`);
  }
  const codings = valuesOf(fields, "te");
  const upgrades = valuesOf(fields, "upgrade");
  const listed = [...upgrades.map(() => "Upgrade"), ...codings.map(() => "TE")].join(", ");
  const connection = valuesOf(fields, "connection").join();
  if (connection !== listed || upgrades.length > 1) {
    throw new Malformed(`Connection at the backend: ${connection}, not ${listed}`);
  }
  if (codings.some((coding) => coding !== "trailers")) {
    throw new Malformed(`TE at the backend: ${codings.join()}`);
  }
  checkAnnounced(fields);
  const [length] = valuesOf(fields, "content-length");
  if (length !== undefined && !/^(?:0|[1-9][0-9]*)$/.test(length)) {
    throw new Malformed(`Content-Length ${length} is not in canonical form`);
  }
}

/** Trailers are announced once, where there can be any, and none that will not come. */
function checkAnnounced(fields: Fields): void {
  const lines = valuesOf(fields, "trailer").length;
  if (lines === 0) return;
  const isChunked = valuesOf(fields, "transfer-encoding").length > 0;
  const names = membersOf(fields, "trailer");
  const isSound = names.every((name) => /^[a-z0-9-]+$/.test(name) && !isForbiddenTrailer(name));
  if (lines > 1 || !isChunked || !isSound) {
    throw new Malformed(`Trailer at the backend: ${names.join()}`);
  }
}

/** The most that a client may ask of us: bytes beyond it must never become a request. */
export const clientProfile: RequestProfile = {
  leadingEmptyLines: 4,
  endsAtClose: true,
  allowsOddChunks: true,
  check: checkClientTarget,
};

const absolute = /^https?:\/\/([^/?#@]+)(?:[/?]|$)/i;

function checkClientTarget({ method, target }: RequestHead): void {
  if (method === "CONNECT" || method === "TRACE") throw new Malformed(method);
  if (/[#\\]/.test(target)) throw new Malformed(`target ${target}`);
  if (target.startsWith("/") || (target === "*" && method === "OPTIONS")) return;
  if (!absolute.test(target)) throw new Malformed(`target ${target}`);
}

/** Method, origin-form target and authority: what must be the same on both sides of the proxy (I2). */
export function identityOf(head: Pick<RequestHead, "method" | "target" | "host">): string {
  const match = absolute.exec(head.target);
  const authority = (match?.[1] ?? head.host ?? "").toLowerCase();
  const rest = match === null ? head.target : head.target.slice(head.target.indexOf("//") + 2);
  const path = match === null ? rest : rest.slice((match[1] as string).length);
  const empty = head.method === "OPTIONS" ? "*" : "/";
  const origin = path === "" ? empty : path.replace(/^\?/, "/?");
  return `${head.method} ${origin} @${authority.replace(/:80$/, "")}`;
}

export function isConnectionClose(fields: Fields): boolean {
  return membersOf(fields, "connection").includes("close");
}
