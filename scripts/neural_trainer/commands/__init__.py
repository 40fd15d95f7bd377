"""The verbs: one table that cli.py, scripts/, the skills and docs/commands.md are held to.

Each verb has a module here with `configure(parser)`, which adds its arguments, and
`run(arguments) -> int`, which makes one call and returns the exit code.
"""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """One verb of the command: its module here, its script, what it does, what it may touch."""

    module: str
    script: str
    help: str
    reads_only: bool
    """True where it never imports user code nor spends a machine: skills pre-approve these."""
    reading: tuple[str, ...] = ()
    """The first words after it that skills pre-approve: of a verb that does either, those with
    which it only reads; of one that follows, the option with which it ends by itself."""


VERBS: dict[str, Verb] = {
    "demo": Verb("demo", "demo.py", "from a failing run to a proven fix, on this machine", False),
    "diagnose": Verb("diagnose", "diagnose.py", "logs -> ranked root causes with evidence", True),
    "curves": Verb("curves", "analyze_curves.py", "what the curves show, signal by signal", True),
    "gradients": Verb(
        "gradients", "analyze_gradients.py", "what each layer shows, over time and depth", True
    ),
    "probe": Verb("probe", "probe_model.py", "ten steps of a model on a copy, by layer", False),
    "preflight": Verb(
        "preflight", "preflight.py", "what a careful person checks before a long run", False
    ),
    "check-model": Verb(
        "check_model", "test_model.py", "a model's contract: gradients, batches, files", False
    ),
    "architecture": Verb(
        "architecture",
        "validate_architecture.py",
        "a model before it trains: parameters, memory, dead parts",
        False,
    ),
    "profile": Verb(
        "profile", "profile_performance.py", "where the time and memory of a step go", False
    ),
    "scaffold": Verb(
        "scaffold", "init_model_template.py", "a model, its trainer, config and tests", False
    ),
    "plot": Verb("plot", "plot_logs.py", "PNG or SVG of any log, several runs overlaid", True),
    "compare": Verb(
        "compare", "compare_runs.py", "did the change help? before against after", True
    ),
    "scaling": Verb(
        "scaling", "fit_scaling_laws.py", "scaling laws with intervals, a plan for a budget", True
    ),
    "plan": Verb(
        "plan", "plan_experiment.py", "seeds, power, budget -> a plan to compare by", True
    ),
    "sweep": Verb(
        "sweep", "sweep.py", "a search over settings, each trial under watch", False, ("report",)
    ),
    "validate": Verb(
        "validate",
        "run_validation.py",
        "a model on held-out data, each number with its interval",
        False,
    ),
    "launch": Verb(
        "launch", "launch_training.py", "any training command under watch", False, ("list",)
    ),
    "train": Verb("train", "train.py", "the reference PyTorch trainer, from a YAML config", False),
    "monitor": Verb("monitor", "monitor.py", "how runs stand now, live", True, ("--once",)),
    "watch": Verb("watch", "watch.py", "one line per alarm of this project's runs", True),
    "lint": Verb("lint", "lint_training_code.py", "training bugs visible in source", True),
    "fix": Verb("fix", "fix_training_code.py", "lint's certain fixes, as a diff or applied", False),
    "specialist": Verb(
        "specialist", "run_specialist.py", "a case handed to a specialist agent, JSON back", False
    ),
    "explain": Verb(
        "explain", "explain.py", "what a fault or a symptom is, from its own file", True
    ),
    "doctor": Verb("doctor", "doctor.py", "is this environment fit for training?", True),
}
