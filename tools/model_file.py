"""The workbench's model files, and the words in which they describe a model.

A file is safetensors with a checksum as the first thing in its header (crates/ae-checkpoint/README.md): the SHA-256 of the whole file, with
zeros where its digits stand.
"""

import hashlib
import json
import re
import struct
from dataclasses import dataclass, field

import numpy as np
from safetensors.numpy import load_file

BEGINNING = b'{"__metadata__":{"sha256":"'


def read(path):
    """The tensors of a file by name, and its words. Raises ValueError if the checksum is not that of the content."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    start = 8 + len(BEGINNING)
    found = bytes(content[start:start + 64])
    content[start:start + 64] = b"0" * 64
    if content[8:start] != BEGINNING or hashlib.sha256(content).hexdigest().encode() != found:
        raise ValueError(f"{path}: expected a file that ae-app has written, found another beginning or checksum")
    length, = struct.unpack("<Q", content[:8])
    words = json.loads(content[8:8 + length])["__metadata__"]
    return load_file(path), {key: word for key, word in words.items() if key not in ("sha256", "format")}


def write(path, tensors, words):
    """Writes tensors, as f32, and words so that ae-app reads them."""
    header = {"__metadata__": {"sha256": "0" * 64, "format": "1", **dict(sorted(words.items()))}}
    body = b""
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name], "<f4")
        end = len(body) + array.nbytes
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(body), end]}
        body += array.tobytes()
    header = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    content = bytearray(struct.pack("<Q", len(header)) + header + body)
    start = 8 + len(BEGINNING)
    content[start:start + 64] = hashlib.sha256(content).hexdigest().encode()
    with open(path, "wb") as file:
        file.write(content)


@dataclass
class Layer:
    """A layer in words: its kind, its name (dense_1), and what is set about it."""

    kind: str
    name: str
    units: int = 0
    size: tuple = ()
    stride: tuple = ()
    padding: str = ""
    activation: str = "linear"
    factor: float = 0.0


@dataclass
class Architecture:
    """The input's shape, the layers, and how many of them encode (0: not divided)."""

    input: tuple
    layers: list = field(default_factory=list)
    encoder: int = 0


SIZE = r"(?P<size>\d+(?:x\d+)*)"
WINDOW = SIZE + r" stride (?P<stride>\d+x\d+) (?P<padding>same|valid)"
ACTIVATION = r"(?P<activation>linear|relu|sigmoid)"
PATTERNS = {
    "dense": rf"dense (?P<units>\d+) {ACTIVATION}",
    "conv2d": rf"conv2d (?P<units>\d+) {WINDOW} {ACTIVATION}",
    "max_pooling2d": rf"max_pooling2d {WINDOW}",
    "up_sampling2d": rf"up_sampling2d {SIZE}",
    "activation": rf"activation {ACTIVATION}",
    "flatten": "flatten",
    "reshape": rf"reshape {SIZE}",
    # One number: the weight of a penalty.
    "activity_regularization": r"activity_regularization (?:[a-z_0-9]+ )?(?P<factor>\S+)",
    "sampling": r"sampling (?:[a-z_0-9]+ )?(?P<factor>\S+)",
}


def parse(words):
    """`input 784; dense 10 relu | dense 784 sigmoid` as an Architecture (crates/ae-layers/src/architecture.rs)."""
    first, *parts = re.split(r"(; | \| )", words)
    architecture = Architecture(extents(first.removeprefix("input ")))
    counts = {}
    for separator, text in zip(parts[::2], parts[1::2]):
        kind = text.split(" ")[0]
        match = re.fullmatch(PATTERNS.get(kind, "(?!)"), text)
        if match is None:
            raise ValueError(f"expected a layer, found {text!r} in {words!r}")
        if separator == " | ":
            architecture.encoder = len(architecture.layers)
        counts[kind] = counts.get(kind, 0) + 1
        convert = {"units": int, "size": extents, "stride": extents, "factor": float}
        found = {key: convert.get(key, str)(value) for key, value in match.groupdict().items()}
        architecture.layers.append(Layer(kind, f"{kind}_{counts[kind]}", **found))
    return architecture


def extents(text):
    return tuple(int(extent) for extent in text.split("x"))


def padding(layer, image):
    """Padding by TensorFlow's rule, ((top, bottom), (left, right)): the odd pixel comes last (crates/ae-onnx/README.md)."""
    if layer.padding == "valid":
        return ((0, 0), (0, 0))
    totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(image, layer.size, layer.stride)]
    return tuple((total // 2, total - total // 2) for total in totals)
