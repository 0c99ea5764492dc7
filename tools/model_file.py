"""The workbench's model files, and how they describe a model.

A file is in the safetensors format, with a checksum as the first entry of its header (crates/ae-checkpoint/README.md): the
SHA-256 of the whole file, with zeros in place of its digits.
"""

import hashlib
import json
import struct
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load_file

BEGINNING = b'{"__metadata__":{"sha256":"'


def read(path):
    """Returns the tensors of a file by name, and its metadata. Raises ValueError if the checksum does not match the content."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    start = 8 + len(BEGINNING)
    found = bytes(content[start:start + 64])
    content[start:start + 64] = b"0" * 64
    if content[8:start] != BEGINNING or hashlib.sha256(content).hexdigest().encode() != found:
        raise ValueError(f"{path}: expected a file that ae-app has written, found another beginning or checksum")
    length, = struct.unpack("<Q", content[:8])
    metadata = json.loads(content[8:8 + length])["__metadata__"]
    return load_file(path), {key: value for key, value in metadata.items() if key not in ("sha256", "format")}


def write(path, tensors, metadata):
    """Writes tensors, as f32, and metadata in the format that ae-app reads."""
    header = {"__metadata__": {"sha256": "0" * 64, "format": "1", **dict(sorted(metadata.items()))}}
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
    """A layer of a model: its name (dense_1), its kind (dense), its class and configuration in Keras, and the shapes of one sample."""

    name: str
    kind: str
    keras_class: str
    config: dict
    input: tuple
    output: tuple


@dataclass
class Architecture:
    """The input's shape, the layers, and the number of layers in the encoder (0: not divided)."""

    input: tuple
    layers: list
    encoder: int


def architecture(metadata, path):
    """Returns the model of a file, from the JSON in its metadata (`Architecture::to_json` of crates/ae-layers)."""
    if "description" not in metadata:
        version = metadata.get("crate_version", "an unknown version")
        raise ValueError(f"{path}: written by version {version}, which did not describe layers as JSON: train the model again")
    return described(metadata["description"])


def described(text):
    """Returns the model described by this JSON."""
    description = json.loads(text)
    layers = []
    for layer in description["layers"]:
        if "class" not in layer:
            raise ValueError(f"{layer['name']}: expected a layer that Keras has, found {layer['kind']!r}")
        shapes = {key: tuple(layer[key]) for key in ("input", "output")}
        layers.append(Layer(layer["name"], layer["kind"], layer["class"], layer["config"], **shapes))
    return Architecture(tuple(description["input"]), layers, description["encoder"])


def padding(layer, image, size):
    """Padding by TensorFlow's rule, ((top, bottom), (left, right)): the odd pixel comes last (crates/ae-onnx/README.md)."""
    if layer.config["padding"] == "valid":
        return ((0, 0), (0, 0))
    totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(image, size, layer.config["strides"])]
    return tuple((total // 2, total - total // 2) for total in totals)
