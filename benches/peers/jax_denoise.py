"""The denoising job in JAX as an expert writes it.

One compiled call is a whole step: picking the batch, forward, backward and the update, in place of
the old weights; steps are queued and their losses read at the epoch's end. The model, its initial
weights' distribution and the optimizer are those of keras_denoise.py; the loss is taken from the
logits. The rate counts the training steps only, with shuffling; compiling is not measured.
"""
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from common import batches_of, denoise_data, denoise_parser, report_denoise, report_epoch

parser = denoise_parser(__doc__)
parser.add_argument(
    "--window-pool", action="store_true", help="max pooling by reduce_window, not by reshaping"
)
args = parser.parse_args()
who = f"jax {jax.__version__}"
train, test = [tuple(map(jnp.asarray, pair)) for pair in denoise_data(args)]
CHANNELS = [(1, 32), (32, 32), (32, 32), (32, 32), (32, 1)]


def conv(x, layer):
    kernel, bias = layer
    layout = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=layout) + bias


def halve(x):
    if args.window_pool:
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "SAME")
    # The same for even sizes, but its gradient is cheaper.
    n, h, w, c = x.shape
    return x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))


def double(x):
    return x.repeat(2, 1).repeat(2, 2)


def mean_loss(params, data, rows):
    noisy, clean = (images[rows] for images in data)
    x = halve(jax.nn.relu(conv(noisy, params[0])))
    x = halve(jax.nn.relu(conv(x, params[1])))
    x = double(jax.nn.relu(conv(x, params[2])))
    x = double(jax.nn.relu(conv(x, params[3])))
    z = conv(x, params[4])
    return jnp.mean(jnp.maximum(z, 0) - z * clean + jnp.log1p(jnp.exp(-jnp.abs(z))))


def adadelta(param, grad, state, rho=0.95, epsilon=1e-7):
    squares, steps = state
    squares = rho * squares + (1 - rho) * grad * grad
    step = grad * jnp.sqrt(steps + epsilon) / jnp.sqrt(squares + epsilon)
    return param - step, (squares, rho * steps + (1 - rho) * step * step)


def step(params, states, data, rows):
    loss, grads = jax.value_and_grad(mean_loss)(params, data, rows)
    leaves, tree = jax.tree.flatten(params)
    updated = [adadelta(*each) for each in zip(leaves, jax.tree.leaves(grads), states)]
    return tree.unflatten(p for p, _ in updated), [s for _, s in updated], loss


params = []
for key, (inputs, outputs) in zip(jax.random.split(jax.random.key(args.seed), 5), CHANNELS):
    limit = (6 / (9 * (inputs + outputs))) ** 0.5
    kernel = jax.random.uniform(key, (3, 3, inputs, outputs), minval=-limit, maxval=limit)
    params.append((kernel, jnp.zeros(outputs)))
states = [(jnp.zeros_like(p), jnp.zeros_like(p)) for p in jax.tree.leaves(params)]


def compile_all(function, arguments, count):
    """The function for each size of batch."""
    sizes = {end - start for start, end in batches_of(count, args.batch)}
    return {n: function.lower(*arguments, np.arange(n, dtype=np.int32)).compile() for n in sizes}


def mean(values, batches):
    return np.average([float(value) for value in values], weights=[len(rows) for rows in batches])


def batches(order):
    return [order[start:end] for start, end in batches_of(len(order), args.batch)]


count, test_rows = len(train[0]), batches(np.arange(len(test[0]), dtype=np.int32))
start = time.perf_counter()
step = compile_all(jax.jit(step, donate_argnums=(0, 1)), (params, states, train), count)
val_loss = compile_all(jax.jit(mean_loss), (params, test), len(test[0]))
compiling = time.perf_counter() - start

rng = np.random.default_rng(args.seed)
losses, train_seconds = [], 0.0
begin = time.perf_counter()
for epoch in range(args.epochs):
    start = time.perf_counter()
    train_rows, values = batches(rng.permutation(count).astype(np.int32)), []
    for rows in train_rows:
        params, states, value = step[len(rows)](params, states, train, rows)
        values.append(value)
    loss = mean(values, train_rows)
    jax.block_until_ready(params)
    epoch_seconds = time.perf_counter() - start
    train_seconds += epoch_seconds
    values = [val_loss[len(rows)](params, test, rows) for rows in test_rows]
    losses.append((loss, mean(values, test_rows)))
    report_epoch(who, epoch + 1, count / epoch_seconds, *losses[-1])
seconds = time.perf_counter() - begin
report_denoise(
    who, seconds, args.epochs * count / train_seconds, losses,
    f" (compiling before that: {compiling:.2f} s)",
)
