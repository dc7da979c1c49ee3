/* The least that answers HTTP: prints its port. For flat-memory.ts, whose requests have no body. */
import { type AddressInfo, createServer } from "node:net";

const answer = "HTTP/1.1 200 OK\r\nX-Backend: bare\r\nContent-Length: 2\r\n\r\nok";

const server = createServer((socket) => {
  let rest = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    const parts = (rest + chunk.toString("latin1")).split("\r\n\r\n");
    rest = parts.pop() ?? "";
    if (parts.length > 0) socket.write(answer.repeat(parts.length));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
