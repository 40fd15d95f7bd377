"""Imports point down the flow of data, and what must start at once imports nothing heavy."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
PACKAGE = "neural_trainer"

# A package imports from itself and from those before it.
ORDER = (
    "errors",
    "runs",
    "signals",
    "layers",
    "symptoms",
    "causes",
    "inspect",
    "diagnosis",
    "render",
    "live",
    "training",
    "study",
    "dashboard",
    "specialist",
    "commands",
    "cli",
    "__main__",
)
HEAVY = {
    "accelerate",
    "datasets",
    "jax",
    "lightning",
    "matplotlib",
    "mlflow",
    "optuna",
    "pandas",
    "peft",
    "ray",
    "scipy",
    "sklearn",
    "tensorboard",
    "torch",
    "torchmetrics",
    "transformers",
    "wandb",
    "yaml",
}


@dataclass(frozen=True)
class Import:
    """One imported module: `from a import b` imports a, and a.b where that is a module."""

    module: str
    name: str
    line: int
    at_top: bool


def imports(tree: ast.Module, package: str) -> Iterator[Import]:
    """Yield every import in `tree`, a file of `package`; `at_top`: run when it is imported."""

    def visit(node: ast.AST, at_top: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, "", node.lineno, at_top)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            origin = ".".join([*(above if node.level else ()), *filter(None, [node.module])])
            for alias in node.names:
                yield Import(origin, alias.name, node.lineno, at_top)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for statement in node.body:
                yield from visit(statement, False)
            for statement in node.orelse:
                yield from visit(statement, at_top)
        else:
            inside = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            for child in ast.iter_child_nodes(node):
                yield from visit(child, at_top and not inside)

    yield from visit(tree, True)


def modules() -> dict[str, Path]:
    """Return the file of each module of the package by its dotted name."""
    found = {}
    for path in sorted((SCRIPTS / PACKAGE).rglob("*.py")):
        parts = path.relative_to(SCRIPTS).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_of(module: str) -> list[Import]:
    """Return every import in the file of `module`."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return list(imports(ast.parse(path.read_text(), str(path)), package))


def place(module: str) -> int:
    """Return where the package of `module` stands in ORDER, failing where it has no place."""
    part = module.split(".")[1]
    assert part in ORDER, f"{PACKAGE}.{part} has no place in the order of packages: {ORDER}"
    return ORDER.index(part)


def reached(module: str) -> set[str]:
    """Return all that importing `module` imports: own modules, and the names of other packages."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        now = waiting.pop()
        if now in found:
            continue
        found.add(now)
        if now not in MODULES:
            continue
        parts = now.split(".")
        waiting += [".".join(parts[:end]) for end in range(1, len(parts))]
        for entry in imports_of(now):
            if entry.at_top:
                full = f"{entry.module}.{entry.name}"
                own = full if full in MODULES else entry.module
                waiting.append(own if own in MODULES else own.partition(".")[0])
    return found


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 20
    assert sum(len(imports_of(module)) for module in MODULES) > 100


@pytest.mark.parametrize("module", [name for name in MODULES if name != PACKAGE])
def test_imports_point_up_the_list_of_packages(module: str) -> None:
    wrong = []
    for entry in imports_of(module):
        if entry.module == PACKAGE and f"{PACKAGE}.{entry.name}" not in MODULES:
            # What the package itself offers lies below everything, but for its version.
            allowed = entry.name == "__version__"
        elif entry.module.split(".")[0] == PACKAGE:
            allowed = place(f"{entry.module}.{entry.name}") <= place(module)
        else:
            continue
        if not allowed:
            wrong.append(f"line {entry.line}: {entry.module} {entry.name}")
    assert not wrong


def stand_alone() -> list[str]:
    """Return the modules that must be importable with the standard library alone."""
    commands = [name for name in MODULES if name.startswith(f"{PACKAGE}.commands.")]
    return [PACKAGE, f"{PACKAGE}.errors", f"{PACKAGE}.cli", f"{PACKAGE}.live.relay", *commands]


@pytest.mark.parametrize("module", stand_alone())
def test_imports_the_standard_library_alone(module: str) -> None:
    assert module in MODULES
    others = {name.partition(".")[0] for name in reached(module)} - {PACKAGE}
    assert not others - sys.stdlib_module_names


def heavy_bases(tree: ast.Module, heavy: set[str]) -> bool:
    """Tell whether a class in `tree` derives from something of the packages `heavy`."""
    bound = {
        (alias.asname or alias.name).partition(".")[0]
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).partition(".")[0] in heavy
    }
    bases = [
        base for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases
    ]
    return any(
        isinstance(name, ast.Name) and name.id in bound for base in bases for name in ast.walk(base)
    )


# Of these every line is about tensors; who needs one imports it in the function that does.
TENSORS = {
    f"{PACKAGE}.{name}"
    for name in (
        "inspect.architecture", "inspect.architecture.dead", "inspect.architecture.dry_run",
        "inspect.architecture.memory", "inspect.architecture.parameters",
        "inspect.architecture.variance", "inspect.benchmark", "inspect.copies", "inspect.flops",
        "inspect.loss", "inspect.probe", "inspect.profile", "inspect.profile.loaders",
        "inspect.profile.operations", "inspect.profile.trial", "inspect.profile.variants",
        "inspect.profile.workload", "inspect.untouched",
        "layers.activations", "layers.attention_calls", "layers.columns", "layers.flow",
        "layers.fused", "layers.kernels", "layers.layout", "layers.loss_calls",
        "layers.measurement", "layers.passes", "layers.reductions", "layers.samples",
        "layers.seen_rows", "layers.segments", "layers.sequences", "layers.transfer",
        "layers.untrained", "layers.wrapping",
        "live.idle", "live.interception", "live.memory_held", "live.model_watch",
        "live.optimizer_steps",
        "study.validate.case_pass", "study.validate.corruptions",
        "study.validate.cross_validation", "study.validate.speed",
    )
}  # fmt: skip
# Every check is: of the package itself, the table and the outcomes are not.
TENSORS |= {
    name
    for name in MODULES
    if name.startswith(f"{PACKAGE}.inspect.checks.") and not name.endswith(".outcome")
} | {f"{PACKAGE}.inspect.running"}


@pytest.mark.parametrize("module", sorted(TENSORS))
def test_modules_about_tensors_are_there_and_need_torch(module: str) -> None:
    assert "torch" in reached(module)


@pytest.mark.parametrize("module", [name for name in MODULES if name not in TENSORS])
def test_heavy_packages_are_imported_where_they_are_used(module: str) -> None:
    """At the top only where a class derives from one; such a file is itself imported late."""
    direct = {entry.module.partition(".")[0] for entry in imports_of(module) if entry.at_top}
    if direct & HEAVY and heavy_bases(ast.parse(MODULES[module].read_text()), direct & HEAVY):
        return
    assert not reached(module) & HEAVY


SAMPLES = {
    "inside_a_function": ("def f():\n    import torch", [("torch", "", False)]),
    "for_types_alone": ("if TYPE_CHECKING:\n    from a import b", [("a", "b", False)]),
    "otherwise": ("if TYPE_CHECKING:\n    pass\nelse:\n    import a", [("a", "", True)]),
    "in_a_class": ("class A:\n    import a.b", [("a.b", "", True)]),
    "in_a_try": ("try:\n    import a\nexcept ImportError:\n    pass", [("a", "", True)]),
    "from_this_package": ("from . import b", [("p.q", "b", True)]),
    "from_the_package_above": ("from ..c import d", [("p.c", "d", True)]),
}


@pytest.mark.parametrize(("source", "found"), SAMPLES.values(), ids=SAMPLES)
def test_every_import_is_seen(source: str, found: list[tuple[str, str, bool]]) -> None:
    seen = [(entry.module, entry.name, entry.at_top) for entry in imports(ast.parse(source), "p.q")]
    assert seen == found
