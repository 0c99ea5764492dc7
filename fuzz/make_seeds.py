"""Writes seeds/: small sound files of every kind, and a few that are nearly sound, for the fuzzer to start from.

Python's standard library only, so that no seed is made by the code that it tests. `python3 make_seeds.py` beside this file.
"""

import gzip
import hashlib
import io
import json
import pathlib
import struct
import zipfile
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


def png(cols, rows, depth, color, raw, *before, interlaced=0):
    header = struct.pack(">IIBBBBB", cols, rows, depth, color, 0, 0, interlaced)
    chunks = [chunk(b"IHDR", header), *before, chunk(b"IDAT", zlib.compress(raw, 9)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def safetensors(words, tensors, data):
    """The layout: the header's length, the header as JSON, padded, and the tensors' bytes. The checksum is the header's first
    word and is computed with zeros in its place."""
    said = {"sha256": "0" * 64, "format": "1", **words}
    header = json.dumps({"__metadata__": said, **tensors}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    content = struct.pack("<Q", len(header)) + header + data
    return content.replace(b"0" * 64, hashlib.sha256(content).hexdigest().encode(), 1)


def tensor(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def checkpoint_seeds():
    kernel, history = struct.pack("<4f", 1, -2, 0.5, float("nan")), struct.pack("<2d", 0.25, 0.125)
    both = {"history/loss": tensor("F64", [2], 0, 16), "dense/kernel": tensor("F32", [2, 2], 16, 32)}
    whole = safetensors({"kind": "checkpoint", "epoch": "3"}, both, history + kernel)
    put("checkpoint", "whole", whole)
    put("checkpoint", "words-only", safetensors({"kind": "model"}, {}, b""))
    put("checkpoint", "scalar", safetensors({}, {"x": tensor("F32", [], 0, 4)}, kernel[:4]))
    put("checkpoint", "nothing", safetensors({}, {"x": tensor("F32", [0, 5], 0, 0)}, b""))
    put("checkpoint", "integers", safetensors({}, {"x": tensor("I64", [1], 0, 8)}, bytes(8)))
    put("checkpoint", "future", safetensors({"format": "2"}, {}, b""))
    put("checkpoint", "overlap", safetensors({}, {n: tensor("F32", [1], 0, 4) for n in "xy"}, kernel[:4]))
    huge = tensor("F32", [2**32, 2**32], 0, 4)
    put("checkpoint", "huge", safetensors({}, {"x": huge}, kernel[:4]))
    put("checkpoint", "cut", whole[:-1])
    put("checkpoint", "flipped", whole[:-1] + b"\1")
    put("checkpoint", "long-header", struct.pack("<Q", 2**63) + whole[8:])


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
            # A palette of one bit has two colors, and two are enough for it.
            ready = chunk(b"PLTE", bytes(6)) if depth == 1 else ready
            put("png_image", f"indexed-{depth}", png(16, 2, depth, 3, 2 * (b"\0" + indices), ready))
        if depth >= 8:
            for name, color, channels in [("rgb", 2, 3), ("gray-alpha", 4, 2), ("rgba", 6, 4)]:
                line = bytes(range(7, 7 + 5 * channels * depth // 8))
                # The five filters, one a row.
                rows = b"".join(bytes([kind]) + line for kind in range(5))
                put("png_image", f"{name}-{depth}", png(5, 5, depth, color, rows))
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


def model_seeds():
    def toml(encoder, decoder, before="", after=""):
        lists = "".join(f"{part} = [{', '.join(map(repr, layers))}]\n" for part, layers in [("encoder", encoder), ("decoder", decoder)])
        return (before + lists + after).encode()

    dense = ["dense {latent} relu"], ["dense {pixels} sigmoid"]
    put("model_toml", "dense", toml(*dense, "about = 'one layer each way'\nlatent = 7\n"))
    put("model_toml", "training", toml(*dense, after="[training]\noptimizer = 'adam'\nlr = 1e-3\nepochs = 4\nbatch = 8\n"))
    put("model_toml", "variational", toml(["dense {2*latent} linear", "sampling 0.5"], ["dense {pixels} sigmoid"]))
    put("model_toml", "sparse", toml(["dense 64 relu", "activity_regularization 1e-4"], ["dense {pixels} sigmoid"]))
    put("model_toml", "convolutions", toml(
        ["conv2d 8 3x3 stride 2x2 valid relu", "max_pooling2d 2x2", "flatten", "dense 3 linear"],
        ["dense {height/4*width/4*2} relu", "reshape {height/4}x{width/4}x2", "up_sampling2d 4x4", "activation sigmoid"]))
    put("model_toml", "words", b"input 28x28x1; conv2d 8 3x3 relu; flatten | dense 784 linear; activation sigmoid")
    put("model_toml", "words-all", b"input 16; reshape 4x4x1; shortcut; conv2d 1 3x3 stride 1x1 same relu; add; zero_padding2d 1 1 1 1; cropping2d 1 1 1 1; max_pooling2d 2x2 stride 1x1; conv2d_transpose 2 3x3 stride 2x2 same linear; up_sampling2d 2x1; flatten; dropout 0.1; activity_regularization 0.1; dense 8 linear; activation elu:0.5; sampling 1 | dense 16 sigmoid")
    put("model_toml", "no-decoder", b"encoder = ['dense 3 relu']\n")
    put("model_toml", "unknown-key", toml(*dense, "latnet = 3\n"))
    put("model_toml", "unknown-layer", toml(["lstm 3"], dense[1]))
    put("model_toml", "open-brace", toml(["dense {latent relu"], dense[1]))
    put("model_toml", "by-nought", toml(["dense {height/0} relu"], dense[1]))
    put("model_toml", "beyond-counting", toml(["dense {" + "*".join(["9999999999"] * 3) + "} relu"], dense[1]))


def npy(descr, shape, payload, fortran=False, version=1):
    text = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + payload


def npz(method, **arrays):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, array in arrays.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), array, method)
    return content.getvalue()


def array_seeds():
    put("npy_array", "bytes", npy("'|u1'", (2, 2, 2), bytes(8)))
    put("npy_array", "fortran", npy("'<f4'", (2, 3), struct.pack("<6f", *range(6)), fortran=True))
    put("npy_array", "doubles", npy("'>f8'", (3,), struct.pack(">3d", 0, 0.5, 1), version=2))
    put("npy_array", "halves", npy("'<f2'", (2,), b"\0\x3c\0\x38"))
    put("npy_array", "longs", npy("'<i8'", (2,), struct.pack("<2q", -1, 7)))
    put("npy_array", "scalar", npy("'<i4'", (), struct.pack("<i", -1)))
    put("npy_array", "objects", npy("'|O'", (1,), b"\x80\x04N."))
    put("npy_array", "fields", npy("[('a', '<f4')]", (1,), bytes(4)))
    put("npy_array", "huge", npy("'<f8'", (2**40, 2**40), b""))
    put("npy_array", "cut", npy("'|u1'", (9,), bytes(4)))
    put("npy_array", "nothing", b"")
    images, labels = npy("'|u1'", (2, 2, 2), bytes(8)), npy("'<i8'", (2,), bytes(16))
    put("npz_archive", "stored", npz(zipfile.ZIP_STORED, x_train=images, y_train=labels))
    put("npz_archive", "deflated", npz(zipfile.ZIP_DEFLATED, train_images=images, train_labels=labels))
    put("npz_archive", "cut", npz(zipfile.ZIP_STORED, x=images)[:-30])
    put("npz_archive", "huge", npz(zipfile.ZIP_DEFLATED, x=npy("'|u1'", (2**40,), bytes(99))))


def table_seeds():
    put("csv_table", "labelled", b"label,pixel0,pixel1,pixel2,pixel3\n7,0,1,2,255\n3,4,5,6,7\n")
    put("csv_table", "plain", b"7,0,1,2,255\r\n3,4,5,6,7\r\n")
    put("csv_table", "quotes", b'"label","0","1","2","3"\n"a ""cat""","0.5","1","0","0"\n')
    put("csv_table", "semicolons", b"\xef\xbb\xbf7;0,5;1;1;1\n")
    put("csv_table", "missing", b"7,0,,2,255\n")
    # Rows of measurements: names, labels in the last column, other units, no number.
    put("csv_table", "vectors", b"t0,t1,label\n-0.5,3e2,normal\n1.25,-2.5E-3,spike\n")
    put("csv_table", "vectors_tabs", b"1\t300.5\t-2\r\n2\t299.75\t+4\r\n")
    put("csv_table", "vectors_nan", b"beat,t0,t1\n1,0.5,NaN\n2,inf,0.25\n")


checkpoint_seeds()
array_seeds()
table_seeds()
idx_seeds()
model_seeds()
png_seeds()
