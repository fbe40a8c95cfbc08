// What has happened: the events, the connections, and what each byte belongs to.

/** Both directions, in the order of the faults. */
export const DIRECTIONS = ["client-to-server", "server-to-client"];

export const other = (direction) => DIRECTIONS[1 - DIRECTIONS.indexOf(direction)];

/** True if the event has bytes. */
export const isPiece = (event) => event.event === "arrived" || event.event === "sent";

export class Session {
  constructor(head) {
    this.head = head;
    this.faults = head.faults;
    this.events = [];
    this.connections = [];
    this.streams = new Map();
    /** A stream has turned out to be one of frames since this was last set. */
    this.reframed = false;
    /** So many of the first events are not here. */
    this.dropped = 0;
  }

  get datagrams() {
    return this.head.transport === "udp";
  }

  /** Takes events; returns how many of the oldest had to go for them. */
  add(events) {
    for (const event of events) {
      if (event.event === "faults") this.faults = event.faults;
      if (event.event === "connect" || event.event === "no-server") {
        this.connections.push(event.connection);
      }
      if (isPiece(event)) this.place(event);
      if (event.event !== "closed") this.events.push(event);
    }
    const most = this.head.kept;
    if (this.events.length <= most + most / 10) return 0;
    const gone = this.events.splice(0, this.events.length - most);
    this.dropped += gone.length;
    for (const stream of this.streams.values()) {
      stream.arrived = stream.arrived.filter((event) => event.at >= this.events[0].at);
    }
    return gone.length;
  }

  stream(connection, direction) {
    const key = `${connection} ${direction}`;
    if (!this.streams.has(key)) {
      const frames = () => ({ count: 0, found: false });
      this.streams.set(key, { arrived: [], reads: 0, read: frames(), sent: frames() });
    }
    return this.streams.get(key);
  }

  /** Notes which messages a piece's parts belong to. */
  place(event) {
    const stream = this.stream(event.connection, event.direction);
    event.data = unhex(event.bytes);
    delete event.bytes;
    const arrived = event.event === "arrived";
    event.frames = arrived ? stream.read : stream.sent;
    if (arrived) {
      event.read = this.datagrams ? event.offset : ++stream.reads;
      stream.arrived.push(event);
    }
    const { found } = event.frames;
    count(event.parts ?? [], event.frames);
    if (event.frames.found !== found) this.reframed = true;
    // What goes on as it came is what the other scanner sees, too.
    if (event.onward === "as-they-came") {
      Object.assign(stream.sent, { count: stream.read.count, found: stream.read.found });
    }
  }

  /** A piece as runs of bytes of one message each. */
  segments(event) {
    if (this.datagrams) return [whole(event, event.offset)];
    if (event.frames.found && event.parts) return framed(event);
    if (event.event === "arrived") return [whole(event, event.read)];
    return this.reads(event);
  }

  /** What was sent on, by the reads in which it came. */
  reads(event) {
    const end = event.offset + event.size;
    const segments = this.arrivedWithin(event, event.direction, event.offset, end).map((piece) => {
      const from = Math.max(piece.offset, event.offset) - event.offset;
      const to = Math.min(piece.offset + piece.size, end) - event.offset;
      const starts = piece.offset >= event.offset;
      const ends = piece.offset + piece.size <= end;
      const parts = [{ kind: "plain", from, to }];
      return { message: piece.read, from, to, starts, ends, parts };
    });
    return segments.length > 0 ? segments : [whole(event, 0)];
  }

  /** The pieces of a direction that have bytes between these offsets. */
  arrivedWithin({ connection }, direction, from, to) {
    const { arrived } = this.stream(connection, direction);
    let [low, high] = [0, arrived.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (arrived[middle].offset + arrived[middle].size <= from) low = middle + 1;
      else high = middle;
    }
    const found = [];
    while (low < arrived.length && arrived[low].offset < to) found.push(arrived[low++]);
    return found;
  }

  /** The bytes of a direction from one offset to another: null where there are none. */
  bytesAt(event, direction, from, to) {
    if (this.datagrams) {
      const { arrived } = this.stream(event.connection, direction);
      const piece = arrived.find((piece) => piece.offset === event.offset);
      return Array.from({ length: to - from }, (_, at) => piece?.data[from + at] ?? null);
    }
    const bytes = new Array(to - from).fill(null);
    for (const piece of this.arrivedWithin(event, direction, from, to)) {
      const first = Math.max(from, piece.offset);
      const last = Math.min(to, piece.offset + piece.data.length);
      for (let at = first; at < last; at++) bytes[at - from] = piece.data[at - piece.offset];
    }
    return bytes;
  }
}

function count(parts, frames) {
  for (const part of parts) {
    if (part.kind === "length" && part.starts) frames.count++;
    // Any four bytes can be a length: it takes a whole frame to believe in them.
    if (["header", "body"].includes(part.kind) && part.ends) frames.found = true;
    part.message = part.kind === "unknown" ? 0 : frames.count;
  }
}

function whole(event, message) {
  const parts = [{ kind: "plain", from: 0, to: event.size }];
  return { message, from: 0, to: event.size, starts: true, ends: true, parts };
}

function framed(event) {
  const segments = [];
  let at = 0;
  for (const part of event.parts) {
    const to = at + part.size;
    const last = segments.at(-1);
    const shown = { kind: part.kind, number: part.number, from: at, to };
    const ends = part.ends && !(part.kind === "length" && part.number > 0);
    if (last?.message === part.message) {
      last.parts.push(shown);
      Object.assign(last, { to, ends });
    } else {
      const { message } = part;
      const starts = part.kind === "unknown" || (part.kind === "length" && part.starts);
      segments.push({ message, from: at, to, starts, ends, parts: [shown] });
    }
    at = to;
  }
  // More parts than were told apart.
  if (at < event.size) {
    const parts = [{ kind: "plain", from: at, to: event.size }];
    segments.push({ message: 0, from: at, to: event.size, starts: false, ends: true, parts });
  }
  return segments;
}

function unhex(digits) {
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

const NAMES = { 0: "\\0", 9: "\\t", 10: "\\n", 13: "\\r" };

/** The text of each byte: a character stands at its first byte, "" at its others. */
export function characters(bytes) {
  const shown = [];
  for (let at = 0; at < bytes.length; ) {
    const length = utf8(bytes, at);
    if (length > 1) {
      shown.push(new TextDecoder().decode(Uint8Array.from(bytes.slice(at, at + length))));
      for (let more = 1; more < length; more++) shown.push("");
    } else {
      shown.push(single(bytes[at]));
    }
    at += length;
  }
  return shown;
}

export const hex = (byte) => byte.toString(16).padStart(2, "0");

function single(byte) {
  if (byte === null) return "";
  if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
  return NAMES[byte] ?? `\\x${hex(byte)}`;
}

/** How many bytes the character that begins here has; 1 if it is none. */
function utf8(bytes, at) {
  const first = bytes[at];
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (length === 1 || at + length > bytes.length) return 1;
  const slice = bytes.slice(at, at + length);
  if (slice.includes?.(null)) return 1;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(slice));
    return [...text].length === 1 ? length : 1;
  } catch {
    return 1;
  }
}
