"""Writes a model with its trainer, config and tests from templates/: a project that trains."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

from neural_trainer.errors import ConfigError

KINDS = ("transformer", "cnn", "mlp", "rnn", "autoencoder")
# A template by the file that it becomes.
FILES = {
    "config.py": "config_template.py",
    "model.py": "model_template.py",
    "trainer.py": "trainer_template.py",
    "test_{name}.py": "tests_template.py",
}
CASE_TESTS = "case_tests_template.py"
SECTION = re.compile(r"(.*?) *# for: ([a-z ]+)$")
TAKEN = ("torch", "numpy", "pytest", "neural_trainer", "tests")  # names that imports need
LONGEST_NAME = 24  # characters, so that lines stay as ruff lays them out


def templates() -> Path:
    """Return the folder of templates: in the package where it is installed, else beside scripts/.

    Raises ConfigError where there is none.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "templates", package.parents[1] / "templates"):
        if (folder / FILES["model.py"]).is_file():
            return folder
    raise ConfigError(f"{package} comes without templates; expected a whole installation")


def create_model_skeleton(name: str, kind: str, into: str | Path = ".") -> tuple[Path, ...]:
    """Write the package `name` of a kind (KINDS) into a folder, and return its files.

    Raises ConfigError where the name is no module's, is taken, or its folder exists.
    """
    if kind not in KINDS:
        raise ConfigError(f"{kind!r} is no kind of model; expected one of {', '.join(KINDS)}")
    _check_name(name)
    folder = Path(into) / name
    if folder.exists():
        raise ConfigError(f"{folder} exists; expected a new name: nothing is written over")
    texts = {"__init__.py": f'"""{_title(name)}: model, configuration and training."""\n'}
    for file, template in FILES.items():
        text = (templates() / template).read_text(encoding="utf-8")
        texts[file.format(name=name)] = filled(text, name, kind)
    try:
        folder.mkdir(parents=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror}") from error
    return tuple(folder / file for file in texts)


def add_tests(target: str, path: str | Path) -> Path:
    """Write tests for the case of `module:factory` to a file, for pytest, and return it.

    Raises ConfigError where the target is none or the file exists.
    """
    file = Path(path)
    module, colon, factory = target.partition(":")
    if not (colon and factory.isidentifier() and all(map(str.isidentifier, module.split(".")))):
        raise ConfigError(f"{target!r} names no case; expected module:factory, train:make_case")
    if file.exists():
        raise ConfigError(f"{file} exists; expected a new name: nothing is written over")
    text = (templates() / CASE_TESTS).read_text(encoding="utf-8")
    try:
        file.write_text(text.replace("template_target", target), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
    return file


def filled(text: str, name: str, kind: str) -> str:
    """Return a template's text for a name and a kind.

    A line `# for: cnn mlp` begins what is for these kinds alone, `# for: all` what is for all; at
    the end of a line it is of that line.

    >>> filled("# for: cnn\\nimport a\\n# for: all\\nclass TemplateModel: ...\\n", "my_net", "mlp")
    'class MyNet: ...\\n'
    """
    kept: list[str] = []
    is_kept = True
    for line in text.splitlines():
        section = SECTION.fullmatch(line)
        is_for = section is not None and (section[2] == "all" or kind in section[2].split())
        if section is None:
            kept += [line] if is_kept else []
        elif section[1]:
            kept += [section[1]] if is_for else []
        else:
            is_kept = is_for
    body = "\n".join(kept).rstrip() + "\n"
    body = re.sub(r"\n{4,}", "\n\n\n", body)
    body = re.sub(r"\.(config|model|trainer)_template\b", r".\1", body)
    return body.replace("TemplateModel", _title(name)).replace("template_name", name)


def _title(name: str) -> str:
    """Return the class's name: MyNet for my_net."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise ConfigError(
            f"{name!r} is no name for a module; expected small letters, digits and _: my_net"
        )
    if len(name) > LONGEST_NAME:
        raise ConfigError(f"{name!r} is long; expected at most {LONGEST_NAME} characters")
    if name in sys.stdlib_module_names or name in TAKEN:
        raise ConfigError(f"{name!r} would hide the module of that name; choose another name")
