/**
 * The wire format of Protocol Buffers, read field by field within the bytes that are there: no length that a file
 * claims is believed before it was compared with them, and nothing is copied.
 * https://protobuf.dev/programming-guides/encoding
 */
export interface Field {
  readonly number: number;
  /** Of a varint or a fixed-length field; as a signed 64-bit integer. 0 for others. */
  readonly value: bigint;
  /** Of a field that begins with its length; empty for others. */
  readonly bytes: Uint8Array;
  /** Where `bytes` begin, counted as `at` is. */
  readonly at: number;
}

/** What is no field where one should be. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

/**
 * The fields of a message, in order.
 * @param at where `message` begins within the file, for errors
 * @throws ProtobufError that names the byte
 */
export function* protobufFields(message: Uint8Array, at = 0): Generator<Field> {
  const none = message.subarray(0, 0);
  let position = 0;

  function fault(what: string): ProtobufError {
    return new ProtobufError(`${what} (byte ${at + position})`);
  }

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (position >= message.length) throw fault("an integer is cut off");
      const byte = message[position++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw fault("an integer is longer than 10 bytes");
  }

  function take(length: bigint): Uint8Array {
    if (length > BigInt(message.length - position))
      throw fault(`a field of ${length} bytes where ${message.length - position} are left`);
    const from = position;
    position += Number(length);
    return message.subarray(from, position);
  }

  while (position < message.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    if (number < 1 || number >= 1 << 29) throw fault(`field number ${number} is none`);
    switch (Number(tag & 7n)) {
      case 0:
        yield { number, value: BigInt.asIntN(64, varint()), bytes: none, at: at + position };
        break;
      case 1:
        take(8n);
        yield { number, value: 0n, bytes: none, at: at + position };
        break;
      case 2: {
        const bytes = take(varint());
        yield { number, value: 0n, bytes, at: at + position - bytes.length };
        break;
      }
      case 5:
        take(4n);
        yield { number, value: 0n, bytes: none, at: at + position };
        break;
      default:
        throw fault(`wire type ${Number(tag & 7n)} is none`);
    }
  }
}
