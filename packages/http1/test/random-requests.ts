/*
 * Requests that are mostly sound, with a fault here and there: what a fuzzer needs, because wholly
 * random bytes never get past the first line. Seeded, and fast enough for millions.
 */
type Random = () => number;

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items.at(Math.floor(random() * items.length)) as Item;
}

/** Mostly the first list, now and then the second. */
function mostly(random: Random, common: readonly string[], rare: readonly string[]): string {
  return pick(random, random() < 0.93 ? common : rare);
}

const methods = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "PROPFIND", "QUERY"];
const oddMethods = [
  "FOO",
  "get",
  "CONNECT",
  "TRACE",
  "PRI",
  "M-SEARCH",
  "SOURCE",
  "ANNOUNCE",
  "G:T",
];
const targets = [
  "/",
  "/a",
  "/a/b?c=d",
  "/%20",
  "//x",
  "/a;b=c",
  "http://a.test/x",
  "/?a=%00",
  "/.x",
];
const oddTargets = [
  ["*", "a.test:80", "http://a.test", "http://a.test?x", "https://a.test/", "http://b.test/", "/#"],
  ["http://u@a.test/", "/..", "/%2e%2e/", "/a\\b", "/\xe9", "", "/a b", "x", "ftp://a.test/"],
].flat();
const versions = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"];
const oddVersions = ["HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "http/1.1", "RTSP/1.0", "", "HTTP/1.1 "];
const hosts = ["a.test", "A.test:80", "[::1]:8080", "127.0.0.1"];
const oddHosts = ["", "a, b", "a b", "u@a.test", "a:99999", "[::1", "a/b", "a\x00"];
const lines = [
  ["X: y", "x-a:1", "X-A:  2\t", "Cookie: a=1", "Accept: */*", "Empty:", "X: \xe9\xff", "X: a:b;c"],
  ["Connection: keep-alive", "Connection: close", "Connection: x-a, TE", "TE: trailers"],
  ["X-Forwarded-For: 1.1.1.1", "X-Real-IP: 1.1.1.1", "Forwarded: for=x", "Via: 1.0 x", "Date: x"],
  ["Expect: 100-continue", "Max-Forwards: 3", "Trailer: X", "Keep-Alive: 5", "__proto__: x"],
].flat();
const oddLines = [
  ["Connection: upgrade\r\nUpgrade: websocket", "Upgrade: h2c", "X_Y: z", " folded", "\tfolded"],
  [
    "Content-Length : 5",
    ": x",
    "A(b): x",
    "X: a\x01",
    "X: a\x00b",
    "X: a\rb",
    "X: a\nb",
    "Expect: x",
  ],
  ["Host: a.test", "Content_Length: 5", "Transfer_Encoding: chunked", "X-[]: 1", "X\x80: 1", "X"],
  ["Connection: content-length, host", "Connection: transfer-encoding", "Connection: \xa0close"],
].flat();
const lengths = ["5", "05", "0", "5 "];
const oddLengths = ["+5", "-1", "5,5", "0x5", "5 5", "", "99999999999999999999", "5\x0b", "\xa05"];
const codings = ["chunked", "Chunked", " chunked ", "\tchunked", "chunked\t"];
const oddCodings = ["gzip", "gzip, chunked", ", chunked", "chunked,", "xchunked", "", "chunked;a"];
const chunkLines = ["5", "05", "5;a", "5;a=b", '5;a="b"', "5;a=b;c"];
const oddChunkLines = [
  "5 ",
  " 5",
  "5;",
  "5; a",
  "5;a=",
  '5;a="',
  "0x5",
  "+5",
  "5\t;a",
  "fffffffffffff",
];
const ends = ["\r\n"];
const oddEnds = ["\n", "\r", "", "\r\r\n", "\n\r\n"];

/** One to three pipelined requests, some with a few mutations. */
export function randomRequests(random: Random): string {
  let text = random() < 0.05 ? "\r\n".repeat(1 + Math.floor(random() * 5)) : "";
  const count = random() < 0.7 ? 1 : 2 + Math.floor(random() * 2);
  for (let index = 0; index < count; index++) text += randomRequest(random);
  const mutations = random() < 0.4 ? 0 : 1 + Math.floor(random() * 3);
  for (let index = 0; index < mutations; index++) text = mutate(text, random);
  return text;
}

function randomRequest(random: Random): string {
  const head = [
    `${mostly(random, methods, oddMethods)} ${mostly(random, targets, oddTargets)} ${mostly(random, versions, oddVersions)}`,
  ];
  if (random() < 0.96) head.push(`Host: ${mostly(random, hosts, oddHosts)}`);
  const extra = Math.floor(random() * 4);
  for (let index = 0; index < extra; index++) {
    head.splice(1 + Math.floor(random() * head.length), 0, mostly(random, lines, oddLines));
  }
  const body = randomBody(random, head);
  return (
    head.map((line) => line + mostly(random, ends, random() < 0.1 ? oddEnds : ends)).join("") +
    `\r\n${body}`
  );
}

/** Adds the framing lines and returns what they frame. */
function randomBody(random: Random, head: string[]): string {
  const kind = random();
  if (kind < 0.4) return "";
  if (kind < 0.65) {
    const length = mostly(random, lengths, oddLengths);
    head.push(`Content-Length: ${length}`);
    if (random() < 0.03) head.push("Transfer-Encoding: chunked");
    return Number(length) === 0 ? "" : "hello";
  }
  head.push(
    `${pick(random, ["Transfer-Encoding", "transfer-encoding"])}: ${mostly(random, codings, oddCodings)}`,
  );
  if (random() < 0.03) head.push("Transfer-Encoding: chunked");
  const chunks = Math.floor(random() * 3);
  let body = "";
  for (let index = 0; index < chunks; index++) {
    body += `${mostly(random, chunkLines, oddChunkLines)}\r\nhello${mostly(random, ends, oddEnds)}`;
  }
  const trailer =
    random() < 0.15
      ? mostly(
          random,
          ["X: y\r\n", "Host: b\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"],
          ["X : y\r\n", " x\r\n"],
        )
      : "";
  return `${body}0${random() < 0.1 ? ";a" : ""}\r\n${trailer}\r\n`;
}

const octets = '\r\n\x00\t :;,="\\/%#?@[]()_.-+0159aAfxX\x01\x0b\x1f\x7f\x80\xa0\xff';

/** One small change that an attacker might try. */
export function mutate(text: string, random: Random): string {
  const at = Math.floor(random() * (text.length + 1));
  const octet = octets.charAt(Math.floor(random() * octets.length));
  switch (Math.floor(random() * 8)) {
    case 0:
      return text.slice(0, at) + octet + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + octet + text.slice(at + 1);
    case 3:
      return editLines(text, random, (all, index) => all.splice(index, 0, all[index] ?? ""));
    case 4:
      return editLines(text, random, (all, index) => all.push(...all.splice(index, 1)));
    case 5:
      return editLines(text, random, (all, index) => all.splice(index, 1));
    case 6:
      return text.slice(0, at) + swapCase(text.slice(at, at + 4)) + text.slice(at + 4);
    default:
      return text.slice(0, at);
  }
}

function editLines(
  text: string,
  random: Random,
  edit: (lines: string[], index: number) => void,
): string {
  const all = text.split("\r\n");
  edit(all, Math.floor(random() * all.length));
  return all.join("\r\n");
}

function swapCase(text: string): string {
  return text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
}
