// Stands in for `evenkeel backend` where a test needs one that misbehaves at its start or end.
import { createServer } from "node:http";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "0" },
    name: { type: "string", default: "" },
    behave: { type: "string", default: "well" },
  },
});

if (values.behave === "crash") {
  process.stderr.write("first line\nno luck today\n");
  process.exit(1);
}
if (values.behave === "stubborn") process.on("SIGTERM", () => {});
if (values.behave === "mute") setInterval(() => {}, 1000);
else {
  createServer((request, response) => {
    response.writeHead(request.url === "/health" ? 200 : 404, { "X-Backend": values.name });
    response.end();
  }).listen(Number(values.port), values.host);
}
