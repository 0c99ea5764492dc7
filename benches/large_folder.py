#!/usr/bin/env python3
"""Writes a large folder of color images, for measuring `ae-app` on more images than memory.

    python benches/large_folder.py FOLDER IMAGES [SIDE]
    ae-app data FOLDER --out DATA
    ae-app dense --dataset FOLDER --classes all --epochs 1 --out RUN

IMAGES PNG files of SIDE x SIDE pixels (128). Their pixels repeat after 1000 images, but no two
files are equal: each has its number in a text chunk. So writing them takes little time, and
decoding them takes as long as if they all were different.
"""

import os
import random
import struct
import sys
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixels(side, seed):
    """Rectangles of random colors, row by row, each row behind its filter byte."""
    draw = random.Random(seed)
    rows = [bytearray(3 * side) for _ in range(side)]
    for _ in range(12):
        left, right = sorted(draw.randrange(side + 1) for _ in range(2))
        top, bottom = sorted(draw.randrange(side + 1) for _ in range(2))
        color = bytes(draw.randrange(256) for _ in range(3))
        for row in rows[top:bottom]:
            row[3 * left : 3 * right] = color * (right - left)
    return b"".join(b"\0" + bytes(row) for row in rows)


def main():
    folder, images = sys.argv[1], int(sys.argv[2])
    side = int(sys.argv[3]) if len(sys.argv) > 3 else 128
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    different = [chunk(b"IDAT", zlib.compress(pixels(side, i), 1)) for i in range(min(1000, images))]
    for kind in range(10):
        os.makedirs(os.path.join(folder, f"class-{kind}"), exist_ok=True)
    for i in range(images):
        number = chunk(b"tEXt", b"number\0" + str(i).encode())
        path = os.path.join(folder, f"class-{i % 10}", f"{i:07}.png")
        with open(path, "wb") as file:
            file.write(head + number + different[i % len(different)] + chunk(b"IEND", b""))


if __name__ == "__main__":
    main()
