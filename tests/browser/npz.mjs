// Arrays of the .npz files that the program writes: ZIP files of .npy files, not compressed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const types = { "<f4": Float32Array, "<f8": Float64Array, "|u1": Uint8Array };

/** The arrays of a file by name, as `{ shape, values }`. */
export function npz(file) {
  const bytes = readFileSync(file);
  const arrays = {};
  // The table of contents is at the end, and its own end holds its place.
  let at = bytes.readUInt32LE(bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1")) + 16);
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    assert.equal(bytes.readUInt16LE(at + 10), 0, "not compressed");
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const title = bytes.toString("utf8", at + 46, at + 46 + name).replace(/\.npy$/, "");
    const local = bytes.readUInt32LE(at + 42);
    const body = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    arrays[title] = npy(bytes.subarray(body));
    at += 46 + name + extra + comment;
  }
  return arrays;
}

/** The array that begins here: its shape says where it ends. */
function npy(bytes) {
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  const [, kind] = header.match(/'descr': '([^']+)'/);
  const [, sizes] = header.match(/'shape': \(([^)]*)\)/);
  const shape = sizes.split(",").filter((n) => n.trim()).map(Number);
  const Type = types[kind];
  assert(Type, `an array of ${kind}`);
  const length = shape.reduce((a, b) => a * b, 1) * Type.BYTES_PER_ELEMENT;
  return { shape, values: new Type(Uint8Array.from(bytes.subarray(start, start + length)).buffer) };
}
