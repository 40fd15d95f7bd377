"""A program trains and never sets a seed: its runs cannot be told apart from chance.

Look: a file that, when started, builds an optimizer and trains, or fits a
LightningModule of its own, and in which no call that may run seeds torch: no
manual_seed, no seed_everything, no generator. An option that nothing reads, a
function that nothing calls or that another overrides, a seed for numpy or a world
alone, of a split or an order of data, or a switch to deterministic operations are
none.

Reason: initialisation, order of data and dropout differ from run to run. Two
runs that differ in one setting then differ in all of them, and a fault cannot be
run again.

Fix: torch.manual_seed(seed) first, random.seed and np.random.seed where they
are used; several seeds for a comparison.

Not reported: files that are imported, or in which nothing is drawn by chance;
functions out of sight that are called first to set things up.

Sources: PyTorch documentation, Reproducibility; Bouthillier et al. 2021, arXiv
2103.03098.
"""

from __future__ import annotations

import ast
import re

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.programs import Program, fits_of_lightning, programs
from neural_trainer.inspect.lint.scope import COMPREHENSIONS
from neural_trainer.inspect.lint.seeds import seeds_torch
from neural_trainer.inspect.lint.source import Source
from neural_trainer.inspect.lint.wording import mentions

ID = "seed-missing"
CAUSE = "seed-noise"
_DRAWS = re.compile(r"\bnn \. [A-Z]|shuffle|rand|[mM]odel|[nN]et\b|[dD]ropout|sample|[lL]oader")
_TRAINS = re.compile(r"^(?:train|fit)(?:_|$)")
_SETS_UP = re.compile(r"set_?up|init(?:ialize)?(?:_|$)|configure|reproduc|launch|prepare|bootstrap")


def find(source: Source) -> list[Spot]:
    """Return where a program without a seed begins to train."""
    spots = []
    for program in programs(source):
        calls = [a for a in program.actions if a.is_call]
        unknown = [a for a in calls if source.callee(a.call) is None]
        others = [a for a in unknown if not source.called_name(a.call).startswith("torch.")]
        hidden = any(_SETS_UP.search(a.word) for a in others if a.word != "__init__")
        if not hidden and not seeds_torch(source) and mentions(source, _DRAWS):
            saw = "training begins here, and nothing in this program sets a seed"
            spots.append(Spot(_begins(program), saw))
    fits = [] if spots else list(fits_of_lightning(source))
    if not fits or seeds_torch(source):
        return spots
    saw = "training begins here, and nothing in this program sets a seed"
    return [Spot(fits[0].node, saw)]


def _begins(program: Program) -> ast.AST:
    """Return where training begins: the loop, or `trainer.fit()` of the top of a file."""
    via = program.backward.via
    begun = via[0] if via and not program.scope.is_function else None
    if begun is not None and not begun.place.loops and _TRAINS.search(begun.word):
        return begun.node
    loops = program.backward.place.loops
    written_out = [each for each in loops if not isinstance(each, COMPREHENSIONS)]
    return (written_out or loops)[0]
