"""Models of the workbench in PyTorch. Images go in and come out as ours are, (batch, height, width, channels); in between they are as
PyTorch wants them, channels first."""

import torch
from torch import nn
from torch.nn import functional

from model_file import padding

ACTIVATIONS = {"linear": nn.Identity(), "relu": nn.ReLU(), "sigmoid": nn.Sigmoid()}


class Padded(nn.Module):
    """A convolution or a pooling with padding that may be uneven; `value` is what lies outside of the image."""

    def __init__(self, layer, inner, value):
        super().__init__()
        self.layer, self.inner, self.value = layer, inner, value

    def forward(self, x):
        (top, bottom), (left, right) = padding(self.layer, x.shape[2:])
        return self.inner(functional.pad(x, (left, right, top, bottom), value=self.value))


class Model(nn.Module):
    """An architecture as a module. Parameters are called dense_1.weight, dense_1.bias and so on."""

    def __init__(self, architecture):
        super().__init__()
        self.architecture = architecture
        shape = architecture.input
        for layer in architecture.layers:
            # Only the layers with weights are modules by name; what the others do is in `apply_layer`.
            if layer.kind == "dense":
                self.add_module(layer.name, nn.Linear(shape[0], layer.units))
            elif layer.kind == "conv2d":
                self.add_module(layer.name, nn.Conv2d(shape[2], layer.units, layer.size, layer.stride))
            # A sample of zeros tells the shape that the next layer is given.
            with torch.no_grad():
                shape = tuple(self.apply_layer(layer, torch.zeros(1, *shape)).shape[1:])

    def forward(self, x):
        for layer in self.architecture.layers:
            x = self.apply_layer(layer, x)
        return x

    def apply_layer(self, layer, x):
        activation = ACTIVATIONS[layer.activation]
        match layer.kind:
            case "dense":
                return activation(self.get_submodule(layer.name)(x))
            case "conv2d":
                return activation(on_images(Padded(layer, self.get_submodule(layer.name), 0.0), x))
            case "max_pooling2d":
                return on_images(Padded(layer, nn.MaxPool2d(layer.size, layer.stride), float("-inf")), x)
            case "up_sampling2d":
                down, right = layer.size
                return x.repeat_interleave(down, 1).repeat_interleave(right, 2)
            case "activation":
                return activation(x)
            case "flatten":
                return x.flatten(1)
            case "reshape":
                return x.reshape(-1, *layer.size)
            case "activity_regularization":
                # A penalty in training, which is the training's business.
                return x
            case "sampling":
                mean, log_variance = x.chunk(2, -1)
                return mean + torch.exp(log_variance / 2) * torch.randn_like(mean) if self.training else mean
        raise ValueError(f"no module for {layer.kind}")


def on_images(module, x):
    return module(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


# Our kernels are (in, out) and (height, width, in, out); PyTorch's are (out, in) and (out, in, height, width).
TO_TORCH = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}
FROM_TORCH = {1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}


def put(model, tensors):
    """Gives the model these weights."""
    state = {name.replace("/kernel", ".weight").replace("/bias", ".bias"): torch.tensor(array.transpose(TO_TORCH[array.ndim]).copy())
             for name, array in tensors.items()}
    model.load_state_dict(state)


def take(model):
    """The model's weights by our names, in our order of axes."""
    return {name.replace(".weight", "/kernel").replace(".bias", "/bias"): tensor.numpy().transpose(FROM_TORCH[tensor.ndim])
            for name, tensor in model.state_dict().items()}
