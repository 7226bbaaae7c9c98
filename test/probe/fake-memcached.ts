/**
 * As much of memcached's binary protocol as a set and a get need (memcached's doc/protocol-binary): a header of 24 bytes,
 * then extras, key and value.
 */
import type { Socket } from 'node:net';

const HEADER_BYTES = 24;
const GET = 0;
const STAT = 0x10;
const NOT_FOUND = 1;

export interface FakeMemory {
  readonly values: Map<string, string>;
  readonly expiresS: number[];
  /** Takes what it is given and forgets it. */
  readonly isForgetful?: boolean;
  /** What it says that it has counted. */
  readonly stats?: () => Readonly<Record<string, number>>;
  /** Status of each answer to a set, e.g. 0x82 = out of memory. */
  readonly setStatus?: number;
}

export function serveMemcached(memory: FakeMemory): (socket: Socket) => void {
  return (socket) => {
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        if (received.length < HEADER_BYTES) return;
        const end = HEADER_BYTES + received.readUInt32BE(8);
        if (received.length < end) return;
        socket.write(answer(received.subarray(0, end), memory));
        received = received.subarray(end);
      }
    });
  };
}

function answer(
  request: Buffer,
  { values, expiresS, isForgetful = false, setStatus = 0, stats = () => ({}) }: FakeMemory,
): Buffer {
  const extrasEnd = HEADER_BYTES + request.readUInt8(4);
  const keyEnd = extrasEnd + request.readUInt16BE(2);
  const key = request.subarray(extrasEnd, keyEnd).toString();
  if (request.readUInt8(1) === GET) {
    const value = values.get(key);
    if (value === undefined) return reply(request, NOT_FOUND, Buffer.alloc(0), '');
    return reply(request, 0, Buffer.alloc(4), value);
  }
  if (request.readUInt8(1) === STAT) {
    const lines = Object.entries(stats()).map(([name, count]) =>
      reply(request, 0, Buffer.alloc(0), String(count), name),
    );
    return Buffer.concat([...lines, reply(request, 0, Buffer.alloc(0), '')]);
  }
  expiresS.push(request.readUInt32BE(HEADER_BYTES + 4));
  if (!isForgetful) values.set(key, request.subarray(keyEnd).toString());
  return reply(request, setStatus, Buffer.alloc(0), '');
}

function reply(request: Buffer, status: number, extras: Buffer, value: string, key = ''): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(0x81, 0);
  header.writeUInt8(request.readUInt8(1), 1);
  header.writeUInt16BE(Buffer.byteLength(key), 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt16BE(status, 6);
  header.writeUInt32BE(extras.length + Buffer.byteLength(key) + Buffer.byteLength(value), 8);
  request.copy(header, 12, 12, 16);
  return Buffer.concat([header, extras, Buffer.from(key), Buffer.from(value)]);
}
