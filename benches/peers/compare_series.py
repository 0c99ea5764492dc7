"""Anomalies in series by this project's program and by its peers, as a table of AUROC.

The sets are those of series_data.py. Our program trains the preset `vectors` with its defaults on
the table that `series_data.py` writes; it scales the columns itself, and keeps a tenth of the
training rows back for its threshold. The peers are those of compare_anomaly.py, on all training
rows, scaled in the same way; PCA has 8 components, as many as our codes have numbers. Everyone has
one thread.

    pip install --no-deps aeon==1.6.0
    python compare_series.py --program ../../target/debug/ae-app
"""
import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

import compare_anomaly
import numpy as np
import series_data
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

PEERS = ["pca-8", "ocsvm-0.1", "isolation", "pyod"]
HEADINGS = {
    "mse": "squared error",
    "patch": "patch",
    "neighbors": "neighbors",
    "mahalanobis": "Mahalanobis",
    "pca-8": "PCA",
    "ocsvm-0.1": "one-class SVM",
    "isolation": "forest",
    "pyod": "PyOD",
}
# The rate of false alarms changes no area. The smallest set holds out 27 rows, too few for the
# default of 1 %.
OPTIONS = ["--vectors", "--false-alarms", "0.05", "--threads", "1"]


def areas(program, name, seeds):
    """The areas of each score and of each peer, one for each seed."""
    found = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        series_data.write(name, Path(folder) / name)
        for seed in seeds if program else []:
            scores, _ = compare_anomaly.ours(
                program, Path(folder) / name, "normal", seed, OPTIONS
            )
            for score, area in scores.items():
                found[score].append(area)
    train, test, anomalous = series_data.load(name)
    scaler = StandardScaler().fit(train)
    train, test = (scaler.transform(rows).astype(np.float32) for rows in (train, test))
    for peer in PEERS:
        for seed in seeds[:1] if peer in ["pca-8", "ocsvm-0.1"] else seeds:
            scores, _ = compare_anomaly.peer(peer, seed, train, test)
            found[peer].append(roc_auc_score(anomalous, scores))
    print(f"{name}: {dict(found)}", flush=True)
    return found, len(train), len(test), int(np.sum(anomalous))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--program", type=Path, help="the built ae-app; without it, only peers")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--sets", nargs="+", choices=series_data.SETS, default=series_data.SETS)
    args = parser.parse_args()
    compare_anomaly.limit_threads(1)
    program = args.program and args.program.resolve()
    found = {name: areas(program, name, args.seeds) for name in args.sets}
    print("\n| normal, trained on | tested, anomalous | " + " | ".join(HEADINGS.values()) + " |")
    print("| --- | --- |" + " ---: |" * len(HEADINGS))
    for name, (by_score, train, test, anomalous) in found.items():
        cells = []
        for score in HEADINGS:
            each = by_score.get(score, [])
            spread = f" ({np.std(each, ddof=1):.3f})" if len(each) > 1 else ""
            cells.append(f"{np.mean(each):.3f}{spread}" if each else "")
        print(f"| {name}, {train:,} | {test:,}, {anomalous:,} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
