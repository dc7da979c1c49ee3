// The floor in Node: one backend connection per client connection, bytes copied, nothing parsed.
import { connect, createServer } from "node:net";

const [port, backendPort] = process.argv.slice(2).map(Number);

createServer({ noDelay: true }, (client) => {
  const upstream = connect({ port: backendPort ?? 0, host: "127.0.0.1", noDelay: true });
  client.pipe(upstream);
  upstream.pipe(client);
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
}).listen(port, "127.0.0.1");
