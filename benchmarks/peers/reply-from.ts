// @fastify/reply-from under fastify, as its README sets it up, with kept connections to the backend.
import type { IncomingMessage } from "node:http";

interface Reply {
  from(target: string): unknown;
}

interface App {
  register(plugin: unknown, options: object): unknown;
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, body: unknown, done: (error: null, body: unknown) => void) => void,
  ): void;
  all(path: string, handler: (request: { raw: IncomingMessage }, reply: Reply) => unknown): void;
  listen(options: { port: number; host: string }): Promise<string>;
}

const [port = 0, backendPort] = process.argv.slice(2).map(Number);
// Variables, so that the type check does not need the packages either.
const fastifyName: string = "fastify";
const replyFromName: string = "@fastify/reply-from";
const fastify = (await import(fastifyName)) as { default: (options: object) => App };
const replyFrom = (await import(replyFromName)) as { default: unknown };

const app = fastify.default({ keepAliveTimeout: 3_600_000 });
app.register(replyFrom.default, {
  base: `http://127.0.0.1:${backendPort}`,
  undici: { connections: 64, pipelining: 1 },
});
// Bodies of every type go through as streams, unparsed.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", (_request, body, done) => done(null, body));
app.all("/*", (request, reply) => reply.from(request.raw.url ?? "/"));
await app.listen({ port, host: "127.0.0.1" });
