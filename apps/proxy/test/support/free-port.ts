import { once } from "node:events";
import { createServer } from "node:net";

// Below the ports that Linux gives to outgoing connections (32768 and up): a port that is free
// between two servers of a test must not be taken by one of the test's own clients meanwhile.
const lowest = 20_000;
const highest = 32_000;

/** A port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
      server.close();
      await once(server, "close");
      return port;
    } catch {
      // Taken: try another.
    }
  }
}
