export { BodyDecoder } from "./body-decoder.ts";
export { chunkSizeLine, lastChunk, lastChunkWith } from "./chunk-frame.ts";
export { FieldId, fieldIdOfText } from "./field-names.ts";
export type { FieldTable } from "./field-table.ts";
export {
  downstreamBodyKind,
  forwardInformationalHead,
  forwardResponseHead,
  forwardSwitchingHead,
} from "./forward-response.ts";
export { type RequestForwarding, forwardRequestHead } from "./forward-request.ts";
export type { BodyKind, Framing } from "./framing.ts";
export type { HeadState } from "./head-parser.ts";
export { hostName } from "./host.ts";
export type { LineChanges, RequestChanges } from "./line-changes.ts";
export { type HeadLimits, defaultHeadLimits } from "./limits.ts";
export type { Latin1Decoder } from "./octets.ts";
export { RequestParser } from "./request-parser.ts";
export { ResponseParser, isBodyless } from "./response-parser.ts";
export { isAcceptedUpgrade } from "./upgrade.ts";
export { type Violation, violationDetail, violationStatus } from "./violation.ts";
