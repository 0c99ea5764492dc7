"""Principal components of MNIST's pixels by our crate and by NumPy and scikit-learn, in turns.

Runs a second, a table for each number of threads: the covariance of all training images in f64; its
eigenvectors, by our two methods and by numpy.linalg.eigh, all f64; and PCA with ten components of
the images in f32, which we compute in f64 and scikit-learn in f32. The ratio is ours / theirs: above 1
ours is faster.
"""
import sys

import compare_tsv
from compare import HERE

args = compare_tsv.parser(__doc__, rounds=3).parse_args()
ours = compare_tsv.build_roofline()
script = [sys.executable, str(HERE / "eig_np.py"), "--tsv", "--threads"]
commands = {
    "ours": lambda threads: [*ours, "--tsv", str(threads), "pca"],
    "numpy and scikit-learn": lambda threads: [*script, str(threads)],
}
compare_tsv.in_turns(args, commands, ["numpy", "scikit-learn"])
