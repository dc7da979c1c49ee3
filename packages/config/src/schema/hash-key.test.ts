import { expect, test } from "vitest";
import { formatHashKey, parseHashKey } from "./hash-key.ts";

test.each([
  ["client-ip", { from: "client-ip" }],
  ["path", { from: "path" }],
  ["header:x-user", { from: "header", name: "x-user" }],
  ["cookie:session", { from: "cookie", name: "session" }],
  ["query:user", { from: "query", name: "user" }],
  ["query:a:b", { from: "query", name: "a:b" }],
  ["query:%75ser", { from: "query", name: "%75ser" }],
] as const)("reads %s and writes it back", (text, key) => {
  expect(parseHashKey(text)).toEqual({ ok: true, value: key });
  expect(formatHashKey(key)).toBe(text);
});

test("field names have no case, those of cookies and parameters do", () => {
  const nameOf = (text: string): unknown => {
    const result = parseHashKey(text);
    return result.ok && "name" in result.value ? result.value.name : null;
  };
  expect(nameOf("header:X-User")).toBe("x-user");
  expect(nameOf("cookie:Session")).toBe("Session");
  expect(nameOf("query:User")).toBe("User");
});

test.each([
  ["clientip", "client-ip"],
  ["client_ip", "client-ip"],
  ["Path", "path"],
  ["heder:x-user", "header:x-user"],
  ["Cookie:sid", "cookie:sid"],
  ["header", null],
  ["header:", null],
  ["query:", null],
  ["session", null],
  ["header:x user", null],
  ["header:x:y", null],
  ["cookie:a=b", null],
  ["cookie:a;b", null],
  ["query:a&b", null],
  ["query:a=b", null],
  ["query:a#b", null],
  ["", null],
])("refuses %j", (text, suggestion) => {
  const result = parseHashKey(text);
  expect(result).toMatchObject({ ok: false, suggestion });
});

test("an unknown key is told what there is", () => {
  expect(parseHashKey("session")).toMatchObject({
    message:
      '"session" is no hash key; write client-ip, path, header:x-user, cookie:session, query:user',
  });
  expect(parseHashKey("header")).toMatchObject({
    message: "header needs a name, such as header:x-user",
  });
});
