"""Could this run be repeated? Conditions that are held, not held or not to be told.

What is asked of the process is asked of modules that are loaded already; none is imported here.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from neural_trainer.live.pins import lock_files, pinned
from neural_trainer.live.run_folder import RUN_FILE
from neural_trainer.live.seeds import CHOSEN_SEED_BELOW

HELD, NOT_HELD, CANNOT_TELL = "held", "not held", "cannot be told"


class Condition(NamedTuple):
    """One condition: state is HELD, NOT_HELD or CANNOT_TELL; do is empty where it is held."""

    name: str
    state: str
    found: str
    do: str = ""


def checklist(
    seeds: Mapping[str, Any],
    project: Path,
    *,
    git: Mapping[str, Any] | None = None,
    packages: Mapping[str, str] | None = None,
    data_files: Iterable[Mapping[str, Any]] = (),
    loaders: Iterable[Any] = (),
) -> list[Condition]:
    """Return every condition, as things stand in this process.

    seeds: of `seeds.seeds`. git, packages, data_files: as `provenance` has them. loaders: torch
    DataLoaders, where the caller has them.
    """
    torch = sys.modules.get("torch")
    return [
        *_seeds(seeds, torch),
        _hash_seed(),
        *_torch_switches(torch),
        _workers(list(loaders), torch),
        _code(git),
        _pins(project, packages or {}),
        _data(list(data_files)),
    ]


def in_short(conditions: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return how many conditions of a run.json are held, and what to do for each of the others.

    >>> seed = {"name": "seed of torch", "state": "not held", "found": "", "do": "seed it"}
    >>> in_short([seed, {"name": "code committed", "state": "held", "found": "all at 5f2d"}])
    {'held': 1, 'of': 2, 'open': {'seed of torch': 'not held: seed it'}}
    """
    others = [one for one in conditions if one["state"] != HELD]
    return {
        "held": len(conditions) - len(others),
        "of": len(conditions),
        "open": {one["name"]: f"{one['state']}: {one['do']}" for one in others},
    }


def recorded(run_folder: Path) -> dict[str, Any] | None:
    """Return the conditions of a run.json in short; None where it does not tell them."""
    # run.json may have gone since, or be an older one that is gone on with.
    try:
        record = json.loads((run_folder / RUN_FILE).read_text(encoding="utf-8"))
        return in_short(record["reproducibility"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def in_words(short: Mapping[str, Any]) -> list[str]:
    """Return conditions in short as lines: how many are held, then what to do for each other.

    >>> in_words({"held": 1, "of": 2, "open": {"seed of torch": "not held: seed it"}})
    ['reproducibility: 1 of 2 conditions are held', '  seed of torch not held: seed it']
    """
    head = f"reproducibility: {short['held']} of {short['of']} conditions are held"
    return [head, *(f"  {name} {told}" for name, told in short["open"].items())]


def _seeds(found: Mapping[str, Any], torch: Any) -> list[Condition]:
    conditions = []
    for name, call in (("python", "random.seed(seed)"), ("numpy", "numpy.random.seed(seed)")):
        if name in found:
            conditions.append(Condition(f"seed of {name}", HELD, f"seeded with {found[name]}"))
        else:
            told = "no seed of the config, of torch or in common use leads to its state"
            do = f"call {call} at the start, with a seed that the config names"
            conditions.append(Condition(f"seed of {name}", CANNOT_TELL, told, do))
    if torch is None:
        return [*conditions, _no_torch("seed of torch")]
    seed = found["torch"]
    if seed in found.get("config", {}).values() or seed < CHOSEN_SEED_BELOW:
        return [*conditions, Condition("seed of torch", HELD, f"seeded with {seed}")]
    do = "call torch.manual_seed(seed) before the model is made"
    told = f"it seeded itself, with {seed}"
    return [*conditions, Condition("seed of torch", NOT_HELD, told, do)]


def _hash_seed() -> Condition:
    name, value = "order of sets", os.environ.get("PYTHONHASHSEED", "")
    if not sys.flags.hash_randomization or value.isdigit():
        return Condition(name, HELD, f"PYTHONHASHSEED={value}")
    do = "start with PYTHONHASHSEED=0 where the order of a set of strings decides anything"
    return Condition(name, NOT_HELD, "PYTHONHASHSEED is not set", do)


def _torch_switches(torch: Any) -> list[Condition]:
    names = ("deterministic algorithms", "cudnn.benchmark", "tf32")
    if torch is None:
        return [_no_torch(name) for name in names]
    has_gpu = torch.version.cuda is not None or torch.version.hip is not None
    is_set = torch.are_deterministic_algorithms_enabled()
    warns = is_set and torch.is_deterministic_algorithms_warn_only_enabled()
    workspace = os.environ.get("CUBLAS_WORKSPACE_CONFIG", "")
    found = f"use_deterministic_algorithms is {'warn_only' if warns else is_set}"
    do = "call torch.use_deterministic_algorithms(True); it names what has no such way"
    state = HELD if is_set and not warns else NOT_HELD
    if state == HELD and has_gpu and workspace not in (":4096:8", ":16:8"):
        state, do = NOT_HELD, "set CUBLAS_WORKSPACE_CONFIG=:4096:8 before the start"
        found += f", CUBLAS_WORKSPACE_CONFIG is {workspace or 'not set'}"
    deterministic = Condition(names[0], state, found, "" if state == HELD else do)
    benchmark = torch.backends.cudnn.benchmark
    cudnn = Condition(names[1], NOT_HELD if benchmark and has_gpu else HELD, f"it is {benchmark}",
                      "set torch.backends.cudnn.benchmark = False: it picks kernels by their speed "
                      "that day" if benchmark and has_gpu else "")  # fmt: skip
    return [deterministic, cudnn, _tf32(torch, has_gpu)]


def _tf32(torch: Any, has_gpu: bool) -> Condition:
    """Tell whether float32 products are rounded to TF32 on cards that have it, and only there."""
    if not has_gpu:
        return Condition("tf32", HELD, "this torch drives no GPU")
    try:
        products = torch.get_float32_matmul_precision()
        convolutions = torch.backends.cudnn.allow_tf32
    except RuntimeError as error:  # where old and new switches of torch are mixed
        told = str(error).partition(".")[0]
        return Condition("tf32", CANNOT_TELL, told, "use one kind of switch")
    found = f"float32 products: {products}, convolutions: {'tf32' if convolutions else 'ieee'}"
    if products == "highest" and not convolutions:
        return Condition("tf32", HELD, found)
    do = ("set torch.set_float32_matmul_precision('highest') and torch.backends.cudnn.allow_tf32 = "
          "False where numbers must agree across cards; it costs speed")  # fmt: skip
    return Condition("tf32", NOT_HELD, found, do)


def _workers(loaders: list[Any], torch: Any) -> Condition:
    """Tell whether the workers of the loaders draw the same numbers each time.

    torch seeds random, torch and NumPy's global generator of each worker from its base seed.
    """
    name = "seeds of data-loader workers"
    if not loaders:
        do = "pass a seeded generator=torch.Generator() to each DataLoader, or seed torch before"
        return Condition(name, CANNOT_TELL, "no data loader is known here", do)
    own = [loader for loader in loaders if getattr(loader, "worker_init_fn", None) is not None]
    if own:
        told = f"{len(own)} of {len(loaders)} loaders have a worker_init_fn of their own"
        return Condition(name, CANNOT_TELL, told, "see that it seeds from torch.initial_seed()")
    for loader in loaders:
        generator = getattr(loader, "generator", None)
        seed = torch.initial_seed() if generator is None else generator.initial_seed()
        if seed >= CHOSEN_SEED_BELOW:
            do = "seed the generator that the DataLoader draws its base seed from"
            return Condition(name, NOT_HELD, f"their base seed comes from {seed}, drawn", do)
    return Condition(name, HELD, f"{len(loaders)} loaders draw from seeded generators")


def _code(git: Mapping[str, Any] | None) -> Condition:
    name = "code committed"
    if git is None:
        return Condition(name, NOT_HELD, "no git repository", "git init, and commit the code")
    commit = str(git["commit"])[:12]
    code = [path for path in git.get("untracked", ()) if path.endswith((".py", ".cu", ".cpp"))]
    if git["dirty"] is None:
        return Condition(name, CANNOT_TELL, f"git took too long at {commit}", "git status")
    if git["dirty"]:
        kept = "a part of the diff is" if git.get("diff_cut") else "the diff is"
        found = f"tracked files differ from {commit}; {kept} in run.json"
        return Condition(name, NOT_HELD, found, "commit before the run")
    if code:
        found = f"{len(code)} files of code are not in {commit}, {code[0]} among them"
        return Condition(name, NOT_HELD, found, "git add and commit them, or ignore them")
    return Condition(name, HELD, f"all at {commit}")


def _pins(project: Path, packages: Mapping[str, str]) -> Condition:
    name = "packages pinned"
    found = {path.name: pinned(path) for path in lock_files(project)}
    locks = {file: pins for file, pins in found.items() if pins}
    if not locks:
        do = "keep a lock: uv lock, or pip freeze > requirements.lock"
        return Condition(name, NOT_HELD, "no lock file in the project; run.json lists them", do)
    file, pins = max(locks.items(), key=lambda item: len(item[1]))
    other = [
        f"{package} {packages[package]}, pinned {' or '.join(sorted(versions))}"
        for package, versions in sorted(pins.items())
        if package in packages and not _is_one_of(packages[package], versions)
    ]
    if other:
        found_text = f"{len(other)} installed otherwise than in {file}: {'; '.join(other[:3])}"
        return Condition(name, NOT_HELD, found_text, f"install from {file}")
    return Condition(name, HELD, f"{len(pins)} in {file}")


def _is_one_of(installed: str, versions: Iterable[str]) -> bool:
    """Compare without the local part: 2.13.0+cpu is the 2.13.0 that was asked for."""
    public = installed.partition("+")[0]
    return any(public == version.partition("+")[0] for version in versions)


def _data(files: list[Mapping[str, Any]]) -> Condition:
    name = "data fingerprinted"
    if not files:
        do = "name the data's files or folders in the config, or in Monitor(data=...)"
        return Condition(name, NOT_HELD, "the config names no data that is on this machine", do)
    open_ones = [str(file["path"]) for file in files if "not_hashed" in file]
    if open_ones:
        found = f"{len(open_ones)} of {len(files)} could not be hashed, {open_ones[0]} among them"
        return Condition(name, CANNOT_TELL, found, "keep a hash of them beside the data")
    parts = sum("sha256" not in file for file in files)
    found = f"{len(files)} of them, {parts} by size, names or ends alone"
    return Condition(name, HELD, found)


def _no_torch(name: str) -> Condition:
    do = "import torch before the record is written"
    return Condition(name, CANNOT_TELL, "torch is not loaded in this process", do)
