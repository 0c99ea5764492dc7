"""conv_model.json: the notebook's denoising model, one training step in detail and three in total.

Conv(relu) -> max-pool -> Conv(relu) -> max-pool -> Conv(relu) -> up -> Conv(relu) -> up ->
Conv(sigmoid), with 8 filters (`small`, whole gradients) and the notebook's 32 (`notebook`, parts of
them). Inputs and weights are not written: they are numbers of SplitMix64, which a few lines of code
generate anywhere.
"""
from golden_io import denoising_model, f32, write

import keras
import numpy as np
import tensorflow as tf
import torch
from torch.nn import functional as F

LR, RHO, EPS, STEPS = 1.0, 0.95, 1e-7, 3
MASK = (1 << 64) - 1


def uniform(seed, shape, low, high):
    """ae-testkit's Sampler. Exact in f32, as low and high - low are zero or powers of two."""
    state, values = seed, []
    for _ in range(np.prod(shape)):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        values.append(low + (high - low) * ((z ^ (z >> 31)) >> 40) / 2.0**24)
    values = np.array(values).reshape(shape)
    assert (f32(values) == values).all()
    return values


def data(seed):
    """Noisy images and the clean ones: most of a digit is black, and some of it is white."""
    x = uniform(seed, (2, 28, 28, 1), 0, 1)
    t = np.clip(uniform(seed + 1, (2, 28, 28, 1), -4, 4), 0, 1)
    return x, t


def weights(seed, filters):
    """Kernels near the limits of Glorot and He, biases of either sign."""
    middle = (filters, filters, {8: 0.25, 32: 0.125}[filters])
    p = {}
    for i, layer in enumerate([(1, filters, 0.5), middle, middle, middle, (filters, 1, 0.25)]):
        inputs, outputs, limit = layer
        kernel = uniform(seed + 2 * i, (3, 3, inputs, outputs), -limit, limit)
        bias = uniform(seed + 2 * i + 1, (outputs,), -0.125, 0.125)
        p |= {f"conv2d_{i + 1}/kernel": kernel, f"conv2d_{i + 1}/bias": bias}
    return p


def in_keras(p, x, t, filters):
    model = denoising_model(filters)
    model.set_weights([f32(w) for w in p.values()])
    optimizer = keras.optimizers.Adadelta(LR, rho=RHO, epsilon=EPS)
    losses = []
    for step in range(STEPS + 1):
        with tf.GradientTape() as tape:
            output = model(f32(x))
            loss = tf.reduce_mean(keras.losses.binary_crossentropy(f32(t), output))
        losses.append(loss.numpy())
        grads = tape.gradient(loss, [v.value for v in model.trainable_variables])
        if step == 0:
            first = {"output": output.numpy(), "grads": dict(zip(p, (g.numpy() for g in grads)))}
        if step < STEPS:
            optimizer.apply(grads, model.trainable_variables)
    return first | {"losses": f32(losses), "weights": dict(zip(p, model.get_weights()))}


def torch_forward(p, x, margins):
    """Returns the logits and appends the distances of the ReLUs and pools from a switch to `margins`."""
    h = x.permute(0, 3, 1, 2)
    for i in range(1, 6):
        k, b = p[f"conv2d_{i}/kernel"], p[f"conv2d_{i}/bias"]
        h = F.conv2d(h, k.permute(3, 2, 0, 1).contiguous(), b, padding=1)
        if i == 5:
            return h.permute(0, 2, 3, 1)
        margins.append(h.detach().abs().min())
        h = torch.relu(h)
        if i < 3:
            windows = h.detach().unfold(2, 2, 2).unfold(3, 2, 2).flatten(-2)
            first, second = windows.topk(2).values.unbind(-1)
            margins.append((first - second)[first > 0].min())  # among zeros no gradient flows
            h = F.max_pool2d(h, 2)
        else:
            h = F.interpolate(h, scale_factor=2)


def in_torch(p, x, t):
    p = {name: torch.tensor(w, requires_grad=True) for name, w in p.items()}
    x, t = torch.tensor(x), torch.tensor(t)
    optimizer = torch.optim.Adadelta(p.values(), lr=LR, rho=RHO, eps=EPS)
    losses, margins = [], []
    for step in range(STEPS + 1):
        logits = torch_forward(p, x, margins)
        loss = F.binary_cross_entropy_with_logits(logits, t)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            first = {
                "logits": logits.detach().numpy(), "output": torch.sigmoid(logits).detach().numpy(),
                "grads": {name: w.grad.numpy().copy() for name, w in p.items()},
            }
        if step < STEPS:
            optimizer.step()
    return first | {
        "losses": np.array(losses), "weights": {name: w.detach().numpy() for name, w in p.items()},
    }, [m.item() for m in margins]


def part(a, every):
    """Every n-th element, and the norm of all, which reveals an error in the elements left out."""
    norm = float(np.linalg.norm(a.astype(float)))
    return {"shape": list(a.shape), "every": every, "norm": norm, "data": a.reshape(-1)[::every]}


def case(filters, seed, every):
    x, t = data(seed)
    p = weights(seed + 100, filters)
    exact, margins = in_torch(p, x, t)
    rough = in_keras(p, x, t, filters)
    # Where f32 switches differently from f64, its gradient differs without being wrong. With these
    # seeds this does not happen: the error of a sum in f32 is a tenth of this.
    assert min(margins) > 2e-6, margins
    np.testing.assert_allclose(rough["losses"], exact["losses"], rtol=2e-7)
    np.testing.assert_allclose(rough["output"], exact["output"], rtol=0, atol=5e-7)
    for of in ("grads", "weights"):
        for name, value in exact[of].items():
            off = np.abs(rough[of][name] - value).max()
            assert off < 1e-6 * np.abs(value).max(), (of, name, off)

    def parts(arrays, every):
        return {name: part(a, every) for name, a in arrays.items()}

    result = {
        "filters": filters, "seed": seed, "params": sum(w.size for w in p.values()),
        "x": part(x, 97), "target": part(t, 97), "start": parts(p, 97),
    }
    for peer, run in [("torch_f64", exact), ("keras_f32", rough)]:
        result[peer] = {
            "losses": run["losses"], "grads": parts(run["grads"], every),
            "weights": parts(run["weights"], 5 * every), "output": part(run["output"], 5),
        }
    result["torch_f64"]["logits"] = part(exact["logits"], 1)
    return result


write("conv_model.json", ["keras", "tensorflow-cpu", "torch", "numpy"], {
    "lr": LR, "rho": RHO, "eps": EPS, "steps": STEPS,
    "small": case(8, 6000, 1), "notebook": case(32, 10000, 53),
})
