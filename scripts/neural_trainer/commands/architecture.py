"""Show a model before it trains: parameters, shapes, FLOPs, memory, dead parts, initial variance.

This runs your code: MODULE:FACTORY is a function without required arguments that returns a Case.
Your model, its optimizer and all random states stay as they are. A budget that is not kept exits
with 3.
"""

from __future__ import annotations

import argparse

from neural_trainer.commands.preflight import seconds


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `architecture`."""
    parser.add_argument("case", metavar="MODULE:FACTORY", help="returns the Case to look at")
    parser.add_argument("--max-params", metavar="N", help="budget of parameters: 25M")
    parser.add_argument(
        "--max-vram", metavar="SIZE", help="budget of memory of a training step: 6GB"
    )
    parser.add_argument("--max-size", metavar="SIZE", help="budget of the weights' file: 100MB")
    parser.add_argument(
        "--precision", choices=("stored", "bf16-mixed", "bf16"), default="stored",
        help="that --max-vram is held against (default: as the model is stored)",
    )  # fmt: skip
    parser.add_argument(
        "--sharding",
        choices=("none", "ZeRO-1", "ZeRO-2", "FSDP"),
        default="none",
        help="that --max-vram is held against (default: none)",
    )
    parser.add_argument(
        "--devices", type=int, metavar="N", help="to shard over (default: 2 and 8 are shown)"
    )
    parser.add_argument(
        "--dry", action="store_true", help="compute nothing: leave out the initial variance"
    )
    parser.add_argument(
        "--time-limit", type=seconds, default=60.0, metavar="SECONDS",
        help="for the factory (default: %(default)g)",
    )  # fmt: skip
    parser.add_argument("--all", action="store_true", help="every module, every layer")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument(
        "--exit-code", action="store_true",
        help="exit with 3 also where a module is dead or the variance goes with depth",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print what the model is; return 3 where a budget is not kept."""
    import json

    from neural_trainer.errors import ConfigError, MissingPackage
    from neural_trainer.inspect.budgets import Budget, parse_bytes, parse_count

    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingPackage("torch", "architecture", "train") from error
    most_params = parse_count(arguments.max_params) if arguments.max_params else None
    most_vram = parse_bytes(arguments.max_vram) if arguments.max_vram else None
    most_size = parse_bytes(arguments.max_size) if arguments.max_size else None
    from neural_trainer.inspect.architecture import architecture
    from neural_trainer.inspect.user_case import user_case
    from neural_trainer.render import architecture_text

    if arguments.devices is not None and arguments.devices < 2:
        raise ConfigError(f"--devices {arguments.devices}; expected 2 or more to shard over")
    if arguments.sharding != "none" and arguments.devices is None:
        raise ConfigError(f"--sharding {arguments.sharding} needs --devices N to shard over")
    degrees = {} if arguments.devices is None else {"degrees": (arguments.devices,)}
    case = user_case(arguments.case, arguments.time_limit)
    found = architecture(case, arguments.case, with_numbers=not arguments.dry, **degrees)
    budgets = []
    if most_params is not None:
        budgets.append(Budget("params", most_params, found.parts[0].num_parameters))
    if most_vram is not None:
        taken = found.memory(arguments.precision, arguments.sharding).total_bytes
        budgets.append(Budget("vram", most_vram, taken))
    if most_size is not None:
        budgets.append(Budget("size", most_size, found.size_bytes))
    if arguments.json:
        plain = architecture_text.to_dict(found, budgets)
        print(json.dumps(plain, indent=2, allow_nan=False))
    else:
        print(architecture_text.to_text(found, budgets, arguments.all))
    wrong = bool(found.dead or found.trends) and arguments.exit_code
    return 3 if wrong or any(not one.kept for one in budgets) else 0
