import type { AcceptanceCase, Figure } from "../case.ts";
import { caseOf, mustEqual } from "../check.ts";
import { ask } from "../stage/ask.ts";
import { exchangeRaw } from "../stage/raw-client.ts";
import type { Stage } from "../stage/stage.ts";

const token = "acceptance-token-of-thirty-two-characters";

export const adminAccessCases: readonly AcceptanceCase[] = [
  caseOf("admin", "token", {
    sentence: "with a token every call wants it, but for the probes that orchestrators send",
    check: checkToken,
  }),
  caseOf("admin", "web-pages", {
    sentence: "a web page cannot ask: foreign Host 421, foreign Origin 403, no JSON type 415",
    check: checkWebPages,
  }),
  caseOf("admin", "not-on-data-port", {
    sentence:
      "no admin call is answered on the data port: its path goes to a backend like any other",
    check: checkDataPort,
  }),
];

async function startAdmin(stage: Stage, admin: unknown) {
  const backend = await stage.backend("Server-1");
  return await stage.proxyFor([{ url: backend.origin, id: "b1" }], {}, { admin });
}

async function checkToken(stage: Stage): Promise<readonly Figure[]> {
  const { adminOrigin } = await startAdmin(stage, { address: "127.0.0.1:0", token });
  const expected: readonly (readonly [path: string, authorization: string, status: number])[] = [
    ["/admin/health", `Bearer ${token}`, 200],
    ["/admin/health", "", 401],
    ["/admin/health", `Bearer ${token}x`, 401],
    ["/admin/health", `Basic ${token}`, 401],
    ["/metrics", "", 401],
    ["/api/v1/servers", "", 401],
    ["/no-such-call", "", 401],
    ["/livez", "", 200],
  ];
  for (const [path, authorization, status] of expected) {
    const headers: Record<string, string> = authorization === "" ? {} : { authorization };
    mustEqual(
      (await ask(`${adminOrigin}${path}`, { headers })).status,
      status,
      `${path} ${authorization}`,
    );
  }
  return [{ name: "calls", value: `${expected.length}` }];
}

async function checkWebPages(stage: Stage): Promise<readonly Figure[]> {
  const { adminOrigin } = await startAdmin(stage, "127.0.0.1:0");
  const port = Number(new URL(adminOrigin).port);
  const change = `{"algorithm":"first"}`;
  const sent = (host: string, fields: string): string =>
    `POST /admin/algorithm HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${fields}` +
    `Content-Length: ${change.length}\r\n\r\n${change}`;
  const json = "Content-Type: application/json\r\n";
  const expected: readonly (readonly [host: string, fields: string, status: number])[] = [
    ["evil.example", json, 421],
    ["localhost", `${json}Origin: http://evil.example\r\n`, 403],
    ["localhost", `${json}Sec-Fetch-Site: cross-site\r\n`, 403],
    ["localhost", "Content-Type: text/plain\r\n", 415],
    ["localhost", json, 200],
  ];
  for (const [host, fields, status] of expected) {
    mustEqual((await exchangeRaw(port, sent(host, fields))).status, status, `${host} ${fields}`);
  }
  return [{ name: "refused", value: "421, 403, 403, 415" }];
}

async function checkDataPort(stage: Stage): Promise<readonly Figure[]> {
  const { origin } = await startAdmin(stage, "127.0.0.1:0");
  const paths = ["/admin/health", "/metrics", "/api/v1/servers", "/livez"];
  for (const path of paths) {
    mustEqual((await ask(origin + path)).headers["x-backend"], "Server-1", `who answers ${path}`);
  }
  return [{ name: "paths", value: `${paths.length} to the backend` }];
}
