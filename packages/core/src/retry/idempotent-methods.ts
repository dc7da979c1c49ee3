/** RFC 9110 section 9.2.2: PUT, DELETE and the safe methods. */
const idempotentMethods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** Whether sending the request twice is the same as once. Methods are case-sensitive (RFC 9110, 9.1). */
export function isIdempotent(method: string): boolean {
  return idempotentMethods.has(method);
}
