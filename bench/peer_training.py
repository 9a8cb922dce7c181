#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["torch>=2.2", "h5py>=3.10", "numpy>=1.26"]
# ///
"""Trains the network of `verglas train` in PyTorch on the same dataset.h5 with the same settings,
to compare accuracy and time.

    peer_training.py train dataset.h5 [--seeds 1,2,3]
    peer_training.py epoch --rows 36000 --features 546
    peer_training.py importance --rows 7200 --features 546 --measured 8

Prints one JSON line: the test accuracy for each seed, the seconds of one epoch on artificial rows,
the seconds per feature of a NumPy loop. One thread. The training is the usual code: standardise,
shuffle indices, index rows, Adam, early stopping with the best weights restored.
"""

import argparse
import copy
import json
import os
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import torch

torch.set_num_threads(1)


def network(features, classes, hidden=(600, 600), dropout=0.2):
    layers, width = [], features
    for units in hidden:
        layers += [torch.nn.Linear(width, units), torch.nn.Tanh(), torch.nn.Dropout(dropout)]
        width = units
    return torch.nn.Sequential(*layers, torch.nn.Linear(width, classes))


def epoch(net, optimiser, loss, x, y, batch):
    """One pass over the training rows in a new order; mean loss."""
    net.train()
    total = 0.0
    for rows in torch.randperm(len(x)).split(batch):
        optimiser.zero_grad()
        value = loss(net(x[rows]), y[rows])
        value.backward()
        optimiser.step()
        total += value.item() * len(rows)
    return total / len(x)


def train(options):
    import h5py

    with h5py.File(options.dataset) as file:
        features, labels = (
            file["dataset/features"][:].astype(float),
            file["dataset/label"][:].astype(np.int64),
        )
        parts = file["dataset/split"][:]
        classes = len(file["dataset"].attrs["classes"])
    mean, scale = features[parts == 0].mean(0), features[parts == 0].std(0)
    scale[scale == 0] = 1
    x = torch.from_numpy(((features - mean) / scale).astype(np.float32))
    y = torch.from_numpy(labels)
    part = [torch.from_numpy(np.flatnonzero(parts == k)) for k in range(3)]
    (tx, ty), (vx, vy), (sx, sy) = [(x[rows], y[rows]) for rows in part]
    del x, features
    loss = torch.nn.CrossEntropyLoss()
    results = []
    for seed in map(int, options.seeds.split(",")):
        torch.manual_seed(seed)
        net = network(tx.shape[1], classes)
        optimiser = torch.optim.Adam(net.parameters(), lr=0.001)
        best, weights, waited, losses, seconds = np.inf, None, 0, [], []
        while waited < options.patience and len(losses) < 500:
            begin = time.perf_counter()
            epoch(net, optimiser, loss, tx, ty, options.batch)
            seconds.append(time.perf_counter() - begin)
            net.eval()
            with torch.inference_mode():
                losses.append(loss(net(vx), vy).item())
            waited += 1
            if losses[-1] < best:
                best, weights, waited = losses[-1], copy.deepcopy(net.state_dict()), 0
        net.load_state_dict(weights)
        net.eval()
        with torch.inference_mode():
            right = (net(sx).argmax(1) == sy).float().mean().item()
        results.append(
            {
                "seed": seed,
                "accuracy": right,
                "validation_loss": best,
                "epochs": len(losses),
                "seconds": min(seconds),
            }
        )
    print(json.dumps(results))


def time_epoch(options):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(options.rows, options.features, generator=generator)
    y = torch.randint(2, (options.rows,), generator=generator)
    net = network(options.features, 2)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.001)
    loss = torch.nn.CrossEntropyLoss()
    # The first steps warm up allocators and kernels.
    epoch(net, optimiser, loss, x[:2560], y[:2560], options.batch)
    begin, processor = time.perf_counter(), time.process_time()
    epoch(net, optimiser, loss, x, y, options.batch)
    print(
        json.dumps(
            {"seconds": time.perf_counter() - begin, "processor": time.process_time() - processor}
        )
    )


def time_importance(options):
    """R shuffles of each feature, the whole network for each: (X·Wᵀ + b → tanh) twice, logits,
    argmax."""
    random = np.random.default_rng(1)
    widths = [options.features, 600, 600, options.classes]
    layers = [
        (
            random.standard_normal((b, a)).astype(np.float32) / np.sqrt(a, dtype=np.float32),
            np.zeros(b, np.float32),
        )
        for a, b in zip(widths, widths[1:])
    ]
    x = random.standard_normal((options.rows, options.features)).astype(np.float32)
    y = random.integers(options.classes, size=options.rows)

    def right(x):
        h = x
        for weight, bias in layers[:-1]:
            h = np.tanh(h @ weight.T + bias)
        weight, bias = layers[-1]
        return ((h @ weight.T + bias).argmax(1) == y).mean()

    right(x)
    begin, processor = time.perf_counter(), time.process_time()
    for feature in range(options.measured):
        column = x[:, feature].copy()
        for _ in range(options.repeats):
            x[:, feature] = random.permutation(column)
            right(x)
        x[:, feature] = column
    print(
        json.dumps(
            {
                "seconds": (time.perf_counter() - begin) / options.measured,
                "processor": (time.process_time() - processor) / options.measured,
            }
        )
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("train")
    command.add_argument("dataset")
    command.add_argument("--seeds", default="1")
    command.add_argument("--batch", type=int, default=256)
    command.add_argument("--patience", type=int, default=10)
    command.set_defaults(run=train)
    command = commands.add_parser("epoch")
    command.add_argument("--rows", type=int, default=36000)
    command.add_argument("--features", type=int, default=546)
    command.add_argument("--batch", type=int, default=256)
    command.set_defaults(run=time_epoch)
    command = commands.add_parser("importance")
    command.add_argument("--rows", type=int, default=7200)
    command.add_argument("--features", type=int, default=546)
    command.add_argument("--classes", type=int, default=2)
    command.add_argument("--measured", type=int, default=4)
    command.add_argument("--repeats", type=int, default=10)
    command.set_defaults(run=time_importance)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
