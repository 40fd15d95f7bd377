"""The text of a log line between its numbers: where numbers stand, and what names them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from neural_trainer.runs import names

# A number, a clock or a date that is no part of a name (acc@1, top-5, loss/0, v1.2, acc±0.1).
_TOKEN = re.compile(
    r"""([0-9+\-.nNiI]
    (?:(?<![\w.@].)(?<![A-Za-z][-/\u00b1].)
      |(?<=[Ee]poch.)|(?<=[Ee]poch[-_].)|(?<=[Ss]tep.)|(?<=[Ss]tep[-_].)|(?<=[Ii]ter.)|(?<=[Ii]ter[-_].)
    )(?:
      (?<=[0-9])(?:
        [0-9]{3}[-/][0-9]{1,2}[-/][0-9]{1,2}
        (?:[ T_][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?)?Z?
      | [0-9]?[-/][0-9]{1,2}(?:[-/][0-9]{2,4})?[ ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?
      | [0-9]*:[0-9]{2}(?::[0-9]{2})?(?![0-9])(?:[.,][0-9]+)?
      | (?<!\[.)[0-9]{0,2}(?:,[0-9]{3}){1,5}(?![0-9,])(?:\.[0-9]+)?
      | [0-9]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?
      )
    | (?<=[-+])(?:(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?:[nN][aA][nN]|[iI][nN][fF])
      (?![A-Za-z_]))
    | (?<=\.)[0-9]+(?:[eE][-+]?[0-9]+)?(?![A-Za-z])
    | (?<=[nN])[aA][nN](?![A-Za-z_'])(?<!of[ ]nan)
    | (?<=[iI])[nN][fF](?:inity)?(?![A-Za-z_'])
    ))""",
    re.VERBOSE | re.ASCII,
)
# Forms that name no numbers, or after them: a part of one, the form, and how it reads with names.
_UNNAMED = (
    (
        "epoch:",
        re.compile(r"(\d+)epoch:(\w+):\d+-(\d+)batch:"),
        r"epoch \1 \2 batch \3: ",
    ),  # ESPnet
    (
        " avg",  # darknet
        re.compile(r"^\s*(\d+): (\S+), (\S+) avg(?: loss)?, (\S+) rate, (\S+) seconds,"),
        r"iteration \1 | loss: \2 | avg_loss: \3 | lr: \4 | step_time: \5 |",
    ),
    (
        "earning rate ",  # what schedulers say: `reducing learning rate of group 0 to 1.0000e-03.`
        re.compile(r"[Ll]earning rate (?:of group 0 )?(?:[a-z]+ )?to:? ([0-9.]+(?:[eE][-+]?\d+)?)"),
        r"; lr: \1 ",
    ),
    (
        "loss scale",  # DeepSpeed, fairseq and apex, where a gradient overflows
        re.compile(
            r"(?:setting|reducing) loss scale to:? ([0-9.]+(?:[eE][-+]?\d+)?)"
            r"|[Aa]ttempted loss scale: ([0-9.]+), (?:but .* |reducing to [0-9.]+)"
        ),
        r"; loss scale: \1\2 ",
    ),
    (
        "|Loss: ",  # torchtune
        re.compile(r"^(\d+)\|(\d+)\|Loss: "),
        r"epoch \1 step \2 Loss: ",
    ),
    (
        "objective function for 'output'",  # Kaldi: a log-likelihood, whose negative is the loss
        re.compile(r"Average objective .* minibatches \d+-(\d+) is -([0-9.]+) over \S+ frames"),
        r"| step \1 loss: \2 |",
    ),
    (
        "ast ",  # `Avg reward (last 10): 5.2`: over how many a mean is
        re.compile(
            r" ?\(?(?:over |of |in )?(?:the )?(?:last|past) \d+"
            r"(?: (?:episodes|epochs|steps|games|iterations|iters|batches|evals))?\)?(?= *[:=])"
        ),
        "",
    ),
    (
        "tensor(",  # a loss that is printed and nothing else
        re.compile(r"^\s*tensor\(([-+]?[\w.+-]+)(?:, (?:grad_fn|device|dtype)=[^()]*)*\)\s*$"),
        r"loss: \1 ",
    ),
    (
        " on ",  # `Cost on training data: 0.45`
        re.compile(
            r" on (?:the )?([Tt]rain(?:ing)?|[Vv]al(?:id(?:ation)?)?|[Ee]val(?:uation)?|"
            r"[Tt]est(?:ing)?|[Dd]ev|[Hh]eld-?out) (?:data|set|dataset|split)(?= ?[:=])"
        ),
        r" \1",
    ),
    ("it/s][", re.compile(r"^[^|]*\|[^|]*\| \d+/[\d?]+ \[[^\]]*\](?=\[)"), ""),  # a bar, left over
    (
        "m ",  # StyleGAN's `time 1d 06h 06m` and `time 29m 25s`, as a clock
        re.compile(r"(?<![\w.])(?:\d+d )?(?:\d+h )?\d+[hm] \d+[ms](?![\w/])"),
        "0:00",
    ),
    ("第", re.compile(r"第 *(\d+) *(?:/ *\d+ *)?(?:个)?(?:轮|回|epoch)"), r"epoch \1 "),
)
_CALL = re.compile(r"(?:tensor|array|Array|(?:np|numpy|jnp|torch)\.\w+)\($")
_UNIT_OF_KEY = re.compile(r" ?\((ms|s|sec|secs|seconds|%|[KMGT]i?B|nat|bits?)\)$")
_ASIDE = re.compile(r"(?<=[\w)]) ?\(([^()]{1,40})\)$")  # Epoch(val), loss (for one batch)
_LONGEST_KEY = 300  # characters of the text before a number that may tell what it is
_SEGMENTS = re.compile(
    r"[,;|()\[\]{}<>\uff0c]|[:\uff1a](?=\s|$)|(?:^| )[-\u2013\u2014=*#>]+(?= |$)|(?:^| )/ "
    r"|(?<![Aa]vg)(?<![Aa]cc)(?<![Vv]al)(?<![Nn]um)(?<!\bL\.r)\. "
)
_CALLED = re.compile(r"(?:^|[|,;\]] ?)((?:\w+ )*\w\(\w(?:\(\w\))?\))$")  # D(x), D(G(z))
_NUMBER_SIGN = re.compile(r"(?i)\b(epoch|ep|episode|step|iter|iteration|update|round|game) *#$")
_DASHED = re.compile(r"(?:^|(.*)(?<=[;,|)]) )([\w/]+) -$")
_AFTER = re.compile(r"%? ?([A-Za-z][\w./ -]{0,30}?) *(?:$|[,;|)].*$)")
_QUOTES = " '\"`\u201c\u201d\u2018\u2019"
_OPENERS = "[({'\"\u201c\u2018 "
_SIGNED = re.compile(
    r"(?:\s*(?:[:=\uff1a]|[-=]+>)|\s(?:is|was|of|at))+['\"\u201c\u201d\u2018\u2019 ]*$"
)
_STOPS = {
    "the", "a", "an", "at", "with", "and", "to", "for", "from", "has", "in", "on", "by", "than",
    "after", "is", "was", "over", "did", "not", "improve", "improved", "return", "assert",
    "decreased", "increased", "reduced", "dropped",
}  # fmt: skip

# Words around the name of a line's data that say nothing of it.
_AROUND_LINE = {"AM", "PM", "INFO", "DEBUG", "WARNING", "-", "|"}
# PyTorch's word_language_model, and the Hugging Face Trainer's summary of a training.
_ENDS = re.compile(r"\b[Ee]nd of training\b|\btrain_runtime\b")
# The signs of APL are taken for the Greek letters that they look like.
_NAME = re.compile(r"[A-Za-z]\w|[^\W\d_a-zA-Z]|^\w\(\w|^[\u2373-\u2375\u237a]$")
# The name of a run or a brain: words that are one, with an index behind a hyphen.
_OF_A_RUN = re.compile(r"\b[A-Za-z]+(?:[-_][A-Za-z]|(?<=[A-Za-z])[A-Z])[\w-]*-\d+\b")
_FILE = re.compile(r"\.\w{1,4}$")
_SOURCE_FILE = re.compile(r"\.(?:py|cc|cpp|cu|cuh|hpp|rs|go|java)$")  # `loss_scaler.py:183`
# Words of numbers that measure nothing of the training, where the table of names knows no better.
_NO_METRIC = {
    "eta", "elapsed", "remaining", "time", "times", "date", "pid", "rank", "gpu", "gpus", "cuda",
    "device", "worker", "line", "seed", "port", "node", "version", "best", "avg", "mean",
    "data", "mem", "left", "patience", "target", "wall", "runtime", "duration", "took",
    "epochs", "percentage", "sec", "secs", "seconds", "ms", "hours", "min", "max", "std", "v",
}  # fmt: skip
_OF_MACHINES = {"mfu", "train_runtime"}  # metrics that need no mark
_OF_OTHERS = {"best", "std", "min", "max", "target", "time", "eta"}  # said beside a known metric


def parts_of(line: str) -> list[str]:
    """Return text, number, text, … number, text; tabs become bars, blanks are made one.

    >>> parts_of("step   10\\tloss: 1e-3 (+nanz)")
    ['step ', '10', ' | loss: ', '1e-3', ' (+nanz)']
    """
    if "\t" in line:
        line = line.replace("\t", " | ")
    for part, form, named in _UNNAMED:
        if part in line:
            line = form.sub(named, line)
    return _TOKEN.split(" ".join(line.split()))


@lru_cache(maxsize=10_000)
def is_known(key: str) -> bool:
    """Return whether the table of names has `key` or knows which direction of it is better."""
    if _SOURCE_FILE.search(key):
        return False
    return names.canonical(key) is not None or names.better(key) is not None


def kept(key: str, marked: bool) -> bool:
    """Return whether what a log calls `key` is a metric. marked: something but a blank follows."""
    words = set(re.findall(r"[a-z]+", key.lower()))
    if _SOURCE_FILE.search(key):
        return False
    if (names.canonical(key) is not None and len(key) > 1) or key == "number of nan iterations":
        return True
    if not _NAME.search(key):
        return False
    if is_known(key):
        return words.isdisjoint(_OF_OTHERS)
    if key.lower() in _OF_MACHINES:
        return True
    if not words.isdisjoint(_NO_METRIC) or _FILE.search(key):
        return False
    return marked


@lru_cache(maxsize=10_000)
def split_of(text: str) -> str:
    """Return "eval", "test" or "train" where a piece of text says so, else nothing.

    The name of a run or a brain says nothing.

    >>> split_of("Test set"), split_of("PPOTest-0: NewLearner"), split_of("val_1")
    ('test', '', 'eval')
    """
    text = _OF_A_RUN.sub("", text)
    where = names.split(text)
    if where != "train":
        return where
    words = text.split()
    if words[:2] == ["Saving", "dict"]:  # TensorFlow's Estimator, of an evaluation
        return "eval"
    return "train" if words and names.split_prefix(words[0].rstrip(":")) == "" else ""


def ends_training(text: str) -> bool:
    """Return whether a piece of text says that a training has ended."""
    return _ENDS.search(text) is not None


def is_place(segment: str) -> bool:
    """Return whether text before a name says no more than which data it was measured on."""
    words = segment.split()
    if _AROUND_LINE.issuperset(words) or ends_training(segment):
        return True
    return bool(split_of(segment)) and len(words) < 4


class Key(NamedTuple):
    name: str
    marked: bool  # by a colon or the like, rather than by a blank
    context: tuple[str, ...]  # the segments of text before it
    opener: str
    unit: str


@lru_cache(maxsize=10_000)
def key_of(text: str) -> Key:
    """Return the name that the text before a number ends in."""
    text = _CALL.sub("", text[-_LONGEST_KEY:].rstrip(_QUOTES))
    opener = ""
    while text and text[-1] in _OPENERS:
        opener = text[-1] if text[-1] in "[({" else opener
        text = _CALL.sub("", text[:-1])
    text = _NUMBER_SIGN.sub(r"\1", text)
    if text.endswith(" -") and (_DASHED.match(text) or is_known(text[:-2].rpartition(" ")[2])):
        text = text[:-2] + ":"
    if text.endswith(","):  # `epoch 1, loss_train, 0.833`, as pairs
        before, comma, last = text[:-1].rpartition(",")
        pair = comma and is_known(last.strip()) and not is_known(before.strip())
        text = text[:-1] + ":" if pair else text
    bare = _SIGNED.sub("", text)
    marked, text = bare != text, bare.rstrip(_QUOTES)
    called = _CALLED.search(text) if marked and text[-1:] == ")" else None
    if called:
        return Key(called[1], True, tuple(_SEGMENTS.split(text[: called.start(1)])), opener, "")
    unit = _UNIT_OF_KEY.search(text)
    if unit:
        text = text[: unit.start()]
    aside = _ASIDE.search(text)
    if aside:
        text = text[: aside.start()]
    *context, name = _SEGMENTS.split(text)
    context += [aside[1]] if aside else []
    *prefix, name = name.split(":")  # INFO:tensorflow:loss
    context += prefix
    name = name.strip(_QUOTES + "#*>-_.\u2022")
    words = name.split()
    stops = _STOPS if words[:1] == ["return"] else _STOPS - {"return"}
    if not marked or len(words) > 6 or not stops.isdisjoint(words):
        keep = len(words) - _tail(words)
        context.append(" ".join(words[:keep]))
        name = " ".join(words[keep:])
    return Key(name, marked, tuple(context), opener, unit[1] if unit else "")


def _tail(words: list[str]) -> int:
    """Return how many of the words before an unmarked number may be its name."""
    if words and is_known(words[-1]) and not {"_", "/"}.isdisjoint(words[-1]):
        return 1
    count = 0
    while count < min(3, len(words)) and words[-1 - count].lower() not in _STOPS:
        count += 1
    return count


def named_after(piece: str, token: str, ends: bool) -> str:
    """Return what names a number that stands before its name: `98.5% accuracy, 0.1 loss`.

    ends: no other number follows, whose name it might be.
    """
    if "." not in token or piece[:1] not in " %":
        return ""
    match = _AFTER.match(piece if ends or not piece.strip()[-1:].isalnum() else "")
    return match[1] if match and names.canonical(match[1]) is not None else ""


def subject_of(segment: str) -> str:
    """Return what a segment such as "loss at" or "cost after" speaks of."""
    words = segment.split()
    while words and words[-1].lower() in _STOPS:
        words.pop()
    return " ".join(words[-2:])
