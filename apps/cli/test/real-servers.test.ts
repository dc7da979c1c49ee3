import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { startProxyFor, temporaryFolder } from "./evenkeel.ts";
import { eventually } from "./eventually.ts";
import { findFreePort } from "./free-port.ts";
import { findProgram } from "./installed-program.ts";
import { startHttpServer } from "./local-servers.ts";
import { isRefused } from "./raw-client.ts";
import { RunningProgram } from "./running-program.ts";

const nginx = findProgram("nginx") ?? "";

/** nginx as it is packaged, with a site of two files. */
async function startNginx(files: Readonly<Record<string, Buffer>>): Promise<string> {
  const folder = await temporaryFolder();
  const port = await findFreePort();
  await mkdir(join(folder, "site"));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, "site", name), content);
  }
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const config = `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
    events {}
    http {
      access_log off; ${temporary.join(" ")}
      server {
        listen 127.0.0.1:${port}; root ${folder}/site;
        location /who { return 200 "$request_method $request_uri $http_x_forwarded_for"; }
      }
    }`;
  await writeFile(join(folder, "nginx.conf"), config);
  const program = new RunningProgram(nginx, ["-p", folder, "-c", join(folder, "nginx.conf")]);
  await eventually(async () => {
    if (!program.isRunning) throw new Error(program.stderr);
    return !(await isRefused(port));
  });
  return `http://127.0.0.1:${port}`;
}

test("serves an unmodified nginx: files, ranges, validators, redirects and error pages", async ({
  skip,
}) => {
  skip(nginx === "", "nginx is not installed");
  const file = randomBytes(1_000_000);
  const { origin } = await startProxyFor([await startNginx({ "file.bin": file })]);

  const whole = await fetch(`${origin}/file.bin`);
  expect(Buffer.from(await whole.arrayBuffer()).equals(file)).toBe(true);

  const part = await fetch(`${origin}/file.bin`, { headers: { range: "bytes=10-19" } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(file.subarray(10, 20));

  const etag = whole.headers.get("etag") ?? "";
  const same = await fetch(`${origin}/file.bin`, { headers: { "if-none-match": etag } });
  expect([same.status, await same.text()]).toEqual([304, ""]);

  const missing = await fetch(`${origin}/missing`);
  expect(missing.status).toBe(404);
  expect(missing.headers.get("proxy-status")).toBe(null);
  expect(await missing.text()).toContain("<center>nginx");

  const who = await fetch(`${origin}/who?a=%2F`, { method: "DELETE" });
  expect(await who.text()).toBe("DELETE /who?a=%2F 127.0.0.1");
});

test("serves a plain node:http server: streams, trailers, informational and empty answers", async () => {
  const { origin: backend } = await startHttpServer((request, response) => {
    if (request.url === "/empty") response.writeHead(204).end();
    else if (request.url === "/hints") {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" }, () => response.end("after 103"));
    } else request.pipe(response);
  });
  const { origin } = await startProxyFor([backend]);

  const empty = await fetch(`${origin}/empty`);
  expect([empty.status, await empty.text()]).toEqual([204, ""]);
  expect(await (await fetch(`${origin}/hints`)).text()).toBe("after 103");
  const body = randomBytes(300_000);
  const mirrored = await fetch(`${origin}/mirror`, { method: "POST", body });
  expect(Buffer.from(await mirrored.arrayBuffer()).equals(body)).toBe(true);
});
