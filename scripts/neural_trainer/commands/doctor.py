"""Check that this environment is fit: interpreter, packages, GPU, disk, plugin."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `doctor`."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print each check and return 1 if one failed that the tool cannot do without."""
    import json

    from neural_trainer.live.fitness import checks

    results = checks()
    if arguments.json:
        plain = {"schema": "neural-trainer/doctor/1", "checks": [c._asdict() for c in results]}
        print(json.dumps(plain, indent=2))
    else:
        width = max(len(check.name) for check in results)
        for check in results:
            print(f"{check.state:<7} {check.name:<{width}}  {check.found}")
            if check.do:
                print(f"{'':<7} {'':<{width}}  -> {check.do}")
    return 1 if any(check.state == "failed" for check in results) else 0
