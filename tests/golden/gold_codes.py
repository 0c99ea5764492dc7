"""codes.json: draws from the normal distributions of a variational code, their divergence from N(0, 1), and the L1 penalty, with
gradients by PyTorch in f64; the divergence is that of torch.distributions.
"""
from golden_io import f32, write

import numpy as np
import torch
from torch.distributions import Normal, kl_divergence

ROWS, N = 5, 4
rng = np.random.default_rng(7)
# Means and log-variances from tiny to large, and noise, rounded to f32.
x = f32(rng.normal(0, 2, (ROWS, 2 * N)))
x[0] = 0
x[1, N:] = [-12, -30, 8, 3]
noise, weights = f32(rng.normal(0, 1, (ROWS, N))), f32(rng.uniform(0.5, 2, (ROWS, N)))


def by_x(value):
    p = torch.tensor(x.astype(float), requires_grad=True)
    y = value(p)
    y.sum().backward()
    return {"y": np.atleast_1d(y.detach().numpy()), "dx": p.grad.numpy()}


def halves(p):
    return p[:, :N], p[:, N:]


def sample(p):
    mean, log_variance = halves(p)
    return mean + torch.exp(log_variance / 2) * torch.tensor(noise.astype(float))


def divergence(p):
    mean, log_variance = halves(p)
    return kl_divergence(Normal(mean, torch.exp(log_variance / 2)), Normal(0.0, 1.0)).sum(1).mean()


weighted = by_x(lambda p: sample(p) * torch.tensor(weights.astype(float)))
write("codes.json", ["torch", "numpy"], {
    "n": N, "x": x.astype(float), "noise": noise.astype(float), "weights": weights.astype(float),
    "weighted_sample": weighted,
    "divergence": by_x(divergence),
    "l1": by_x(lambda p: p.abs().sum(1).mean()),
})
