"""anomaly.json: curves, distances of codes (scikit-learn) and the beta distribution (SciPy)."""
from golden_io import grid, write

import numpy as np
from scipy.special import betainc
from scipy.stats import beta
from sklearn.covariance import ShrunkCovariance
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors


def curves(name, scores, anomalous):
    false_alarms, recall, thresholds = roc_curve(anomalous, scores, drop_intermediate=False)
    precision, recalls, _ = precision_recall_curve(anomalous, scores)
    return {
        "name": name, "scores": scores, "anomalous": anomalous.astype(float),
        # The first threshold of roc_curve is infinite.
        "false_alarms": false_alarms, "recall": recall, "thresholds": thresholds[1:],
        "precision": precision, "recall_of_precision": recalls,
        "auroc": float(roc_auc_score(anomalous, scores)),
        "average_precision": float(average_precision_score(anomalous, scores)),
    }


def codes(name, train, test, k):
    fit = ShrunkCovariance(shrinkage=0.1).fit(train)
    neighbors = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(train)
    return {
        "name": name, "train": train, "test": test, "k": k,
        "squared_mahalanobis": fit.mahalanobis(test),
        "neighbors": neighbors.kneighbors(test)[0][:, -1],
    }


rng = np.random.default_rng(19)
labels = rng.integers(0, 2, 60).astype(bool)
scores = grid(rng, 60, -2, 2) + labels
few = rng.integers(0, 20, 200) == 0

train = grid(rng, (80, 6), -2, 2) * [8, 4, 2, 1, 1, 0.5]
test = grid(rng, (20, 6), -3, 3) * [8, 4, 2, 1, 1, 0.5]
dead = np.array([1, 1, 0, 1, 0, 1])
beta_cases = [(0.3, 2, 5), (0.9, 2, 5), (0.01, 1, 99), (0.02, 6, 537), (0.5, 0.5, 0.5), (0.999, 60, 3), (1e-5, 1, 60000),
              (0.0101, 600, 59401), (0.25, 3.5, 12.25), (0.99, 59401, 600)]

write("anomaly.json", ["numpy", "scipy", "scikit-learn"], {
    "curves": [
        curves("ties", np.round(scores * 2) / 2, labels),
        curves("distinct", np.argsort(rng.permutation(60)) / 64, labels),
        curves("all_equal", np.zeros(60), labels),
        curves("separated", scores + 16 * labels, labels),
        curves("reversed", -scores - 16 * labels, labels),
        curves("few_anomalies", grid(rng, 200, 0, 1) + few * 0.5, few),
    ],
    "codes": [
        codes("six_columns", train, test, 5),
        codes("dead_units", train * dead, test * dead, 3),
        codes("fewer_rows_than_columns", train[:4], test, 1),
        codes("one_column", train[:, :1], test[:, :1], 80),
    ],
    "beta": [
        {"x": x, "a": float(a), "b": float(b), "betainc": float(betainc(a, b, x)),
         "quantiles": np.array([beta.ppf(p, a, b) for p in (0.025, 0.5, 0.975)])}
        for x, a, b in beta_cases
    ],
})
