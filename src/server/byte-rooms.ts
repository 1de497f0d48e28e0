/** Bytes of many messages, a few large rooms of them: an array for each message would weigh more than what is in it. */
export interface ByteRooms {
  /** Copies the bytes. */
  keep(bytes: Uint8Array): BytePlace;
  /** Where they stand, until they are let go of: then others are written there. */
  view(place: BytePlace, length: number): Uint8Array<ArrayBuffer>;
  /** Lets go of what was kept there. */
  forget(room: number): void;
}

/** @internal */
export interface BytePlace {
  /** Of those that are in use. */
  readonly room: number;
  /** A multiple of 4. */
  readonly offset: number;
}

interface Room {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many things are in it. */
  kept: number;
}

const roomBytes = 32 * 1024;

/** More than this has a room to itself. */
const largeBytes = roomBytes / 4;

export function createByteRooms(): ByteRooms {
  const rooms: (Room | null)[] = [];
  /** The room that is being filled, and how far. */
  let current = -1;
  let used = Infinity;
  /** An empty room, to be filled next: as a rule nothing is left behind for the collector. */
  let spare = -1;

  function add(bytes: Uint8Array<ArrayBuffer>): number {
    const free = rooms.indexOf(null);
    const number = free < 0 ? rooms.length : free;
    rooms[number] = { bytes, kept: 0 };
    return number;
  }

  function open(): void {
    used = 0;
    if (rooms[current]?.kept === 0) return;
    current = spare < 0 ? add(new Uint8Array(roomBytes)) : spare;
    spare = -1;
  }

  return {
    keep(bytes) {
      if (bytes.length > largeBytes) {
        const own = add(new Uint8Array(bytes));
        rooms[own]!.kept = 1;
        return { room: own, offset: 0 };
      }
      if (used + bytes.length > roomBytes) open();
      const room = rooms[current]!;
      const offset = used;
      room.bytes.set(bytes, offset);
      room.kept++;
      used = Math.ceil((offset + bytes.length) / 4) * 4;
      return { room: current, offset };
    },
    view: ({ room, offset }, length) => rooms[room]!.bytes.subarray(offset, offset + length),
    forget(number) {
      const room = rooms[number]!;
      room.kept--;
      if (room.kept > 0 || number === current) return;
      if (spare < 0 && room.bytes.length === roomBytes) spare = number;
      else rooms[number] = null;
    },
  };
}
