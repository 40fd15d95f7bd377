"""Whether a shell command starts a training that nothing watches, and how launch would run it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

MAX_CHARACTERS = 20_000  # of a command; what is longer carries a file in it

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+|\\\n)|(?P<comment>#[^\n]*)|(?P<redirect>\d*(?:<<<|>>|>&|<&|&>>?|[<>])&?)"
    r"|(?P<end>[;|&\n()]+)|(?P<word>(?:'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.|[^\s;|&()<>'\"\\]|['\"\\])+)",
    re.DOTALL,
)
_HEREDOC = re.compile(r"(?<!<)<<-?\s*(['\"]?)(\w+)\1")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_SHELL_WORDS = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{"})
# Of no use under launch, which detaches, times and survives the terminal by itself.
_DROPPED = frozenset({"nohup", "setsid", "time", "exec", "command"})
# What runs the words behind it, and its options that take a value.
_WRAPPERS = {
    "env": {"-u", "--unset", "-C", "--chdir"},
    "nice": {"-n", "--adjustment"},
    "ionice": {"-c", "-n"},
    "timeout": {"-s", "--signal", "-k", "--kill-after"},
    "stdbuf": {"-i", "-o", "-e"},
    "sudo": {"-u", "--user"},
    "taskset": set(),
    "numactl": {"-m", "-N", "-C"},
    "caffeinate": {"-t", "-w"},
    "xvfb-run": {"-s", "--server-args", "-n"},
    "srun": {
        *("-A", "-B", "-C", "-D", "-G", "-J", "-L", "-M", "-N", "-S", "-T", "-W", "-b", "-c", "-d"),
        *("-e", "-i", "-m", "-n", "-o", "-p", "-q", "-r", "-t", "-w", "-x", "--account"),
        *("--chdir", "--constraint", "--container-image", "--container-mounts", "--container-name"),
        *("--container-workdir", "--cpus-per-gpu", "--cpus-per-task", "--error", "--exclude"),
        *("--export", "--gpus", "--gpus-per-node", "--gpus-per-task", "--gres", "--input"),
        *("--job-name", "--jobid", "--mem", "--mem-per-cpu", "--mem-per-gpu", "--mpi"),
        *("--nodelist", "--nodes", "--ntasks", "--ntasks-per-node", "--output", "--partition"),
        *("--qos", "--reservation", "--time"),
    },
}
_OPERANDS = {"timeout": 1, "taskset": 1}  # words of their own before the command
_RUNNERS = {
    ("uv", "run"): {
        *("--with", "--python", "-p", "--extra", "--group", "--project", "--directory"),
        *("--env-file", "--package", "--with-requirements", "--with-editable"),
    },
    ("conda", "run"): {"-n", "--name", "-p", "--prefix", "--cwd"},
    ("mamba", "run"): {"-n", "--name", "-p", "--prefix", "--cwd"},
    ("micromamba", "run"): {"-n", "--name", "-p", "--prefix", "--cwd"},
    ("pixi", "run"): {"-e", "--environment", "--manifest-path"},
    ("hatch", "run"): set(),
    ("pdm", "run"): {"-p", "--project"},
    ("rye", "run"): set(),
    ("poetry", "run"): set(),
    ("pipenv", "run"): set(),
}
_PYTHON = re.compile(r"(?:python|pypy)\d*(?:\.\d+)?(?:\.exe)?")
_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
# Programs that train when this is their next word, or one of the next.
_VERBS = {
    "axolotl": "train",
    "llamafactory-cli": "train",
    "yolo": "train",
    "trl": "sft dpo grpo kto reward rloo",
    "swift": "sft pt rlhf",
    "tune": "run",
    "spacy": "train pretrain",
    "rasa": "train",
    "lightning": "fit",
}
_LAUNCHING_MODULES = frozenset(
    {"torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch"}
)
_TRAINS = re.compile(
    r"(?:pre|re)?train(?:ing|er|ed)?\d*|fine-?tun(?:e|ing)|sft|dpo|grpo|ppo|rlhf"
    r"|distill(?:ation)?"
)
# Beside a word of training in a name: a step before or after it.
_OTHER_WORK = re.compile(
    r"tests?|eval\w*|predict\w*|infer\w*|generate|plot\w*|curves?|prep\w*|download\w*|fetch|data\w*"
    r"|export|convert\w*|merge\w*|analy[sz]e\w*|analysis|tokenizers?|vocab|bpe|splits?|utils?"
    r"|helpers?|logs?|configs?|check\w*|visuali[sz]e\w*|view\w*|show|inspect|summar\w+|parse\w*"
    r"|collect|clean\w*|schedules?|timetables?|bench\w*|profile\w*|monitor|stop|status|install"
    r"|setup|build|serve\w*|report\w*|compare|count|validate|upload"
)
_SETTING = re.compile(
    r"(?:--(?:[\w.-]*[._-])?epochs?"
    r"|--(?:[\w.-]*[._-])?(?:learning[-_]rate|lr|weight[-_]decay|warmup[-_]steps)"
    r"|(?:\w+\.)+(?:max_epochs|num_epochs|epochs|lr|learning_rate))(?:=.*)?",
    re.DOTALL,
)
_NO_TRAINING = re.compile(
    r"(?:^| )(?:-h|--help\w*|--version|--dry[-_]run|--list[-_]\w+|--print[-_]config|--cfg"
    r"|--?(?:eval|test|infer|inference|predict)(?:uate)?(?:[-_]only)?"
    r"|--(?:mode|phase|stage)[= ](?:eval|test|infer|predict)\w*)(?= |$)"
)
_PARTS_OF_A_RUN = re.compile(r"(?:^| )--do[-_](?:eval|test|predict)\b")  # Hugging Face's examples
_SAID_TO_TRAIN = re.compile(r"(?:^| )--(?:do[-_])?train(?:[= ]true)?(?= |$)", re.IGNORECASE)


def under_launch(command: str) -> str | None:
    """The bare training that a Bash command starts, put under launch; None where it starts none.

    >>> under_launch("cd exp && CUDA_VISIBLE_DEVICES=0 nohup python train.py --lr 1e-3 > log &")
    'CUDA_VISIBLE_DEVICES=0 neural-trainer launch -- python train.py --lr 1e-3'
    >>> under_launch("neural-trainer launch -- python train.py") is None
    True
    """
    if len(command) > MAX_CHARACTERS:
        return None
    for words in _simple_commands(_without_heredocs(command)):
        found = _of_words(words)
        if found is not None:
            return found
    return None


def _without_heredocs(command: str) -> str:
    """The command without the text that its here-documents hold."""
    if "<<" not in command:
        return command
    kept: list[str] = []
    ends: list[str] = []
    for line in command.split("\n"):
        if ends:
            if line.strip() == ends[0]:
                ends.pop(0)
            continue
        ends = [found[2] for found in _HEREDOC.finditer(line)]
        kept.append(_HEREDOC.sub(" ", line))
    return "\n".join(kept)


def _simple_commands(command: str) -> Iterator[list[str]]:
    """The words of each simple command as they were written, without redirections."""
    words: list[str] = []
    to_file = False
    for token in _TOKEN.finditer(command):
        if token.lastgroup == "end":
            yield words
            words, to_file = [], False
        elif token.lastgroup == "redirect":
            to_file = True
        elif token.lastgroup == "word":
            if not to_file:
                words.append(token.group())
            to_file = False
    yield words


def _plain(word: str) -> str:
    return re.sub(r"['\"]|\\(?=.)", "", word)


def _of_words(words: list[str]) -> str | None:
    settings: list[str] = []
    start = 0
    while start < len(words):
        if _ASSIGNMENT.match(words[start]):
            settings.append(words[start])
        elif words[start] not in _SHELL_WORDS | _DROPPED:
            break
        start += 1
    plain = [_plain(word) for word in words[start:]]
    at = _past_wrappers(plain)
    if at >= len(plain):
        return None
    name, rest = os.path.basename(plain[at]), plain[at + 1 :]
    if name in _SHELLS and len(rest) > 1 and re.fullmatch(r"-[a-z]*c", rest[0]):
        return under_launch(words[start + at + 2].strip("'\""))
    if not _trains(name, rest):
        return None
    return " ".join([*settings, "neural-trainer launch --", *words[start:]])


def _past_wrappers(words: list[str]) -> int:
    """Where the program stands that the wrappers before it run."""
    at = 0
    while at < len(words):
        name = os.path.basename(words[at])
        runner = (name, words[at + 1]) if at + 1 < len(words) else (name, "")
        if runner in _RUNNERS:
            at = _past_options(words, at + 2, _RUNNERS[runner])
        elif name in _WRAPPERS:
            at = _past_options(words, at + 1, _WRAPPERS[name]) + _OPERANDS.get(name, 0)
        elif name in _DROPPED or _ASSIGNMENT.match(words[at]):
            at += 1
        else:
            return at
    return len(words)


def _past_options(words: list[str], at: int, valued: set[str]) -> int:
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in valued else 1
    return at


def _trains(name: str, rest: list[str]) -> bool:
    """Whether a program with these words trains."""
    said = " ".join(rest)
    if _NO_TRAINING.search(said):
        return False
    if _PARTS_OF_A_RUN.search(said) and not _SAID_TO_TRAIN.search(said):
        return False
    if _PYTHON.fullmatch(name):
        return _python_trains(rest)
    if name in ("torchrun", "deepspeed", "accelerate-launch"):
        return _launcher_trains(rest)
    if name == "accelerate":
        return rest[:1] == ["launch"] and _launcher_trains(rest[1:])
    if name in _SHELLS:
        return bool(rest) and rest[0].endswith(".sh") and _named_for_training(rest[0])
    if name in _VERBS:
        return any(word in _VERBS[name].split() for word in rest[:2])
    if name.endswith((".py", ".sh")):
        return _script_trains(name, rest)
    return re.fullmatch(r"\w+[-_]train", name) is not None and bool(rest)


def _python_trains(rest: list[str]) -> bool:
    at = 0
    while at < len(rest) and rest[at].startswith("-"):
        if re.fullmatch(r"-[A-Za-z]*m", rest[at]):
            return at + 1 < len(rest) and _module_trains(rest[at + 1], rest[at + 2 :])
        if rest[at] in ("-c", "-"):
            return False
        at += 2 if rest[at] in ("-X", "-W") else 1
    return at < len(rest) and rest[at].endswith(".py") and _script_trains(rest[at], rest[at + 1 :])


def _module_trains(module: str, rest: list[str]) -> bool:
    if module in _LAUNCHING_MODULES:
        return _launcher_trains(rest)
    if module.split(".")[0] in ("neural_trainer", "pytest", "unittest"):
        return False
    return _named_for_training(module) or (module in _VERBS and rest[:1] == ["train"])


def _launcher_trains(rest: list[str]) -> bool:
    """Of torchrun and its like: whether the script or module that they start may train."""
    for at, word in enumerate(rest):
        if word.endswith(".py"):
            return not _named_for_other_work(word)
        if word in ("-m", "--module") and at + 1 < len(rest):
            return rest[at + 1] != "pytest" and not _named_for_other_work(rest[at + 1])
    return False


def _script_trains(script: str, rest: list[str]) -> bool:
    if _SAID_TO_TRAIN.search(" ".join(rest)):
        return True
    if _named_for_other_work(script):
        return False
    return (
        _named_for_training(script)
        or rest[:1] in (["train"], ["fit"], ["finetune"], ["pretrain"])
        or any(_SETTING.fullmatch(word) for word in rest)
    )


def _parts(name: str) -> list[str]:
    """The words of a script's or a module's own name, without its folder or package."""
    own = re.split(r"[/\\]", name)[-1]
    own = re.sub(r"\.(?:py|sh)$", "", own)
    own = re.sub(r"([a-z])([A-Z])", r"\1_\2", own.split(".")[-1])
    return [part for part in re.split(r"[\W_]+", own.lower()) if part]


def _named_for_other_work(name: str) -> bool:
    parts = _parts(name)
    if "and" in parts and _TRAINS.fullmatch(parts[0]):  # train_and_evaluate
        return False
    return any(_OTHER_WORK.fullmatch(part) for part in parts)


def _named_for_training(name: str) -> bool:
    parts = _parts(name)
    trains = any(_TRAINS.fullmatch(part) for part in parts) or "fine_tun" in "_".join(parts)
    return trains and not _named_for_other_work(name)
