"""Show the whole way on this machine: a small model with a planted fault is
trained under watch, the alarm comes while it trains, the cause is named, the
config is mended, the run is repeated and the two are compared. About a minute.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `demo`."""
    parser.add_argument(
        "--out", metavar="FOLDER", help="where it writes (default: demo, or demo-2, demo-3 …)"
    )
    parser.add_argument("--json", action="store_true", help="tell it on stderr, the end as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Walk from the fault to the proof."""
    import json

    from neural_trainer.study.demo import demo, new_folder

    folder = Path(arguments.out) if arguments.out else new_folder(Path("demo"))
    proof = demo(folder, sys.stderr if arguments.json else sys.stdout)
    if arguments.json:
        print(json.dumps(proof, indent=2, allow_nan=False))
    return 0
