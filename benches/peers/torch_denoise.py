"""The denoising job in PyTorch, with a training loop of one's own.

The model, its initial weights' distribution and the optimizer are those of keras_denoise.py; the
loss is taken from the logits. The rate counts the training steps only, with shuffling and picking
the batches; ten batches whose effect is undone come first.
"""
import copy
import time

import torch
from torch import nn

from common import batches_of, denoise_data, denoise_parser, report_denoise, report_epoch

parser = denoise_parser(__doc__)
parser.add_argument(
    "--channels-last", action="store_true", help="the memory's order is that of Keras, NHWC"
)
args = parser.parse_args()
order = torch.channels_last if args.channels_last else torch.contiguous_format
who = f"torch {torch.__version__}{', channels last' if args.channels_last else ''}"

torch.manual_seed(args.seed)
(noisy, clean), (noisy_test, clean_test) = [
    # One channel: [N, 28, 28, 1] and [N, 1, 28, 28] are the same in memory.
    [torch.from_numpy(images).reshape(-1, 1, 28, 28).to(memory_format=order) for images in pair]
    for pair in denoise_data(args)
]


def conv(inputs, outputs):
    layer = nn.Conv2d(inputs, outputs, 3, padding=1)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


model = nn.Sequential(
    conv(1, 32), nn.ReLU(), nn.MaxPool2d(2),
    conv(32, 32), nn.ReLU(), nn.MaxPool2d(2),
    conv(32, 32), nn.ReLU(), nn.Upsample(scale_factor=2),
    conv(32, 32), nn.ReLU(), nn.Upsample(scale_factor=2),
    conv(32, 1),
).to(memory_format=order)
optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0, rho=0.95, eps=1e-7)
cross_entropy = nn.BCEWithLogitsLoss()


def train(count):
    """One epoch over the first images, in a new order; its mean loss."""
    total = 0.0
    shuffled = torch.randperm(count)
    for start, end in batches_of(count, args.batch):
        rows = shuffled[start:end]
        optimizer.zero_grad(set_to_none=True)
        loss = cross_entropy(model(noisy[rows]), clean[rows])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    return total / count


@torch.no_grad()
def validate():
    total = sum(
        cross_entropy(model(noisy_test[start:end]), clean_test[start:end]).item() * (end - start)
        for start, end in batches_of(len(clean_test), args.batch)
    )
    return total / len(clean_test)


before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
train(min(len(clean), 10 * args.batch))
model.load_state_dict(before[0])
optimizer.load_state_dict(before[1])

losses, train_seconds = [], 0.0
begin = time.perf_counter()
for epoch in range(args.epochs):
    start = time.perf_counter()
    loss = train(len(clean))
    epoch_seconds = time.perf_counter() - start
    train_seconds += epoch_seconds
    losses.append((loss, validate()))
    report_epoch(who, epoch + 1, len(clean) / epoch_seconds, *losses[-1])
seconds = time.perf_counter() - begin
report_denoise(who, seconds, args.epochs * len(clean) / train_seconds, losses)
