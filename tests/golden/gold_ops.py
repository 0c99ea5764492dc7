"""ops.json: single operations forward and backward, by PyTorch (f64) and TensorFlow (f32)."""
from golden_io import f32, grid, write

import keras
import numpy as np
import tensorflow as tf
import torch
from torch.nn import functional as F

rng = np.random.default_rng(3)


def torch_run(forward, inputs, dy=None):
    """y and the gradients of sum(y * dy) with respect to every input (dy: ones when None)."""
    xs = [torch.tensor(x, requires_grad=True) for x in inputs]
    y = forward(*xs)
    y.backward(torch.ones_like(y) if dy is None else torch.tensor(dy))
    return y.detach().numpy(), [x.grad.numpy() for x in xs]


def keras_run(forward, inputs, dy=None, dtype=np.float32):
    xs = [tf.constant(np.asarray(x, dtype)) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = forward(*xs)
    seed = None if dy is None else tf.constant(np.asarray(dy, dtype))
    return y.numpy(), [g.numpy() for g in tape.gradient(y, xs, output_gradients=seed)]


def pack(y, grads, names):
    # ascontiguousarray would turn a scalar into an array of one element.
    y = y[()] if np.ndim(y) == 0 else y
    return {"y": y} | {f"d{name}": g for name, g in zip(names, grads)}


# Values on a grid, so that every product and sum below is exact in f32 as well: compare with ==.
matmul = []
for m, k, n in [(3, 5, 2), (1, 1, 1), (7, 13, 9)]:
    for ta in (False, True):
        for tb in (False, True):
            a = grid(rng, (k, m) if ta else (m, k), -2, 2, 16)
            b = grid(rng, (n, k) if tb else (k, n), -2, 2, 16)
            dy = grid(rng, (m, n), -2, 2, 16)

            def product(p, q):
                return (p.T if ta else p) @ (q.T if tb else q)

            y, g = torch_run(product, [a, b], dy)
            matmul.append({
                "m": m, "k": k, "n": n, "transpose_a": ta, "transpose_b": tb,
                "a": a, "b": b, "dy": dy,
            } | pack(y, g, "ab"))
            y32, g32 = keras_run(
                lambda p, q: tf.linalg.matmul(p, q, transpose_a=ta, transpose_b=tb), [a, b], dy
            )
            assert (y32 == y).all() and (g32[0] == g[0]).all() and (g32[1] == g[1]).all()

# Some sums are exactly zero: there the gradient is zero.
x, bias, dy = grid(rng, (5, 6), -2, 2, 4), grid(rng, 6, -1, 1, 4), grid(rng, (5, 6), -1, 1)
x[0], x[1, 0] = -bias, -bias[0]
bias_relu = {"x": x, "bias": bias, "dy": dy} | pack(
    *torch_run(lambda x, b: torch.relu(x + b), [x, bias], dy), ["x", "bias"]
)
y32, g32 = keras_run(lambda x, b: keras.ops.relu(x + b), [x, bias], dy)
assert (y32 == bias_relu["y"]).all() and (g32[0] == bias_relu["dx"]).all()
assert (g32[1] == bias_relu["dbias"]).all()

# Rounded to f32, so that both precisions see the same input.
z = f32([
    -100, -88, -80, -50, -30, -20, -17.5, -16, -10, -5, -2.5, -1, -0.5, -0.1, -1e-3, -1e-8, 0, 1e-8,
    1e-3, 0.1, 0.5, 1, 2.5, 5, 10, 16, 17.5, 20, 30, 50, 80, 88, 100, -104, 104, -88.75, 88.75,
]).astype(float)
sigmoid = {
    "z": z,
    "torch_f64": pack(*torch_run(torch.sigmoid, [z]), "z"),
    "keras_f32": pack(*keras_run(keras.ops.sigmoid, [z]), "z"),
}

targets = [0, 0.25, 0.5, 1]
zs, ts = (v.reshape(-1).copy() for v in np.meshgrid(z, targets))
bce_logits = {
    "z": zs, "t": ts,
    "each_torch_f64": torch_run(
        lambda z: F.binary_cross_entropy_with_logits(z, torch.tensor(ts), reduction="none"), [zs]
    )[0],
    "mean_torch_f64": pack(*torch_run(
        lambda z: F.binary_cross_entropy_with_logits(z, torch.tensor(ts)), [zs]
    ), "z"),
    "each_keras_f32": keras_run(
        lambda z: keras.ops.binary_crossentropy(f32(ts), z, from_logits=True), [zs]
    )[0],
    "mean_keras_f32": pack(*keras_run(
        lambda z: keras.losses.binary_crossentropy(f32(ts), z, from_logits=True), [zs]
    ), "z"),
}

p = f32([0, 1e-9, 1e-7, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6, 1 - 2e-7, 1 - 1e-7, 1])
ps, ts = (v.reshape(-1).copy() for v in np.meshgrid(p.astype(float), targets))
bce_probabilities = {
    "p": ps, "t": ts,
    "keras_f32": pack(*keras_run(lambda p: keras.ops.binary_crossentropy(f32(ts), p), [ps]), "p"),
    "keras_f64": pack(*keras_run(
        lambda p: keras.ops.binary_crossentropy(ts, p), [ps], dtype=np.float64
    ), "p"),
    "mean_keras_f32": keras_run(
        lambda p: keras.losses.binary_crossentropy(f32(ts), p), [ps]
    )[0][()],
}

x, t = grid(rng, (7, 9), -2, 2), grid(rng, (7, 9), -2, 2)
mean = {"x": x, "torch_f64": pack(*torch_run(torch.mean, [x]), "x")}
mse = {
    "x": x, "t": t,
    "torch_f64": pack(*torch_run(lambda x: F.mse_loss(x, torch.tensor(t)), [x]), "x"),
    "keras_f32": pack(*keras_run(
        lambda x: tf.reduce_mean(keras.losses.mean_squared_error(f32(t), x)), [x]
    ), "x"),
}

write("ops.json", ["keras", "tensorflow-cpu", "torch", "numpy"], {
    "matmul": matmul, "bias_relu": bias_relu, "sigmoid": sigmoid, "bce_logits": bce_logits,
    "bce_probabilities": bce_probabilities, "mean": mean, "mse": mse,
})
