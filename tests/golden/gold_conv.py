"""conv.json: convolution, max-pooling and up-sampling, forward and backward, by PyTorch and Keras.

All inputs are short binary fractions whose products and sums are exact in f32: the peers must agree
with ==, and so must our results. Images are [batch, height, width, channels] and kernels [height,
width, in, out]; this script converts them to PyTorch's order and back.
"""
from golden_io import f32, grid, write

import warnings

import keras
import numpy as np
import tensorflow as tf
import torch
from torch.nn import functional as F

warnings.filterwarnings("ignore", "Using padding='same' with even kernel lengths")
rng = np.random.default_rng(6)
NCHW, NHWC, OIHW = (0, 3, 1, 2), (0, 2, 3, 1), (3, 2, 0, 1)


def around(n, k, s, padding):
    """The padding before and after an axis, by TensorFlow's rule for "same"."""
    if padding == "valid":
        return 0, 0
    total = max((-(-n // s) - 1) * s + k - n, 0)
    return total // 2, total - total // 2


def all_around(x, size, stride, padding):
    return [around(x.shape[i + 1], size[i], stride[i], padding) for i in (0, 1)]


def padded(x, pads, value):
    """PyTorch's F.pad of an image in PyTorch's order. F.pad takes the last axis first."""
    return F.pad(x, [*pads[1], *pads[0]], value=value)


def torch_run(forward, inputs, dy):
    """y and the gradients of sum(y * dy) by every input."""
    xs = [torch.tensor(x, requires_grad=True) for x in inputs]
    y = forward(*xs)
    y.backward(torch.tensor(dy))
    return y.detach().numpy(), [x.grad.numpy() for x in xs]


def keras_run(forward, inputs, dy):
    xs = [tf.constant(f32(x)) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = forward(*xs)
    grads = tape.gradient(y, xs, output_gradients=tf.constant(f32(dy)))
    return y.numpy(), [g.numpy() for g in grads]


def agree(ours, theirs):
    (y, grads), (y32, grads32) = ours, theirs
    assert y.shape == y32.shape and (y == y32).all()
    for g, g32 in zip(grads, grads32, strict=True):
        assert g.shape == g32.shape and (g == g32).all()


def conv(name, image, outputs, kernel, stride=(1, 1), padding="same", relu=False, batch=2):
    h, w, inputs = image
    x = grid(rng, (batch, h, w, inputs), -2, 2, 4)
    k = grid(rng, (*kernel, inputs, outputs), -1, 1, 4)
    bias = grid(rng, outputs, -1, 1, 4)
    if relu:  # a sum of exactly zero, where the gradient is zero
        z = keras.ops.conv(f32(x), f32(k), stride, padding).numpy()[..., 0]
        bias[0] = -z.flat[np.abs(z).argmin()]
    pads = all_around(x, kernel, stride, padding)

    def in_torch(x, k, bias):
        x, k = x.permute(NCHW), k.permute(OIHW).contiguous()
        if padding == "same" and stride == (1, 1):
            # PyTorch's own rule, which also puts the odd pixel at the end.
            y = F.conv2d(x, k, bias, padding="same")
        elif all(before == behind for before, behind in pads):
            y = F.conv2d(x, k, bias, stride, padding=[before for before, _ in pads])
        else:
            y = F.conv2d(padded(x, pads, 0.0), k, bias, stride)
        return (torch.relu(y) if relu else y).permute(NHWC)

    def in_keras(x, k, bias):
        y = keras.ops.conv(x, k, stride, padding) + bias
        return keras.ops.relu(y) if relu else y

    dy = grid(rng, in_torch(*map(torch.tensor, (x, k, bias))).shape, -2, 2, 4)
    y, grads = torch_run(in_torch, [x, k, bias], dy)
    agree((y, grads), keras_run(in_keras, [x, k, bias], dy))
    if relu:
        z = keras.ops.conv(f32(x), f32(k), stride, padding).numpy() + bias
        assert (z == 0).any() and (z < 0).any() and (z > 0).any()
    return {
        "name": name, "stride": list(stride), "padding": padding, "relu": relu,
        "x": x, "kernel": k, "bias": bias, "dy": dy, "y": y,
        "dx": grads[0], "dkernel": grads[1], "dbias": grads[2],
    }


def first_winners(x, size, stride, pads, out):
    """The index of the first largest tap of each window, by the definition."""
    p = np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=-np.inf)
    winners = np.empty((x.shape[0], *out, x.shape[3]))
    for oy, ox in np.ndindex(*out):
        top, left = oy * stride[0], ox * stride[1]
        window = p[:, top:top + size[0], left:left + size[1]]
        taps = window.reshape(len(x), -1, x.shape[3])
        assert taps.shape[1] == size[0] * size[1]
        winners[:, oy, ox] = taps.argmax(1)
    return winners


def pool(name, x, size, stride, padding):
    pads = all_around(x, size, stride, padding)

    def in_torch(x):
        p = padded(x.permute(NCHW), pads, -torch.inf)
        return F.max_pool2d(p, size, stride).permute(NHWC)

    def in_keras(x):
        return keras.ops.max_pool(x, size, stride, padding)

    dy = grid(rng, in_torch(torch.tensor(x)).shape, -2, 2, 4)
    y, (dx,) = torch_run(in_torch, [x], dy)
    agree((y, [dx]), keras_run(in_keras, [x], dy))
    winners = first_winners(x, size, stride, pads, y.shape[1:3])

    # Both peers return their winners too, as an index into the flat image; PyTorch's image is padded.
    p = padded(torch.tensor(x).permute(NCHW), pads, -torch.inf)
    _, places = F.max_pool2d(p, size, stride, return_indices=True)
    places, width = places.permute(NHWC).numpy(), p.shape[3]
    _, rows, columns, _ = np.indices(y.shape)
    top, left = rows * stride[0], columns * stride[1]
    assert ((places // width - top) * size[1] + places % width - left == winners).all()
    _, places = tf.nn.max_pool_with_argmax(f32(x), size, stride, padding.upper())
    places, width = places.numpy() // x.shape[3], x.shape[2]
    top, left = top - pads[0][0], left - pads[1][0]
    assert ((places // width - top) * size[1] + places % width - left == winners).all()
    return {
        "name": name, "size": list(size), "stride": list(stride), "padding": padding,
        "x": x, "dy": dy, "y": y, "winners": winners, "dx": dx,
    }


def up_sample(name, shape, factor):
    x = grid(rng, shape, -2, 2, 4)
    dy = grid(rng, (shape[0], shape[1] * factor[0], shape[2] * factor[1], shape[3]), -2, 2, 4)
    layer = keras.layers.UpSampling2D(factor)
    y, (dx,) = torch_run(
        lambda x: F.interpolate(x.permute(NCHW), scale_factor=factor).permute(NHWC), [x], dy
    )
    agree((y, [dx]), keras_run(layer, [x], dy))
    return {"name": name, "factor": list(factor), "x": x, "dy": dy, "y": y, "dx": dx}


convs = [
    conv("same", (5, 7, 2), 3, (3, 3), relu=True),
    conv("valid", (5, 7, 2), 3, (3, 3), padding="valid"),
    conv("a_digit", (28, 28, 1), 2, (3, 3), relu=True, batch=1),
    conv("one_by_one", (5, 7, 3), 4, (1, 1), relu=True),
    conv("even_kernel", (5, 7, 2), 3, (2, 4), relu=True),
    conv("even_kernel_valid", (5, 7, 2), 2, (2, 4), (2, 1), "valid"),
    conv("kernel_larger_than_image", (3, 3, 2), 2, (5, 5)),
    conv("kernel_far_larger", (2, 3, 1), 2, (5, 7)),
    conv("stride_2", (5, 7, 2), 3, (3, 3), (2, 2)),
    conv("stride_2_uneven_padding", (6, 8, 2), 3, (3, 3), (2, 2), relu=True),
    conv("stride_2_valid", (6, 8, 2), 2, (3, 3), (2, 2), "valid"),
    conv("stride_1_2", (5, 6, 2), 3, (3, 3), (1, 2)),
    conv("stride_1_2_valid", (5, 7, 2), 2, (3, 2), (1, 2), "valid"),
    conv("stride_beyond_kernel", (5, 7, 2), 3, (1, 1), (2, 2)),
    conv("stride_beyond_kernel_valid", (8, 7, 2), 2, (2, 1), (3, 2), "valid"),
    conv("many_channels", (3, 4, 17), 9, (2, 3), relu=True, batch=1),
    conv("few_outputs", (4, 5, 16), 2, (3, 3), relu=True),
    conv("one_output", (6, 5, 17), 1, (3, 2), (2, 1), batch=1),
    conv("one_window", (3, 3, 2), 2, (3, 3), padding="valid", batch=1),
]

# Many equal values, all below zero: padding with zeros would win.
few = grid(rng, (2, 6, 6, 2), -4, -3, 2)
negative = grid(rng, (2, 7, 5, 2), -4, -1 / 8, 8)
pools = [
    pool("two_by_two", grid(rng, (2, 6, 4, 3), -2, 2, 64), (2, 2), (2, 2), "valid"),
    pool("ties", few, (2, 2), (2, 2), "valid"),
    pool("all_equal", np.full((1, 4, 4, 2), -1.5), (2, 2), (2, 2), "same"),
    pool("all_equal_overlapping", np.full((1, 5, 5, 1), -1.5), (3, 3), (2, 2), "same"),
    pool("uneven_same", negative, (2, 2), (2, 2), "same"),
    pool("uneven_valid", negative, (2, 2), (2, 2), "valid"),
    pool("overlapping_valid", negative, (3, 3), (2, 2), "valid"),
    pool("overlapping_same", few, (3, 3), (2, 2), "same"),
    pool("overlapping_ties", few, (3, 3), (1, 1), "same"),
    pool("oblong", negative, (2, 3), (1, 2), "same"),
    pool("window_larger_than_image", negative[:, :2, :3], (5, 4), (1, 1), "same"),
    pool("stride_beyond_window", negative, (1, 2), (3, 3), "same"),
]

ups = [
    up_sample("two", (2, 3, 4, 2), (2, 2)),
    up_sample("three_by_two", (2, 2, 3, 3), (3, 2)),
    up_sample("one_by_four", (1, 3, 1, 1), (1, 4)),
]

write("conv.json", ["keras", "tensorflow-cpu", "torch", "numpy"], {
    "conv2d": convs, "max_pool2d": pools, "up_sampling2d": ups,
})
