/**
 * Writes the little of protobuf that a pprof profile needs. Numbers are whole and not negative, up to 2^53;
 * a zero is left out, as proto3 has it.
 */
export class ProtobufWriter {
  readonly #parts: Buffer[] = [];

  number(field: number, value: number): this {
    if (value === 0) return this;
    this.#parts.push(varint(field * 8), varint(value));
    return this;
  }

  /** Repeated numbers, packed. */
  numbers(field: number, values: readonly number[]): this {
    return this.bytes(field, Buffer.concat(values.map(varint)));
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value));
  }

  message(field: number, content: ProtobufWriter): this {
    return this.bytes(field, content.finish());
  }

  /** Also empty: in a list, an empty member is one. */
  bytes(field: number, content: Buffer): this {
    this.#parts.push(varint(field * 8 + lengthDelimited), varint(content.length), content);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

const lengthDelimited = 2;

/** Seven bits a byte, the least first. No bit operators: they end at 32 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
