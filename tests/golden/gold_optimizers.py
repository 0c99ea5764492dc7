"""optimizers.json: ten steps of RMSprop, Adadelta, Adam, AdamW and SGD with given gradients.

The gradients range from 1e-8 to 2, with zeros, since epsilon determines the effect of tiny ones.
"""
from golden_io import f32, write

import keras
import numpy as np
import torch

STEPS = 10
scale = np.array([
    1e-8, -1e-8, 1e-7, 1e-6, -1e-5, 1e-4, 1e-3, 1e-2, 0.5, -2.0, 0.0, 1e-4, 1e-8, 0.5,
])
start = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.75, -0.5, 0.25, 1.0])
rng = np.random.default_rng(2)
# Rounded to f32, so that both precisions read the same gradients.
grads = f32(scale * rng.uniform(0.25, 1.75, (STEPS, scale.size))).astype(float)
grads[3:5, 11] = 0  # a gradient that vanishes for two steps
grads[6, 8] *= -1


def in_torch(make, states):
    p = torch.tensor(start, requires_grad=True)
    optimizer = make([p])
    params = []
    for g in grads:
        p.grad = torch.tensor(g)
        optimizer.step()
        params.append(p.detach().numpy().copy())
    last = {name: optimizer.state[p][key].numpy() for name, key in states.items()}
    return {"params": np.array(params), "last_state": last}


def in_keras(optimizer):
    v = keras.Variable(f32(start))
    optimizer.build([v])
    params = []
    for g in grads:
        optimizer.apply([keras.ops.convert_to_tensor(f32(g))])
        params.append(v.numpy().copy())
    return {"params": np.array(params)}


def rmsprop_inside(lr=1e-3, rho=0.9, eps=1e-7):
    """Keras 3's rule in f64, for a tighter comparison than f32 allows."""
    p, a, params = start.copy(), np.zeros_like(start), []
    for g in grads:
        a = rho * a + (1 - rho) * g * g
        p = p - lr * g / np.sqrt(a + eps)
        params.append(p)
    return {"params": np.array(params), "last_state": {"mean_square": a}}


def adam_numpy(lr=1e-3, beta_1=0.9, beta_2=0.999, eps=1e-7, weight_decay=0.0):
    """Keras's rule in f64: epsilon is added to the uncorrected root, unlike in PyTorch. With a decay it is AdamW."""
    p, m, v, params = start.copy(), np.zeros_like(start), np.zeros_like(start), []
    for t, g in enumerate(grads, 1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g * g
        p = p - p * weight_decay * lr
        p = p - lr * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (np.sqrt(v) + eps)
        params.append(p)
    return {"params": np.array(params)}


rms, ada = torch.optim.RMSprop, torch.optim.Adadelta
square, delta = {"mean_square": "square_avg"}, {"mean_square_update": "acc_delta"}
runs = {
    "rmsprop_eps_outside": {
        "lr": 1e-3, "rho": 0.9, "eps": 1e-7,
        "torch_f64": in_torch(lambda p: rms(p, lr=1e-3, alpha=0.9, eps=1e-7), square),
    },
    "rmsprop_eps_inside": {
        "lr": 1e-3, "rho": 0.9, "eps": 1e-7,
        "numpy_f64": rmsprop_inside(),
        "keras_f32": in_keras(keras.optimizers.RMSprop(1e-3, rho=0.9, epsilon=1e-7)),
    },
    "adadelta": {
        "lr": 1.0, "rho": 0.95, "eps": 1e-7,
        "torch_f64": in_torch(lambda p: ada(p, lr=1.0, rho=0.95, eps=1e-7), square | delta),
        "keras_f32": in_keras(keras.optimizers.Adadelta(1.0, rho=0.95, epsilon=1e-7)),
    },
    "adam": {
        "lr": 1e-3, "eps": 1e-7,
        "numpy_f64": adam_numpy(),
        "keras_f32": in_keras(keras.optimizers.Adam(1e-3, epsilon=1e-7)),
    },
    # A decay large enough to be visible: 0.5 % of a weight in each step.
    "adamw": {
        "lr": 0.01, "eps": 1e-7, "weight_decay": 0.5,
        "numpy_f64": adam_numpy(lr=0.01, weight_decay=0.5),
        "keras_f32": in_keras(keras.optimizers.AdamW(0.01, weight_decay=0.5, epsilon=1e-7)),
    },
    "sgd_momentum": {
        "lr": 0.01, "momentum": 0.9,
        "torch_f64": in_torch(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9), {}),
        "keras_f32": in_keras(keras.optimizers.SGD(0.01, momentum=0.9)),
    },
    "sgd_nesterov": {
        "lr": 0.01, "momentum": 0.9,
        "torch_f64": in_torch(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True), {}),
        "keras_f32": in_keras(keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)),
    },
}
for name in ("rmsprop_eps_inside", "adadelta", "adam", "adamw", "sgd_momentum", "sgd_nesterov"):
    run = runs[name]
    exact = run.get("torch_f64") or run["numpy_f64"]
    np.testing.assert_allclose(
        run["keras_f32"]["params"], exact["params"], rtol=2e-5, atol=1e-12
    )
write("optimizers.json", ["keras", "tensorflow-cpu", "torch", "numpy"], {
    "steps": STEPS, "start": start, "grads": grads,
} | runs)
