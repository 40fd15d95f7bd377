"""The command line: finds the verb; alone in the house it prints errors and sets the exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from neural_trainer import __version__
from neural_trainer.commands import VERBS
from neural_trainer.errors import NeuralTrainerError

WIDTH = 80  # columns that help must fit
LONGEST_ERROR = 2000  # characters: it may hold the names of files


class _Help(argparse.HelpFormatter):
    """Help in 80 columns on any terminal."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=WIDTH)


def overview() -> str:
    """Return the help of the command itself: every verb with one line."""
    lines = [
        "usage: neural-trainer VERB TARGET [--options]",
        "",
        "Trains neural networks under watch, names what goes wrong, mends it and",
        "proves the mend.",
        "",
    ]
    lines += [f"  {name:<12} {verb.help}" for name, verb in VERBS.items()]
    lines += [
        "",
        "  neural-trainer VERB --help tells a verb's options; --version the version.",
        "  Start with: neural-trainer demo",
    ]
    return "\n".join(lines)


def parser_of(verb: str) -> argparse.ArgumentParser:
    """Return the argument parser of `verb`."""
    module = import_module(f"neural_trainer.commands.{VERBS[verb].module}")
    parser = argparse.ArgumentParser(
        prog=f"neural-trainer {verb}",
        description=module.__doc__,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    module.configure(parser)
    return parser


def main(argv: Sequence[str] | None = None, *, launcher: str = "") -> int:
    """Run `neural-trainer ARGV` and return its exit code: 0 done, 1 refused or failed, 2 usage.

    launcher: bin/neural-trainer, which takes over where this interpreter lacks the core packages.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    if words[0] in ("-V", "--version"):
        print(f"neural-trainer {__version__}")
        return 0
    if words[0] not in VERBS:
        print(_unknown(words[0]), file=sys.stderr)
        return 2
    try:
        arguments = parser_of(words[0]).parse_args(words[1:])
    except SystemExit as stop:  # argparse has printed the usage or the help
        return int(stop.code or 0)
    module = import_module(f"neural_trainer.commands.{VERBS[words[0]].module}")
    try:
        code = int(module.run(arguments))
        sys.stdout.flush()
        return code
    except NeuralTrainerError as error:
        from neural_trainer.runs.plain_text import printable

        print(f"neural-trainer: {printable(str(error), LONGEST_ERROR)}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        lacks = _missing(error)
        if os.access(launcher, os.X_OK):
            os.execv(launcher, [launcher, *words])
        print(f"neural-trainer: {lacks}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has gone: nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("neural-trainer: stopped", file=sys.stderr)
        return 130


def _missing(error: ModuleNotFoundError) -> str:
    """Say which package of the core is missing here; what is none of them is raised."""
    package = (error.name or "").partition(".")[0]
    if package not in ("numpy", "pandas", "matplotlib", "scipy", "rich", "yaml"):
        raise error
    name = "PyYAML" if package == "yaml" else package
    install = f"{sys.executable} -m pip install {name}"
    return f"{sys.executable} has no {name}, which the tool needs: {install}"


def _unknown(word: str) -> str:
    """Name the verbs nearest to one that does not exist."""
    from difflib import get_close_matches

    from neural_trainer.runs.plain_text import shown_name

    near = get_close_matches(word, VERBS, n=1)
    hint = f"did you mean {near[0]}?" if near else "see neural-trainer --help"
    return f"neural-trainer: there is no verb {shown_name(word)}; {hint}"


def script(path: str) -> int:
    """Run the verb that the file `path` in scripts/ stands for, with the script's arguments.

    Takes scripts/ off sys.path first: what the user's code imports must never be found there.
    """
    folder, name = os.path.split(os.path.realpath(path))
    sys.path[:] = [entry for entry in sys.path if not entry or os.path.realpath(entry) != folder]
    verb = next(verb for verb in VERBS if VERBS[verb].script == name)
    launcher = os.path.join(os.path.dirname(folder), "bin", "neural-trainer")
    return main([verb, *sys.argv[1:]], launcher=launcher)
