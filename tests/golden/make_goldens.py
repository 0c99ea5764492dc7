"""Makes every golden file of this folder, each in its own process, so that libraries do not disturb each other."""
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for script in (
    "pca", "eigh", "dense_model", "optimizers", "schedules", "codes", "ops", "conv", "conv_model", "glorot", "fit", "summary",
    "metrics", "noise", "lab", "anomaly", "sweep", "layers", "tape", "schedules", "onnx",
):
    subprocess.run([sys.executable, HERE / f"gold_{script}.py"], check=True)
