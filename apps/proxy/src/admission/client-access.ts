import type { AccessConfig } from "@evenkeel/config";
import type { Refusal } from "../refusal.ts";
import { addressSet } from "../routing/address-set.ts";

export const clientDenied: Refusal = {
  status: 403,
  error: "http_request_denied",
  detail: "clients with this address are not served here",
};

/** Whether a client may ask, or null where everybody may. */
export function clientAccess({ allow, deny }: AccessConfig): ((address: string) => boolean) | null {
  if (allow === null && deny.length === 0) return null;
  const isAllowed = allow === null ? () => true : addressSet(allow);
  const isDenied = addressSet(deny);
  return (address) => isAllowed(address) && !isDenied(address);
}
