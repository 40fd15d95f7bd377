"""Show where the time and memory of a training step go, and try what could make it faster.

This runs your code: MODULE:FACTORY is a function without required arguments that returns a Case.
Your model, its optimizer and all random states stay as they are. A latency budget that is not kept
exits with 3.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from neural_trainer.commands.preflight import seconds


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `profile`."""
    parser.add_argument("case", metavar="MODULE:FACTORY", help="returns the Case to look at")
    parser.add_argument(
        "--steps", type=int, default=20, choices=range(1, 1001), metavar="N",
        help="steps to time, 1 to 1000 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--apply", action="store_true",
        help="try what is suggested, interleaved with the baseline; report the gain",
    )  # fmt: skip
    parser.add_argument(
        "--inference", action="store_true", help="the forward pass alone, in eval mode"
    )
    parser.add_argument(
        "--batch-size", type=int, metavar="N", help="with --inference: of at most N samples"
    )
    parser.add_argument(
        "--max-latency-ms", type=float, metavar="MS",
        help="with --inference: budget of the 95th percentile",
    )  # fmt: skip
    parser.add_argument(
        "--time-limit", type=seconds, default=60.0, metavar="SECONDS",
        help="for the factory (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--trace", metavar="FILE", help="write a Chrome trace, .json or .json.gz")
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print where a step's time goes; return 3 where the latency budget is not kept."""
    import json
    import sys

    from neural_trainer.errors import ConfigError, MissingPackage

    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingPackage("torch", "profile", "train") from error
    most_ms, size = arguments.max_latency_ms, arguments.batch_size
    if not arguments.inference and (most_ms is not None or size is not None):
        raise ConfigError(
            "--max-latency-ms and --batch-size are of a forward pass; expected --inference too"
        )
    if size is not None and size < 1:
        raise ConfigError(f"--batch-size {size}; expected 1 or more")
    if arguments.trace and not Path(arguments.trace).resolve().parent.is_dir():
        raise ConfigError(f"{arguments.trace}: there is no such folder to write the trace to")
    from neural_trainer.inspect.profile import profile
    from neural_trainer.inspect.user_case import user_case
    from neural_trainer.render import profile_text

    found = profile(
        user_case(arguments.case, arguments.time_limit),
        arguments.case,
        num_steps=arguments.steps,
        inference=arguments.inference,
        batch_size=size,
        apply=arguments.apply,
        trace=arguments.trace,
        tell=lambda said: print(said, file=sys.stderr),
    )
    if arguments.trace:
        print(f"{arguments.trace} written", file=sys.stderr)
    if arguments.json:
        print(json.dumps(profile_text.to_dict(found, most_ms), indent=2, allow_nan=False))
    else:
        print(profile_text.to_text(found, most_ms))
    return 3 if most_ms is not None and 1e3 * found.latency_s[1] > most_ms else 0
