// Gray and color PNG files, for runs on folders of images.
import { crc32, deflateSync } from "node:zlib";

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body) >>> 0, 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG file of `pixels` (bytes, [height, width, channels], 1 or 3 channels). */
export function png(pixels, height, width, channels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a sample; gray is color type 0, RGB is 2.
  header.set([8, channels === 3 ? 2 : 0], 8);
  const row = width * channels;
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.concat([Buffer.alloc(1), Buffer.from(pixels.subarray(y * row, (y + 1) * row))]));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const data = deflateSync(Buffer.concat(rows));
  return Buffer.concat([
    signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0)),
  ]);
}
