"""Series with anomalies, from the package aeon, as tables that `ae-app anomaly --vectors` reads.

    blood-pressure   arterial pressure with one abnormal beat: series 135 of the UCR Anomaly Archive
                     (R. Wu and E. Keogh, 2021), as windows of 64 values
    ecg              a simulated electrocardiogram with three faults, from GutenTAG (P. Wenig et
                     al., 2022), as windows of 64 values
    winter, summer   days of 24 hours of electric power in Italy (E. Keogh et al., "Intelligent
                     icons", 2006): those of one half of the year are normal, the others not

The series with a fault come in two files, and all of the first is normal. Of the days every second
normal one is for training. The package is only read, not imported, so its dependencies are not
needed: `pip install --no-deps aeon==1.6.0`.

    python series_data.py blood-pressure FOLDER      writes FOLDER/train.csv and FOLDER/test.csv
"""
import argparse
import importlib.util
from pathlib import Path

import numpy as np

WINDOW = 64
# The two files of a series, and the distance of its training windows.
FAULTS = {
    "blood-pressure": ("KDD-TSAD_135/135_UCR_Anomaly_InternalBleeding16", "_TRAIN", 1),
    "ecg": ("UnitTest/ecg-diff-count-3", "_TRAIN_NA", 4),
}
SEASONS = {"winter": "1", "summer": "2"}
SETS = [*FAULTS, *SEASONS]


def load(name):
    """Training rows, all of them normal, test rows, and which of these are anomalous."""
    if name in FAULTS:
        file, train, step = FAULTS[name]
        normal, _ = windows(f"{file}{train}.csv", step)
        return normal, *windows(f"{file}_TEST.csv", 4)
    days, seasons = (np.concatenate(parts) for parts in zip(days_of("TRAIN"), days_of("TEST")))
    normal = seasons == SEASONS[name]
    trained = np.zeros(len(days), bool)
    trained[np.flatnonzero(normal)[::2]] = True
    return days[trained], days[~trained], ~normal[~trained]


def data(path):
    """A file of aeon's data sets."""
    spec = importlib.util.find_spec("aeon")
    if spec is None:
        raise SystemExit("aeon: expected the package; pip install --no-deps aeon==1.6.0")
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data" / path


def windows(path, step):
    """All windows at this distance, and which of them hold a value that is marked as anomalous."""
    rows = np.loadtxt(data(path), delimiter=",", skiprows=1)
    view = np.lib.stride_tricks.sliding_window_view
    return view(rows[:, 1], WINDOW)[::step], view(rows[:, -1] == 1, WINDOW)[::step].any(axis=1)


def days_of(part):
    """The days of a part and the half of the year of each."""
    lines = data(f"ItalyPowerDemand/ItalyPowerDemand_{part}.ts").read_text().splitlines()
    rows = [line.rsplit(":", 1) for line in lines[lines.index("@data") + 1 :] if line.strip()]
    return np.array([np.fromstring(day, sep=",") for day, _ in rows]), np.array(
        [season.strip() for _, season in rows]
    )


def write(name, folder):
    """Writes train.csv and test.csv, with the column `label`: normal or anomaly."""
    train, test, anomalous = load(name)
    folder.mkdir(parents=True, exist_ok=True)
    for part, rows, labels in [
        ("train", train, np.zeros(len(train), bool)),
        ("test", test, anomalous),
    ]:
        with open(folder / f"{part}.csv", "w") as file:
            print(*(f"t{i}" for i in range(rows.shape[1])), "label", sep=",", file=file)
            for row, label in zip(rows, labels):
                print(*row, "anomaly" if label else "normal", sep=",", file=file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=SETS)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    write(args.name, args.folder)
