"""tape.json: the elementwise and reducing operations of the tape, forward and backward, by PyTorch in f64.

A new operation needs rows in ROWS: its name, its constants, the shapes of its operands, what PyTorch computes, and the interval that operands
are drawn from.
"""
import zlib

from golden_io import grid, write

import numpy as np
import torch

ROWS = [
    ("exp", {}, [(3, 4)], torch.exp, (-3, 3)),
    ("ln", {}, [(3, 4)], torch.log, (0.25, 4)),
    ("sqrt", {}, [(5,)], torch.sqrt, (0.25, 4)),
    ("tanh", {}, [(2, 3, 2)], torch.tanh, (-3, 3)),
    ("add", {}, [(3, 2), (3, 2)], torch.add, (-2, 2)),
    ("sub", {}, [(3, 2), (3, 2)], torch.sub, (-2, 2)),
    ("mul", {}, [(3, 2), (3, 2)], torch.mul, (-2, 2)),
    ("div", {}, [(3, 2), (3, 2)], torch.div, (0.5, 3)),
    ("sum", {}, [(2, 3)], torch.sum, (-2, 2)),
    ("mean", {}, [(2, 3)], torch.mean, (-2, 2)),
    ("sum_axis", {"axis": 1}, [(2, 3, 2)], lambda x: x.sum(1), (-2, 2)),
    ("mean_axis", {"axis": 0}, [(2, 3, 2)], lambda x: x.mean(0), (-2, 2)),
    ("concat", {"axis": 1}, [(2, 3), (2, 1), (2, 2)], lambda *x: torch.cat(x, 1), (-2, 2)),
    ("concat", {"axis": 0}, [(1, 3), (2, 3)], lambda *x: torch.cat(x, 0), (-2, 2)),
    ("slice", {"axis": 1, "from": 1, "to": 3}, [(2, 4, 2)], lambda x: x[:, 1:3], (-2, 2)),
    ("mse", {}, [(3, 4), (3, 4)], torch.nn.functional.mse_loss, (-2, 2)),
]


def case(name, constants, shapes, function, interval):
    # The seed depends only on the row: a new row does not change the others.
    rng = np.random.default_rng(zlib.crc32(repr((name, constants, shapes)).encode()))
    inputs = [grid(rng, shape, *interval) for shape in shapes]
    operands = [torch.tensor(x, requires_grad=True) for x in inputs]
    y = function(*operands)
    dy = grid(rng, tuple(y.shape), -1, 1)
    y.backward(torch.tensor(dy))
    return {
        "name": name, "constants": constants, "inputs": inputs, "y": y.detach().numpy(), "dy": np.asarray(dy),
        "grads": [x.grad.numpy() for x in operands],
    }


write("tape.json", ["torch", "numpy"], {"cases": [case(*row) for row in ROWS]})
