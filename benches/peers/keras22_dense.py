"""The dense job by the rule of the notebook's own Keras (2.2), written in JAX.

RMSprop with epsilon outside the root, as Keras 2.2 has it, or inside, as Keras 3 has it: shows what
that one detail does to the loss, over several seeds. Each epoch is one compiled call; its time is
measured without compiling, and validation is read at the end only.
"""
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

from common import dense_parser, images, report_dense

parser = dense_parser(__doc__)
parser.add_argument("--eps", choices=["outside", "inside"], default="outside")
parser.add_argument("--seeds", type=int, default=1, help="how many, counted from --seed")
args = parser.parse_args()

LR, RHO, EPS = 1e-3, 0.9, 1e-7
train = jnp.asarray(images("train", args.digit))
test = jnp.asarray(images("t10k", args.digit))
count, batch = train.shape[0], min(args.batch, train.shape[0])
full, rest = divmod(count, batch)


def encode(params, x):
    return jax.nn.relu(x @ params[0] + params[1])


def loss(params, x):
    z = encode(params, x) @ params[2] + params[3]
    return jnp.mean(jnp.maximum(z, 0) - z * x + jnp.log1p(jnp.exp(-jnp.abs(z))))


def root(mean_square):
    if args.eps == "outside":
        return jnp.sqrt(mean_square) + EPS
    return jnp.sqrt(mean_square + EPS)


def update(params, state, x):
    value, grads = jax.value_and_grad(loss)(params, x)
    state = [RHO * s + (1 - RHO) * g * g for s, g in zip(state, grads)]
    params = [p - LR * g / root(s) for p, g, s in zip(params, grads, state)]
    return params, state, value


@jax.jit
def epoch(params, state, key):
    order = jax.random.permutation(key, count)

    def body(carry, i):
        rows = jax.lax.dynamic_slice(order, (i * batch,), (batch,))
        params, state, value = update(*carry, train[rows])
        return (params, state), value

    (params, state), values = jax.lax.scan(body, (params, state), jnp.arange(full))
    total = values.sum() * batch
    if rest:
        params, state, value = update(params, state, train[order[full * batch :]])
        total += value * rest
    return params, state, total / count, loss(params, test)


def start(key):
    limit = (6 / (784 + args.latent)) ** 0.5
    k1, k2 = jax.random.split(key)
    uniform = jax.random.uniform
    params = [
        uniform(k1, (784, args.latent), minval=-limit, maxval=limit), jnp.zeros(args.latent),
        uniform(k2, (args.latent, 784), minval=-limit, maxval=limit), jnp.zeros(784),
    ]
    return params, [jnp.zeros_like(p) for p in params]


jax.block_until_ready(epoch(*start(jax.random.key(0)), jax.random.key(0)))  # compiles
times, losses, val_losses, dead = [], [], [], []
for seed in range(args.seed, args.seed + args.seeds):
    key = jax.random.key(seed)
    params, state = start(key)
    before = time.perf_counter()
    for e in range(args.epochs):
        params, state, train_loss, val_loss = epoch(params, state, jax.random.fold_in(key, e))
    val_loss.block_until_ready()
    times.append(time.perf_counter() - before)
    losses.append(float(train_loss))
    val_losses.append(float(val_loss))
    dead.append(int((np.asarray(encode(params, train)).max(0) == 0).sum()))

note = f", {max(dead)} dead units"
if args.seeds > 1:
    note = (
        f" (medians of {args.seeds} seeds; val_loss {min(val_losses):.4f} to "
        f"{max(val_losses):.4f}; at most {max(dead)} dead units)"
    )
report_dense(
    f"keras 2.2's rule in jax {jax.__version__}, eps {args.eps}", args.epochs,
    statistics.median(times), statistics.median(losses), statistics.median(val_losses), note,
)
