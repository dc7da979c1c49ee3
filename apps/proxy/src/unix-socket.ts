import { randomBytes } from "node:crypto";
import { type Stats, chmodSync, existsSync, lstatSync, renameSync, rmSync } from "node:fs";
import { type Server, connect } from "node:net";
import { dirname } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { ListenAddress } from "@evenkeel/config";
import { ListenError, listenError } from "./listen-error.ts";

export interface UnixListenOptions {
  readonly path: string;
  /** Permission bits of the file; null = what the umask leaves. */
  readonly mode: number | null;
  readonly backlog?: number;
}

/** What connecting says where nobody listens. */
const gone: ReadonlySet<string | undefined> = new Set(["ENOENT", "ECONNREFUSED"]);

/**
 * Rejects with a ListenError when somebody listens on the socket or the file is something else. A file
 * that a process left behind when it died is free: nobody answers there.
 */
export async function requireFreeSocket(path: string): Promise<void> {
  const address: ListenAddress = { kind: "unix", path };
  // bind would say EACCES, as libuv does for both.
  if (!existsSync(dirname(path))) throw listenError(address, errorOf("ENOENT"));
  const file = fileAt(path);
  if (file === null) return;
  if (!file.isSocket()) {
    const message = `cannot listen on unix:${path}: there is a file that is no socket`;
    throw new ListenError("EEXIST", message);
  }
  const code = await dialError(path);
  if (gone.has(code)) return;
  // A queue that is full has an owner, too.
  throw listenError(address, errorOf(code === "EACCES" ? code : "EADDRINUSE"));
}

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/**
 * Makes `server` listen on a unix socket; the answer removes its file, unless that is somebody else's by
 * then. The socket is bound under another name and moved: what was left behind is replaced without a
 * moment in which there is none, and nobody finds it before it has its mode.
 */
export async function listenOnUnixSocket(
  server: Server,
  { path, mode, backlog }: UnixListenOptions,
): Promise<() => void> {
  await requireFreeSocket(path);
  const address: ListenAddress = { kind: "unix", path };
  const hidden = `${path}.${randomBytes(3).toString("hex")}`;
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => reject(listenError(address, error));
    server.once("error", refuse);
    // Only the main thread may change the umask; elsewhere the name is what nobody knows.
    const mask = mode !== null && isMainThread ? process.umask(0o177) : null;
    server.listen({ path: hidden, ...(backlog === undefined ? {} : { backlog }) }, () => {
      server.off("error", refuse);
      resolve();
    });
    if (mask !== null) process.umask(mask);
  });
  try {
    if (mode !== null) chmodSync(hidden, mode);
    renameSync(hidden, path);
  } catch (error) {
    server.close();
    throw listenError(address, error as NodeJS.ErrnoException);
  }
  let own = fileAt(path);
  return () => {
    if (own !== null && isSameFile(own, fileAt(path))) rmSync(path, { force: true });
    // Once: the system may give its number to another file.
    own = null;
  };
}

function fileAt(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null;
}

function isSameFile(one: Stats, other: Stats | null): boolean {
  return other !== null && one.ino === other.ino && one.dev === other.dev;
}

/** Why a connection to the socket does not come about; undefined when it does. */
async function dialError(path: string): Promise<string | undefined> {
  const socket = connect(path);
  return await new Promise((resolve) => {
    socket.once("connect", () => resolve(undefined));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
  }).then((code) => {
    socket.destroy();
    return code as string | undefined;
  });
}
