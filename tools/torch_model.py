"""Models of the workbench in PyTorch. Inputs and outputs are images in our order, (batch, height, width, channels); in between
they are in PyTorch's order, channels first."""

import torch
from torch import nn
from torch.nn import functional

from model_file import padding

# The parameters are those of Keras where they differ from PyTorch's.
ACTIVATIONS = {
    "linear": nn.Identity(), "relu": nn.ReLU(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "softplus": nn.Softplus(),
    "leaky_relu": nn.LeakyReLU(0.2), "elu": nn.ELU(1.0),
}


def activation(config):
    """Returns an activation by its name, or by the layer of Keras that has its parameter."""
    found = config.get("activation", "linear")
    if isinstance(found, str):
        return ACTIVATIONS[found]
    kinds = {"LeakyReLU": lambda config: nn.LeakyReLU(config["negative_slope"]), "ELU": lambda config: nn.ELU(config["alpha"])}
    return kinds[found["class_name"]](found["config"])


def channels_first(x):
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def padded(layer, x, size, value):
    """Pads images, channels first; the padding may be uneven. `value` is the value outside of the image."""
    (top, bottom), (left, right) = padding(layer, x.shape[2:], size)
    return functional.pad(x, (left, right, top, bottom), value=value)


class Dense(nn.Linear):
    def __init__(self, layer):
        super().__init__(layer.input[0], layer.config["units"])


class Conv2D(nn.Conv2d):
    def __init__(self, layer):
        config = layer.config
        super().__init__(layer.input[2], config["filters"], config["kernel_size"], config["strides"])
        self.layer = layer

    def forward(self, x):
        return channels_last(super().forward(padded(self.layer, channels_first(x), self.kernel_size, 0.0)))


class Conv2DTranspose(nn.ConvTranspose2d):
    def __init__(self, layer):
        config = layer.config
        super().__init__(layer.input[2], config["filters"], config["kernel_size"], config["strides"])
        self.layer = layer

    def forward(self, x):
        height, width = self.layer.output[:2]
        # A kernel smaller than its stride leaves pixels at the end that hold only the bias.
        more = [max(s - k, 0) for k, s in zip(self.kernel_size, self.stride)]
        y = functional.conv_transpose2d(channels_first(x), self.weight, self.bias, self.stride, 0, more)
        top, left = [max(k - s, 0) // 2 if self.layer.config["padding"] == "same" else 0 for k, s in zip(self.kernel_size, self.stride)]
        return channels_last(y[:, :, top:top + height, left:left + width])


class Function(nn.Module):
    """A layer without weights: a function of its configuration and its input."""

    def __init__(self, layer, function):
        super().__init__()
        self.layer, self.function = layer, function

    def forward(self, x):
        return self.function(self, self.layer.config, x)


def max_pooling(module, config, x):
    x = padded(module.layer, channels_first(x), config["pool_size"], float("-inf"))
    return channels_last(functional.max_pool2d(x, config["pool_size"], config["strides"]))


def zero_padding(_module, config, x):
    (top, bottom), (left, right) = config["padding"]
    return functional.pad(x, (0, 0, left, right, top, bottom))


def cropping(_module, config, x):
    (top, bottom), (left, right) = config["cropping"]
    return x[:, top:x.shape[1] - bottom, left:x.shape[2] - right]


def sampling(module, _config, x):
    mean, log_variance = x.chunk(2, -1)
    return mean + torch.exp(log_variance / 2) * torch.randn_like(mean) if module.training else mean


# By the class in Keras: a module, or a function of (module, configuration, images). The activation comes afterwards.
MODULES = {"Dense": Dense, "Conv2D": Conv2D, "Conv2DTranspose": Conv2DTranspose}
FUNCTIONS = {
    "MaxPooling2D": max_pooling,
    "UpSampling2D": lambda _, config, x: x.repeat_interleave(config["size"][0], 1).repeat_interleave(config["size"][1], 2),
    "ZeroPadding2D": zero_padding,
    "Cropping2D": cropping,
    "Activation": lambda _, config, x: x,
    "Flatten": lambda _, config, x: x.flatten(1),
    "Reshape": lambda _, config, x: x.reshape(-1, *config["target_shape"]),
    # A penalty that has an effect only in training.
    "ActivityRegularization": lambda _, config, x: x,
    "Sampling": sampling,
    "Dropout": lambda module, config, x: functional.dropout(x, config["rate"], module.training),
    "Identity": lambda _, config, x: x,
    # Of two values: that of the shortcut, and that of the layer before.
    "Add": lambda _, config, pair: pair[0] + pair[1],
}


def module(layer):
    if layer.keras_class in MODULES:
        return MODULES[layer.keras_class](layer)
    if layer.keras_class in FUNCTIONS:
        return Function(layer, FUNCTIONS[layer.keras_class])
    raise ValueError(f"{layer.name}: PyTorch has no equivalent of {layer.keras_class}")


class Model(nn.Module):
    """Returns an architecture as a module. Parameters are called dense_1.weight, dense_1.bias and so on."""

    def __init__(self, architecture):
        super().__init__()
        self.architecture = architecture
        for layer in architecture.layers:
            self.add_module(layer.name, module(layer))

    def forward(self, x):
        kept = []
        for layer in self.architecture.layers:
            if layer.kind == "shortcut":
                kept.append(x)
            elif layer.kind == "add":
                x = kept.pop(), x
            x = activation(layer.config)(self.get_submodule(layer.name)(x))
        return x


# Our kernels are (in, out) and (height, width, in, out); PyTorch's are (out, in) and (out, in, height, width).
TO_TORCH = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}
FROM_TORCH = {1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}


def put(model, tensors):
    """Sets the model's weights."""
    state = {name.replace("/kernel", ".weight").replace("/bias", ".bias"): torch.tensor(array.transpose(TO_TORCH[array.ndim]).copy())
             for name, array in tensors.items()}
    model.load_state_dict(state)


def take(model):
    """Returns the model's weights by our names, in our order of axes."""
    return {name.replace(".weight", "/kernel").replace(".bias", "/bias"): tensor.numpy().transpose(FROM_TORCH[tensor.ndim])
            for name, tensor in model.state_dict().items()}
