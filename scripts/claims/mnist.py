"""The life of examples/mnist.yaml on real MNIST, over seeds; needs the data.

python scripts/claims/mnist.py [--seeds 3] [--data FOLDER]    (default: MORTAL_DATA)
"""

import argparse
from pathlib import Path

from lives import exam, live, mean_and_error, table

STORY = Path(__file__).parents[2] / "examples" / "mnist.yaml"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--data", type=Path)
    given = arguments.parse_args()
    overrides = [f"data.path={given.data.resolve()}"] if given.data else []
    found = []
    for seed in range(1, given.seeds + 1):
        log = live(STORY, overrides, seed)
        arms = [exam(log, "elders", 0), exam(log, "elders", 1)]
        arms += [exam(log, "heirs", 0), exam(log, "clones", 0)]
        found.append([*(arm.mean() for arm in arms), arms[0].min()])
    header = ["elders", "aged", "heirs of the aged", "clones of the aged", "worst elder"]
    means = [mean_and_error(column) for column in zip(*found, strict=True)]
    print(f"MNIST, 20,000 images, 784-256-256, mortal-default, 8 devices, seeds 1 to {given.seeds}")
    print("accuracy % on 10,000 test images, mean +- standard error of seeds; chance 10")
    print(table(header, [[f"{mean:.1f} +- {error:.1f}" for mean, error in means]]))


if __name__ == "__main__":
    main()
