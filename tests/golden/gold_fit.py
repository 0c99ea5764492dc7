"""fit.json: a whole small training without shuffling, by two rules.

notebook_f64: PyTorch, f64, RMSprop with epsilon outside the root (Keras 2.2's rule).
keras_f32:    Keras 3's own fit, RMSprop with epsilon inside the root; inside_f64 is the same in f64.

The loss of an epoch is the mean of its batch losses, weighted by batch size, each measured before
its update; val_loss is measured at the epoch's end.
"""
from golden_io import f32, grid, write

import keras
import numpy as np
import torch
from torch.nn import functional as F

EPOCHS, BATCH, LR, RHO, EPS = 5, 8, 1e-3, 0.9, 1e-7
rng = np.random.default_rng(4)
data = grid(rng, (27, 12), 0, 1)
data[rng.random(data.shape) < 0.3] = 0
x, v = data[:20], data[20:]  # batches of 8, 8 and 4
start = {
    "w1": grid(rng, (12, 4), -0.6, 0.6), "b1": np.zeros(4),
    "w2": grid(rng, (4, 12), -0.6, 0.6), "b2": np.zeros(12),
}


def loss_of(p, t):
    logits = torch.relu(t @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]
    return F.binary_cross_entropy_with_logits(logits, t)


def train_f64(step):
    """step(parameter, gradient, state): updates both the parameter and its state in place."""
    p = {name: torch.tensor(w, requires_grad=True) for name, w in start.items()}
    state = {name: torch.zeros_like(w) for name, w in p.items()}
    tx, tv = torch.tensor(x), torch.tensor(v)
    history = {"loss": [], "val_loss": []}
    batch_losses = []
    for _ in range(EPOCHS):
        total = 0.0
        for batch in tx.split(BATCH):
            loss = loss_of(p, batch)
            grads = torch.autograd.grad(loss, list(p.values()))
            with torch.no_grad():
                for (name, w), g in zip(p.items(), grads):
                    step(w, g, state[name])
            batch_losses.append(loss.item())
            total += loss.item() * len(batch)
        history["loss"].append(total / len(tx))
        with torch.no_grad():
            history["val_loss"].append(loss_of(p, tv).item())
    return {
        "batch_loss": np.array(batch_losses),
        "loss": np.array(history["loss"]), "val_loss": np.array(history["val_loss"]),
        "weights": {name: w.detach().numpy() for name, w in p.items()},
    }


def outside(w, g, a):
    a.mul_(RHO).add_((1 - RHO) * g * g)
    w.sub_(LR * g / (a.sqrt() + EPS))


def inside(w, g, a):
    a.mul_(RHO).add_((1 - RHO) * g * g)
    w.sub_(LR * g / (a + EPS).sqrt())


def train_keras():
    model = keras.Sequential([
        keras.Input((12,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(12, "sigmoid"),
    ])
    model.set_weights([f32(w) for w in start.values()])
    model.compile(keras.optimizers.RMSprop(LR, rho=RHO, epsilon=EPS), "binary_crossentropy")
    history = model.fit(
        f32(x), f32(x), epochs=EPOCHS, batch_size=BATCH, shuffle=False,
        validation_data=(f32(v), f32(v)), verbose=0,
    ).history
    return {
        "loss": f32(history["loss"]), "val_loss": f32(history["val_loss"]),
        "weights": dict(zip(start, model.get_weights())),
    }


notebook, inner, in_keras = train_f64(outside), train_f64(inside), train_keras()
for key in ("loss", "val_loss"):
    np.testing.assert_allclose(in_keras[key], inner[key], rtol=2e-6)
for name, w in inner["weights"].items():
    np.testing.assert_allclose(in_keras["weights"][name], w, rtol=0, atol=2e-6)

# The hand-written step equals PyTorch's own RMSprop to the last digits.
w = torch.tensor(start["w1"], requires_grad=True)
own, a = w.detach().clone(), torch.zeros_like(w)
optimizer = torch.optim.RMSprop([w], lr=LR, alpha=RHO, eps=EPS)
for g in torch.tensor(rng.normal(size=(5, 12, 4)) * 1e-4):
    w.grad = g
    optimizer.step()
    outside(own, g, a)
np.testing.assert_allclose(own, w.detach(), rtol=1e-13, atol=1e-16)

write("fit.json", ["keras", "tensorflow-cpu", "torch", "numpy"], {
    "epochs": EPOCHS, "batch": BATCH, "lr": LR, "rho": RHO, "eps": EPS,
    "x": x, "val": v, "start": start,
    "notebook_f64": notebook, "inside_f64": inner, "keras_f32": in_keras,
})
