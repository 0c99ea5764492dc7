#!/usr/bin/env python3
"""Converts models of the workbench to Keras 3 and PyTorch, and back. See README.md."""

import argparse
import importlib.util
import os
import sys

# The default backend of Keras: JAX, the smallest that trains, or PyTorch if only that is installed.
torch_alone = importlib.util.find_spec("torch") and not importlib.util.find_spec("jax")
os.environ.setdefault("KERAS_BACKEND", "torch" if torch_alone else "jax")

import model_file


def to_keras(source, target):
    import keras_model
    tensors, metadata = model_file.read(source)
    model = keras_model.build(model_file.architecture(metadata, source))
    keras_model.put(model, tensors)
    model.save(target)


def from_keras(source, target, like):
    import keras
    import keras_model  # noqa: F401, for the layers that it registers
    back(keras_model.take(keras.saving.load_model(source)), target, like)


def to_torch(source, target):
    import torch
    import torch_model
    tensors, metadata = model_file.read(source)
    model = torch_model.Model(model_file.architecture(metadata, source))
    torch_model.put(model, tensors)
    torch.save({"description": metadata["description"], "state_dict": model.state_dict()}, target)


def load_torch(source):
    """Returns the module in a file written by `to-torch`. Only tensors and text are read."""
    import torch
    import torch_model
    saved = torch.load(source, weights_only=True)
    model = torch_model.Model(model_file.described(saved["description"]))
    model.load_state_dict(saved["state_dict"])
    return model


def from_torch(source, target, like):
    import torch_model
    back(torch_model.take(load_torch(source)), target, like)


def back(tensors, target, like):
    """Writes weights with the metadata of the model that they were trained from."""
    originals, metadata = model_file.read(like)
    expected, found = ({name: array.shape for name, array in of.items()} for of in (originals, tensors))
    if expected != found:
        raise ValueError(f"{like}: expected weights {expected}, found {found}")
    metadata["trained"] = "elsewhere, after " + metadata["trained"]
    model_file.write(target, tensors, metadata)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, action in [("to-keras", to_keras), ("to-torch", to_torch), ("from-keras", from_keras), ("from-torch", from_torch)]:
        command = commands.add_parser(name)
        command.add_argument("source")
        command.add_argument("target")
        if name.startswith("from"):
            command.add_argument("--like", required=True, metavar="MODEL", help="the model.safetensors it came from")
        command.set_defaults(action=action)
    args = vars(parser.parse_args())
    action = args.pop("action")
    del args["command"]
    try:
        action(**args)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
