"""Average the last checkpoints of a run."""
import argparse
from pathlib import Path

import torch as th


def average(paths):
    total = None
    for path in paths:
        state = th.load(path, map_location=th.device("cpu"), weights_only=False)["model"]  # PLANTED
        if total is None:
            total = {k: v.double() for k, v in state.items()}
        else:
            for k, v in state.items():
                total[k] += v.double()
    return {k: (v / len(paths)).float() for k, v in total.items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("folder", type=Path)
    ap.add_argument("--last", type=int, default=5)
    args = ap.parse_args()
    paths = sorted(args.folder.glob("epoch*.pt"))[-args.last :]
    print("averaging", [p.name for p in paths])
    th.save(average(paths), args.folder / "average.pt")


if __name__ == "__main__":
    main()
