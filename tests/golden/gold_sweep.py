"""sweep.json: quantiles of Student's distribution, and means with their intervals (SciPy)."""
from golden_io import grid, write

import numpy as np
from scipy import stats


def mean(values):
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    return {
        "values": values, "mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1)),
        "low": float(low), "high": float(high),
    }


rng = np.random.default_rng(21)

write("sweep.json", ["numpy", "scipy"], {
    "student": [
        {"confidence": confidence, "freedom": float(v), "t": float(stats.t.ppf((1 + confidence) / 2, v))}
        for confidence in (0.5, 0.95, 0.99) for v in (1, 2, 3, 4, 5, 9, 29, 100, 1000, 100000)
    ],
    # The last one is far from zero beside its deviation, where squares would cancel.
    "means": [mean(grid(rng, n, 0, 1)) for n in (2, 3, 5, 30)] + [mean(2.0**26 + grid(rng, 10, -1, 1))],
})
