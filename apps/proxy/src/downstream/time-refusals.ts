import type { Refusal } from "../refusal.ts";

export const slowHead: Refusal = {
  status: 408,
  error: "http_request_timeout",
  detail: "the request head took too long",
};
export const stalledBody: Refusal = {
  status: 408,
  error: "http_request_timeout",
  detail: "the request body stopped arriving",
};
export const overTotal: Refusal = {
  status: 504,
  error: "http_response_timeout",
  detail: "the request took longer than it may in all",
};
