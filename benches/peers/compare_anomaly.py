"""Anomaly detection by this project's program and by its peers, as tables of AUROC and seconds.

The protocol is that of L. Ruff et al., "Deep One-Class Classification" (ICML 2018): one class of
MNIST or Fashion-MNIST is normal. Everyone trains on the training images of that class alone, with
pixels from 0 to 1, and scores all 10,000 test images; those of the nine other classes are the
anomalies. Our program keeps a tenth of the training images back for its threshold; the peers train
on all of them.

    pca            the squared error of scikit-learn's PCA that keeps 95 % of the variance
    pca-30         the same with 30 components
    isolation      IsolationForest of 100 trees
    ocsvm-0.1      OneClassSVM, Gaussian kernel, gamma "scale", nu 0.1
    ocsvm-0.5      the same with scikit-learn's default, nu 0.5
    pyod           PyOD's AutoEncoder with its defaults: 64 and 32 units, 10 epochs, batches of 32

PCA and OneClassSVM draw nothing at random and run once a class (PCA by a full decomposition); the
others run once a seed. Everyone has one thread, unless --threads says otherwise. Seconds are of
training alone: what our program writes to times.toml, and the call of `fit` of a peer, in which
PyOD also scores the training images once. Results are kept in the file of --results, and a run that
is in it is not repeated. The first eight columns of the tables at the end are those of
docs/results.md.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time
import tomllib
from collections import defaultdict
from pathlib import Path

import common
import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.svm import OneClassSVM
from threadpoolctl import threadpool_limits

DETERMINISTIC = ["pca", "pca-30", "ocsvm-0.1", "ocsvm-0.5"]
SEEDED = ["isolation", "pyod"]
SCORES = ["patch", "mse", "cross-entropy", "mahalanobis", "neighbors"]
# The columns of the tables. The first eight stand in docs/results.md.
HEADINGS = {
    "ours-patch": "patch",
    "ours-mse": "squared error",
    "ours-neighbors": "neighbors",
    "ours-mahalanobis": "Mahalanobis",
    "pca-30": "PCA",
    "ocsvm-0.1": "one-class SVM",
    "isolation": "forest",
    "pyod": "PyOD",
    "ours-cross-entropy": "cross-entropy",
    "pca": "PCA, 95 % of the variance",
    "ocsvm-0.5": "one-class SVM, nu 0.5",
}
DATASETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}


def squared_error(pca, images):
    """The mean squared error of each image and its projection."""
    return ((pca.inverse_transform(pca.transform(images)) - images) ** 2).mean(axis=1)


def peer(name, seed, train, test):
    """The scores of the test images, larger for less normal ones, and the seconds of `fit`."""
    if name.startswith("pca"):
        kept = int(name.removeprefix("pca-")) if "-" in name else 0.95
        model = PCA(kept, svd_solver="full")
    elif name == "isolation":
        model = IsolationForest(n_estimators=100, random_state=seed)
    elif name.startswith("ocsvm"):
        model = OneClassSVM(gamma="scale", nu=float(name.removeprefix("ocsvm-")))
    else:
        from pyod.models.auto_encoder import AutoEncoder

        model = AutoEncoder(random_state=seed, verbose=0, device="cpu")
    start = time.perf_counter()
    model.fit(train)
    seconds = time.perf_counter() - start
    if name.startswith("pca"):
        return squared_error(model, test), seconds
    if name == "pyod":
        return model.decision_function(test), seconds
    return -model.score_samples(test), seconds


def ours(program, dataset, digit, seed, extra):
    """The AUROC of each of our scores, and the seconds of training."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        subprocess.run(
            [program, "anomaly", "-q", "--dataset", dataset, "--classes", str(digit)]
            + ["--seed", str(seed), "--out", run, *extra],
            check=True,
            cwd=common.REPOSITORY,
        )
        metrics = tomllib.loads((run / "metrics.toml").read_text())
        times = tomllib.loads((run / "times.toml").read_text())
    return find_auroc(metrics), find_seconds(times)


def find_auroc(metrics):
    """AUROC by the name of the score: each score has a table of its own."""
    found = {}
    for name, value in metrics.items():
        if isinstance(value, dict) and "auroc" in value:
            found[name] = value["auroc"]
        elif isinstance(value, dict):
            found.update(find_auroc(value))
    return found


def find_seconds(times):
    """The seconds of training in times.toml."""
    for name in ("training_seconds", "seconds"):
        if name in times:
            return float(times[name])
    raise SystemExit(f"times.toml: expected training_seconds, found {sorted(times)}")


def load(dataset, part):
    """The images and labels of one part, from the folder of the data set."""
    common.MNIST = common.REPOSITORY / "datasets" / dataset
    return common.images(part), common.idx(f"{part}-labels-idx1-ubyte")


def limit_threads(count):
    """Lets the peers use this many threads."""
    import torch

    torch.set_num_threads(count)
    threadpool_limits(limits=count)


def table(dataset, results):
    """A Markdown table: a row for each class, the mean of all, its deviation, the seconds."""
    by_name, seconds = defaultdict(lambda: defaultdict(dict)), defaultdict(list)
    for key, value in results.items():
        data, name, digit, seed = key.split("/")
        if data == dataset:
            by_name[name][int(digit)][int(seed)] = value["auroc"]
            seconds[name].append(value["seconds"])
    names = [name for name in HEADINGS if name in by_name]
    headings = [HEADINGS[name] for name in names]
    print(f"\n| {DATASETS[dataset]}, normal class | " + " | ".join(headings) + " |")
    print("| --- |" + " ---: |" * len(names))
    for digit in range(10):
        cells = [list(by_name[name].get(digit, {}).values()) for name in names]
        shown = [f"{np.mean(cell):.3f}" if cell else "" for cell in cells]
        print(f"| {digit} | " + " | ".join(shown) + " |")
    means, deviations = [], []
    for name in names:
        runs = by_name[name]
        seeds = sorted({seed for digit in runs.values() for seed in digit})
        whole = [seed for seed in seeds if all(seed in runs.get(d, {}) for d in range(10))]
        each = [np.mean([runs[digit][seed] for digit in range(10)]) for seed in whole]
        means.append(f"{np.mean(each):.4f}" if each else "")
        deviations.append("none" if name in DETERMINISTIC else spread(each))
    print("| mean | " + " | ".join(means) + " |")
    print("| deviation over seeds | " + " | ".join(deviations) + " |")
    medians = [f"{np.median(seconds[name]):.2f}" for name in names]
    print("| median seconds of training | " + " | ".join(medians) + " |")


def spread(values):
    """The standard deviation of a sample, if it has one."""
    return f"{np.std(values, ddof=1):.4f}" if len(values) > 1 else ""


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--program", help="the built ae-app; without it, the peers alone run")
    parser.add_argument("--results", type=Path, default=Path("anomaly.json"))
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=list(DATASETS))
    parser.add_argument("--classes", nargs="+", type=int, default=list(range(10)))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--peers", nargs="*", default=DETERMINISTIC + SEEDED)
    parser.add_argument("--threads", type=int, default=1, help="of our program and of each peer")
    parser.add_argument("--option", nargs=1, action="extend", default=[], metavar="OPTION",
                        help="one more argument of our program, as in --option=--patch=11")
    args = parser.parse_args()
    program = Path(args.program).resolve() if args.program else None
    results = json.loads(args.results.read_text()) if args.results.exists() else {}
    limit_threads(args.threads)
    options = ["--threads", str(args.threads), *args.option]

    def keep(key, auroc, seconds):
        results[key] = {"auroc": float(auroc), "seconds": seconds}
        whole = args.results.with_suffix(".new")
        whole.write_text(json.dumps(results, indent=1, sort_keys=True))
        os.replace(whole, args.results)
        print(f"{key}: AUROC {auroc:.4f}, {seconds:.2f} s", flush=True)

    for dataset in args.datasets:
        train, train_labels = load(dataset, "train")
        test, test_labels = load(dataset, "t10k")
        for digit in args.classes:
            normal, anomalous = train[train_labels == digit], test_labels != digit
            for turn, seed in enumerate(args.seeds):
                if program and f"{dataset}/ours-{SCORES[0]}/{digit}/{seed}" not in results:
                    found, seconds = ours(program, dataset, digit, seed, options)
                    # The default score last: its result says that all are kept.
                    for score in sorted(found, key=lambda score: score == SCORES[0]):
                        keep(f"{dataset}/ours-{score}/{digit}/{seed}", found[score], seconds)
                for name in args.peers:
                    key = f"{dataset}/{name}/{digit}/{0 if name in DETERMINISTIC else seed}"
                    if key in results or (name in DETERMINISTIC and turn > 0):
                        continue
                    scores, seconds = peer(name, seed, normal, test)
                    keep(key, roc_auc_score(anomalous, scores), seconds)
    for dataset in args.datasets:
        table(dataset, results)


if __name__ == "__main__":
    main()
