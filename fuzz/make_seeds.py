"""Writes seeds/: small sound files of every kind, and a few that are nearly sound, for the fuzzer to start from.

Python's standard library only, so that no seed is made by the code that it tests. `python3 make_seeds.py` beside this file.
"""

import gzip
import pathlib
import struct
import zlib

SEEDS = pathlib.Path(__file__).parent / "seeds"


def put(target, name, content):
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def idx(code, dims, payload):
    return struct.pack(f">BBBB{len(dims)}I", 0, 0, code, len(dims), *dims) + payload


def gz(content):
    return gzip.compress(content, mtime=0)


def chunk(kind, content):
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(cols, rows, depth, colour, raw, *before, interlaced=0):
    header = struct.pack(">IIBBBBB", cols, rows, depth, colour, 0, 0, interlaced)
    chunks = [chunk(b"IHDR", header), *before, chunk(b"IDAT", zlib.compress(raw, 9)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def idx_seeds():
    images = idx(8, [2, 2, 3], bytes(range(0, 240, 20)))
    put("idx_images", "plain", images)
    put("idx_images", "gzip", gz(images))
    put("idx_images", "two-streams", gz(images[:20]) + gz(images[20:]))
    put("idx_images", "stored", gzip.compress(images, compresslevel=0, mtime=0))
    put("idx_images", "cut", images[:-1])
    put("idx_images", "trailing", images + b"\0")
    put("idx_images", "bad-crc", gz(images)[:-8] + bytes(4) + gz(images)[-4:])
    put("idx_images", "huge", idx(8, [2**32 - 1] * 3, b"\0"))
    put("idx_images", "zeros", gz(idx(8, [8, 64, 64], bytes(8 * 64 * 64))))
    for code, letter in [(9, "b"), (11, "h"), (12, "i"), (13, "f"), (14, "d")]:
        put("idx_images", f"type-{code:02x}", idx(code, [1, 2, 2], struct.pack(f">4{letter}", 1, 2, 3, 4)))
    labels = idx(8, [5], bytes([5, 0, 4, 1, 9]))
    put("idx_labels", "plain", labels)
    put("idx_labels", "gzip", gz(labels))
    put("idx_labels", "cut-trailer", gz(labels)[:-3])
    put("idx_labels", "rubbish-behind", gz(labels) + b"rubbish")
    put("idx_labels", "rank-0", idx(8, [], b"\7"))
    put("idx_labels", "none", idx(8, [0], b""))
    put("idx_labels", "html", b"<!DOCTYPE html><html><title>404</title>")


def png_seeds():
    palette = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]))
    for depth in [1, 2, 4, 8, 16]:
        line = bytes(range(1, depth + 1)) * 2
        put("png_image", f"gray-{depth}", png(16, 2, depth, 0, 2 * (b"\0" + line)))
        if depth <= 8:
            indices = bytes([0b00011011 if depth < 4 else 0x12 if depth == 4 else 2]) * (2 * depth)
            ready = palette + chunk(b"tRNS", b"\0\x80")
            # A palette of one bit has two colours, and two are enough for it.
            ready = chunk(b"PLTE", bytes(6)) if depth == 1 else ready
            put("png_image", f"indexed-{depth}", png(16, 2, depth, 3, 2 * (b"\0" + indices), ready))
        if depth >= 8:
            for name, colour, channels in [("rgb", 2, 3), ("gray-alpha", 4, 2), ("rgba", 6, 4)]:
                line = bytes(range(7, 7 + 5 * channels * depth // 8))
                # The five filters, one a row.
                rows = b"".join(bytes([kind]) + line for kind in range(5))
                put("png_image", f"{name}-{depth}", png(5, 5, depth, colour, rows))
    put("png_image", "transparent-gray", png(2, 1, 8, 0, b"\0\x09\x0a", chunk(b"tRNS", b"\0\x09")))
    put("png_image", "interlaced", png(2, 2, 8, 0, b"\0\x01\0\x02\0\x03\x04", interlaced=1))
    put("png_image", "profile", png(1, 1, 8, 0, b"\0\x01", chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(99)))))
    put("png_image", "text", png(1, 1, 8, 0, b"\0\x01", chunk(b"zTXt", b"t\0\0" + zlib.compress(bytes(99)))))
    put("png_image", "animated", png(1, 1, 8, 0, b"\0\x01", chunk(b"acTL", struct.pack(">II", 1, 0)),
                                     chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 1, 1, 0, 0, 1, 1, 0, 0))))
    stroke = b"".join(b"\0" + (bytes(40) if r not in range(8, 30) else bytes(18) + b"\xff" * 3 + bytes(19)) for r in range(40))
    put("png_image", "stroke", png(40, 40, 8, 0, stroke))
    put("png_image", "bomb", png(2**31 - 1, 2**31 - 1, 16, 6, b"\0"))
    put("png_image", "short-of-pixels", png(4, 4, 8, 0, b"\0\x01\x02\x03\x04"))


idx_seeds()
png_seeds()
