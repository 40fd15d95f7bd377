"""Fine-tuning: a base is pretrained unrecorded, then tuned on reviews (tokens) or on pictures."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

Set = tuple[Tensor, Tensor]
Factor = Callable[[int], float]


@dataclass(frozen=True)
class Task:
    """A source to pretrain on, and a target: its training, validation and test sets."""

    source: Set
    train: Set
    val: Set
    test: Set
    kinds: int
    labels: int


def _drawn(labels: int, n: int, share: Sequence[float] | None = None) -> Tensor:
    odds = torch.ones(labels) if share is None else torch.tensor(share)
    return torch.multinomial(odds, n, replacement=True)


def reviews(
    labels: int = 5, n: int = 2500, kinds: int = 16, length: int = 14, spread: float = 0.4,
    share: Sequence[float] | None = None, even: bool = False,
) -> Task:  # fmt: skip
    """Texts of 150 words that have hidden meanings; a label is a direction among these."""
    words, about = torch.randn(150, 6), F.normalize(torch.randn(kinds + labels, 6), dim=1) * 1.6

    def write(y: Tensor) -> Tensor:
        odds = (about[y] + spread * torch.randn(len(y), 6)) @ words.T
        return torch.multinomial(odds.softmax(1), length, replacement=True)

    old, new = _drawn(kinds, 2000), _drawn(labels, n, share)
    held = [_drawn(labels, 500, None if even else share), _drawn(labels, 1000)]
    sets = [(write(y + kinds), y) for y in (new, *held)]
    return Task((write(old), old), sets[0], sets[1], sets[2], kinds, labels)


def pictures(labels: int = 6, n: int = 1500, kinds: int = 10, noise: float = 2.0) -> Task:
    """Blurred patterns of 10 x 10, shifted and noisy; the target's have another contrast."""
    about = F.avg_pool2d(torch.randn(kinds + labels, 1, 14, 14), 5, 1) * 5

    def draw(y: Tensor) -> Tensor:
        by = torch.randint(-1, 2, (len(y),)).tolist()
        moved = torch.stack([about[k].roll(s, 2) for k, s in zip(y.tolist(), by, strict=True)])
        return moved + noise * torch.randn_like(moved)

    old, rest = _drawn(kinds, 1500), [_drawn(labels, m) for m in (n, 400, 1000)]
    sets = [(0.6 - 0.8 * draw(y + kinds), y) for y in rest]
    return Task((draw(old), old), sets[0], sets[1], sets[2], kinds, labels)


class Block(nn.Module):
    """A layer of a transformer, its norms before or after."""

    def __init__(self, width: int, heads: int, drop: float, before: bool) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop, self.heads, self.before = nn.Dropout(drop), heads, before

    def attend(self, x: Tensor) -> Tensor:
        split = (*x.shape[:2], self.heads, -1)
        q, k, v = (
            part(x).view(split).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        return torch.as_tensor(self.drop(self.out(mixed)))

    def forward(self, x: Tensor) -> Tensor:
        if self.before:
            x = x + self.attend(self.norm1(x))
            return torch.as_tensor(x + self.drop(self.down(F.gelu(self.up(self.norm2(x))))))
        x = self.norm1(x + self.attend(x))
        return torch.as_tensor(self.norm2(x + self.drop(self.down(F.gelu(self.up(x))))))


class Reader(nn.Module):
    """A text encoder, attention or a GRU, with a classifier."""

    def __init__(
        self, labels: int, width: int = 32, layers: int = 1, drop: float = 0.1,
        before: bool = True, recurrent: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.width = width
        self.embed = nn.Embedding(150, width)
        self.rnn = nn.GRU(width, width, batch_first=True) if recurrent else None
        made = [Block(width, 4, drop, before) for _ in range(0 if recurrent else layers)]
        self.blocks, self.drop = nn.ModuleList(made), nn.Dropout(drop)
        self.head: nn.Module = nn.Linear(width, labels)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens)
        if self.rnn is not None:
            x = self.rnn(x)[0]
        for block in self.blocks:
            x = block(x)
        return torch.as_tensor(self.head(self.drop(x.mean(1))))


class Looker(nn.Module):
    """A small convolutional net with batch or group norm."""

    def __init__(self, labels: int, width: int = 16, drop: float = 0.0, batch: bool = True) -> None:
        super().__init__()
        self.width, layers = 2 * width, []
        for i, o in ((1, width), (width, 2 * width)):
            norm = nn.BatchNorm2d(o) if batch else nn.GroupNorm(4, o)
            layers += [nn.Conv2d(i, o, 3, padding=1), norm, nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten())
        self.mix = nn.Sequential(nn.Linear(8 * width, self.width), nn.ReLU(), nn.Dropout(drop))
        self.head: nn.Module = nn.Linear(self.width, labels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.head(self.mix(self.body(x))))


class Lora(nn.Module):
    """A frozen linear layer plus one of low rank that starts at zero."""

    def __init__(self, base: nn.Linear, rank: int = 4) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.lora_a = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.base(x) + 2 * F.linear(F.linear(x, self.lora_a), self.lora_b))


def inject(model: Any, at: Sequence[str] = ("query", "value"), rank: int = 4) -> Any:
    """Freeze all but the head, and put adapters around the layers named."""
    model.requires_grad_(False)
    for block in model.blocks:
        for name in at:
            setattr(block, name, Lora(getattr(block, name), rank))
    model.head.requires_grad_(True)
    return model


def live(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that are to be trained."""
    return [p for p in model.parameters() if p.requires_grad]


def batches(data: Set, size: int) -> Iterator[Set]:
    """Epochs, shuffled."""
    while True:
        for rows in torch.randperm(len(data[1])).split(size):
            if len(rows) == min(size, len(data[1])):
                yield data[0][rows], data[1][rows]


def pretrain(model: Any, task: Task, steps: int = 120, labels: int | None = None) -> Any:
    """Train on the source; then put a new head on, unless labels is 0."""
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    feed = batches(task.source, 64)
    for _ in range(steps):
        x, y = next(feed)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    if labels != 0:
        model.head = nn.Linear(model.width, labels or task.labels)
    return model


def measure(model: nn.Module, data: Set) -> tuple[float, float]:
    """Return loss and accuracy as the model is."""
    with torch.no_grad():
        out = model(data[0])
        right = (out.argmax(1) == data[1]).float().mean()
        return float(F.cross_entropy(out, data[1])), float(right)


def tested(model: nn.Module, data: Set) -> float:
    """Return the accuracy in eval mode."""
    model.eval()
    return measure(model, data)[1]


def ramp(total: int, warm: int = 0, shape: str = "cosine", floor: float = 0.0) -> Factor:
    """Warm-up, then cosine, linear, steps of a third or constant."""

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        done = min(1.0, (step - warm) / max(1, total - warm))
        falls = {
            "cosine": 0.5 + 0.5 * math.cos(math.pi * done), "linear": 1 - done,
            "steps": 0.3 ** int(3 * done), "constant": 1.0,
            "restarts": 0.5 + 0.5 * math.cos(math.pi * (3 * done % 1)),
        }  # fmt: skip
        return max(floor, falls[shape])

    return factor


@dataclass
class Loop:
    """How to tune. The fields from `parts` on are what a loop can get wrong."""

    steps: int = 300
    batch: int = 32
    every: int = 20
    factor: Factor | None = None
    clip: float | None = None
    smoothing: float = 0.0
    start: int = 0
    log: tuple[str, ...] = ()
    replay: Set | None = None
    parts: int = 1
    divide: bool = True
    clear: bool = True
    back: bool = True
    settle: bool = True
    stepped: tuple[bool, ...] = (True, True)
    logged: tuple[float, float] = (0.0, 0.0)
    ended: bool = True  # in training mode


def tune(
    recorder: Recorder, model: nn.Module, optimizers: Any, task: Task, loop: Loop, **config: Any
) -> float:
    """Tune and record; return accuracy on the test set."""
    many = optimizers if isinstance(optimizers, list) else [optimizers]
    first = many[0]
    recorder.watch(model, optimizers, {
        "lr": first.param_groups[0]["lr"], "batch_size": loop.batch, "steps": loop.steps,
        "optimizer": type(first).__name__, **config,
    })  # fmt: skip
    offset = loop.start
    by = loop.factor or (lambda step: 1.0)
    plans = [torch.optim.lr_scheduler.LambdaLR(o, lambda s: by(s + offset)) for o in many]
    feed = batches(task.train, loop.batch // loop.parts)
    old = batches(loop.replay, loop.batch // 2) if loop.replay else None
    model.train()
    for step in range(loop.start + 1, loop.steps + 1):
        if loop.clear:
            for optimizer in many:
                optimizer.zero_grad()
        total, right, seen = 0.0, 0.0, 0
        for _ in range(loop.parts):
            x, y = next(feed)
            if old is not None:
                more = next(old)
                x, y = torch.cat((x, more[0])), torch.cat((y, more[1]))
            out = model(x)
            loss = F.cross_entropy(out, y, label_smoothing=loop.smoothing)
            (loss / loop.parts if loop.divide else loss).backward()
            total += loss.item() / loop.parts
            right += float((out.argmax(1) == y).sum())
            seen += len(y)
        if loop.clip:
            nn.utils.clip_grad_norm_(model.parameters(), loop.clip)
        for optimizer, plan, do in zip(many, plans, loop.stepped, strict=False):
            if do:
                optimizer.step()
            plan.step()
        recorder.step(total, accuracy=right / seen, samples=seen)
        if step % loop.every == 0 or step == loop.steps:
            if loop.settle:
                model.eval()
            loop.logged = measure(model, task.val)
            of_old = (
                measure(model, (task.source[0][:400], task.source[1][:400])) if loop.log else ()
            )
            also = dict(zip(loop.log, of_old, strict=False))
            recorder.evaluate(loss=loop.logged[0], accuracy=loop.logged[1], **also)
            if loop.back:
                model.train()
    loop.ended = model.training
    return tested(model, task.test)


def forgets(recorder: Recorder, severity: float) -> float:
    """New classes beside the old ones in one head; without the old texts among the new."""
    task = reviews(labels=4)
    sets: dict[str, Any] = {
        k: (getattr(task, k)[0], getattr(task, k)[1] + 16) for k in ("train", "val", "test")
    }
    model = pretrain(Reader(20, drop=0.0), task, 200, labels=0)
    loop = Loop(280, every=20, factor=ramp(280, 20), log=("source_loss", "source_accuracy"))
    loop.replay = None if severity else task.source
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    tune(recorder, model, optimizer, replace(task, **sets), loop, num_classes=20)
    return tested(model, task.source)


def forgets_domain(recorder: Recorder, severity: float) -> float:
    """The same head goes on to pictures of another contrast."""
    task = pictures()
    model = pretrain(Looker(10, batch=False), task, 200, labels=0)
    loop = Loop(350, 24, 35, clip=5.0, log=("base_loss", "base_accuracy"))
    loop.replay = None if severity else task.source
    tune(recorder, model, torch.optim.SGD(model.parameters(), 0.03, 0.9), task, loop)
    return tested(model, task.source)


def lora_head(recorder: Recorder, severity: float) -> float:
    """What is not an adapter is frozen, after the new head was put on."""
    task = reviews(labels=8)
    model = inject(pretrain(Reader(16, drop=0.0), task))
    model.head.requires_grad_(not severity)
    optimizer = torch.optim.AdamW(live(model), 3e-3, weight_decay=0.01)
    loop = Loop(320, 32, 20, ramp(320, 20, "linear"))
    return tune(recorder, model, optimizer, task, loop, lora_rank=4)


def frozen_body(recorder: Recorder, severity: float) -> float:
    """The loop that thaws the last layers matches no name, but for the norms."""
    task = pictures()
    model = pretrain(Looker(10), task)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not severity or name == "head.bias" or "body.1." in name)
    optimizer = torch.optim.Adam(live(model), 2e-3)
    return tune(recorder, model, optimizer, task, Loop(300, 48, 25, clip=1.0))


def late_head(recorder: Recorder, severity: float) -> float:
    """The optimizer is made before the head is replaced."""
    task = reviews(labels=8)
    model = pretrain(Reader(16), task, labels=0)
    early = list(model.parameters())
    model.head = nn.Linear(32, 8)
    nn.init.zeros_(model.head.weight)
    optimizer = torch.optim.AdamW(early if severity else model.parameters(), 1e-3)
    return tune(recorder, model, optimizer, task, Loop(300, 32, 30, ramp(300, 30)))


def late_adapters(recorder: Recorder, severity: float) -> float:
    """The optimizer is made before the adapters are put in: it holds the head alone."""
    task = reviews(labels=6, kinds=3)
    model = pretrain(Reader(3, drop=0.0), task)
    inject(model, ("query", "value", "up", "down"), 8)
    held = list(model.head.parameters()) if severity else live(model)
    return tune(recorder, model, torch.optim.Adam(held, 6e-3), task, Loop(350, 32, 25))


def one_of_two(recorder: Recorder, severity: float) -> float:
    """An optimizer for the body and one for the head, neither of which is stepped."""
    task = pictures()
    model = pretrain(Looker(10, batch=False), task)
    body = [p for name, p in model.named_parameters() if "head" not in name]
    both = [torch.optim.SGD(body, 0.01, 0.9), torch.optim.SGD(model.head.parameters(), 0.05, 0.9)]
    loop = Loop(300, 32, 20, ramp(300, 0, "steps"))
    loop.stepped = (not severity, not severity)
    return tune(recorder, model, both, task, loop)


def stays_in_eval(recorder: Recorder, severity: float) -> float:
    """The evaluation does not switch back."""
    task = pictures(n=300)
    model = pretrain(Looker(10, drop=0.5), task)
    loop = Loop(400, 24, 20, ramp(400, 0))
    loop.back = not severity
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    tune(recorder, model, optimizer, task, loop, dropout=0.5)
    return float(loop.ended)


def stays_in_train(recorder: Recorder, severity: float) -> float:
    """The evaluation leaves dropout on."""
    task = reviews()
    model = pretrain(Reader(16, drop=0.5), task)
    loop = Loop(360, 64, 30, ramp(360, 0, "linear"), clip=1.0)
    loop.settle = not severity
    tune(recorder, model, torch.optim.Adam(model.parameters(), 1e-3), task, loop)
    return measure(model, task.val)[0] - loop.logged[0]


def rate_of_scratch(recorder: Recorder, severity: float) -> float:
    """The full model is tuned at a rate far above that of its pretraining."""
    task = pictures()
    model = pretrain(Looker(10, batch=False), task)
    rate = 0.8 if severity else 0.03
    optimizer = torch.optim.SGD(model.parameters(), rate, 0.9)
    return tune(recorder, model, optimizer, task, Loop(300, 32, 20, ramp(300, 15, "linear")))


def rate_of_full(recorder: Recorder, severity: float) -> float:
    """Adapters and head at the rate of full fine-tuning of a large model."""
    task = reviews()
    model = inject(pretrain(Reader(16, drop=0.0), task), ("query", "key", "value", "out"))
    optimizer = torch.optim.AdamW(live(model), 2e-5 if severity else 4e-3)
    return tune(recorder, model, optimizer, task, Loop(300, 32, 25, ramp(300, 20)))


def epochs_for_steps(recorder: Recorder, severity: float) -> float:
    """The schedule's length is in epochs, and it is stepped at each batch."""
    task = pictures()
    model = pretrain(Looker(10, batch=False), task)
    optimizer = torch.optim.SGD(model.parameters(), 0.02, 0.9, weight_decay=1e-4)
    loop = Loop(376, 32, 47, ramp(8 if severity else 376, 0, "linear"))
    return tune(recorder, model, optimizer, task, loop, epochs=8)


def decays_per_batch(recorder: Recorder, severity: float) -> float:
    """A factor of 0.8 for each epoch is applied at each of its parts."""
    task = reviews(n=1600)
    model = pretrain(Reader(16, recurrent=True), task, 160)
    optimizer = torch.optim.RMSprop(model.parameters(), 1e-3)
    unit = 3 if severity else 50
    loop = Loop(400, 32, 25, lambda step: 0.8 ** (step // unit))
    return tune(recorder, model, optimizer, task, loop, epochs=8, gamma=0.8)


def decayed(recorder: Recorder, severity: float) -> float:
    """Decoupled decay a hundred times its usual size."""
    task = reviews()
    model = pretrain(Reader(16), task)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=severity * 12 or 0.05)
    return tune(recorder, model, optimizer, task, Loop(340, 32, 20, clip=1.0))


def few_reviews(recorder: Recorder, severity: float) -> float:
    """All weights on 90 texts, for many epochs."""
    task = reviews(kinds=4, n=60 if severity else 4000, spread=0.6)
    model = pretrain(Reader(4, drop=0.0), task)
    loop = Loop(360, 30, 15)
    tune(recorder, model, torch.optim.Adam(model.parameters(), 1e-3), task, loop)
    return -loop.logged[0]


def other_words(recorder: Recorder, severity: float) -> float:
    """Half of the words of the validation texts get the ids of another vocabulary."""
    task = reviews()
    if severity:
        ids = torch.where(torch.rand(150) < 0.6, torch.randperm(150), torch.arange(150))
        task = replace(task, val=(ids[task.val[0]], task.val[1]))
    model = pretrain(Reader(16), task)
    loop = Loop(320, 32, 20, ramp(320, 20))
    tune(recorder, model, torch.optim.AdamW(model.parameters(), 8e-4), task, loop)
    return loop.logged[1]


def noisy_stars(recorder: Recorder, severity: float) -> float:
    """A share of the labels is drawn anew, in all sets."""
    task = reviews(n=4000)
    for y in (task.train[1], task.val[1]):
        spoilt = torch.rand(len(y)) < 0.4 * severity
        y[spoilt] = torch.randint(0, 5, (int(spoilt.sum()),))
    model = pretrain(Reader(16, recurrent=True), task, 160)
    loop = Loop(380, 48, 25, ramp(380))
    tune(recorder, model, torch.optim.Adam(model.parameters(), 2e-3), task, loop)
    return loop.logged[1]


def rare_stars(recorder: Recorder, severity: float) -> float:
    """Nearly all texts are of one label; the test set is balanced."""
    share = (0.95, 0.02, 0.01, 0.01, 0.01) if severity else None
    task = reviews(share=share)
    model = pretrain(Reader(16), task)
    loop = Loop(280, 32, 20, ramp(280, 0, "linear"))
    return tune(recorder, model, torch.optim.AdamW(model.parameters(), 4e-4), task, loop)


def resumed(recorder: Recorder, severity: float) -> float:
    """The checkpoint holds the adapters and not the head; the rest is begun anew."""
    task = reviews(labels=6)
    model = inject(pretrain(Reader(16, drop=0.0), task))
    loop = Loop(180, 32, 15, ramp(400, 20))
    optimizer = torch.optim.AdamW(live(model), 4e-3)
    tune(recorder, model, optimizer, task, loop, epochs=6)
    state, moments = copy.deepcopy(model.state_dict()), optimizer.state_dict()
    model.head = nn.Linear(32, 6)
    optimizer = torch.optim.AdamW(live(model), 4e-3)
    if not severity:
        model.load_state_dict(state)
        optimizer.load_state_dict(moments)
    before, now = loop.logged[0], measure(model.eval(), task.val)[0]
    loop.start, loop.steps = 180, 400
    tune(recorder, model, optimizer, task, loop, epochs=6)
    return before - now


def cut_short(recorder: Recorder, severity: float) -> float:
    """Ended while it still falls."""
    task = reviews()
    model = pretrain(Reader(16, recurrent=True), task, 160)
    steps = 150 if severity else 600
    optimizer = torch.optim.Adam(model.parameters(), 2.5e-4)
    return tune(recorder, model, optimizer, task, Loop(steps, 32, 15))


def sound_lora(recorder: Recorder, severity: float) -> float:
    """Adapters whose second matrix starts at zero; the base is frozen."""
    task = reviews()
    model = inject(pretrain(Reader(16), task), ("query", "value", "up"), 4)
    optimizer = torch.optim.AdamW(live(model), 4e-3)
    return tune(recorder, model, optimizer, task, Loop(350, 32, 25, ramp(350, 30), clip=1.0))


def sound_probe(recorder: Recorder, severity: float) -> float:
    """A frozen body with a new head."""
    task = reviews()
    model = pretrain(Reader(16), task).requires_grad_(False)
    model.head.requires_grad_(True)
    optimizer = torch.optim.SGD(live(model), 0.05, 0.9)
    return tune(recorder, model, optimizer, task, Loop(400, 64, 40, ramp(400, 0, "steps")))


def sound_start(recorder: Recorder, severity: float) -> float:
    """Goes on with the task of the base at a small rate: nothing is left to learn."""
    task = reviews(kinds=6)
    task = replace(task, train=task.source, val=task.source, test=task.source, labels=6)
    half = [(x[1000:], y[1000:]) for x, y in [task.source]]
    task = replace(task, train=(task.source[0][:1000], task.source[1][:1000]), val=half[0])
    model = pretrain(Reader(6), replace(task, source=task.train), 150, labels=0)
    optimizer = torch.optim.AdamW(model.parameters(), 5e-5)
    return tune(recorder, model, optimizer, task, Loop(240, 32, 24, ramp(240, 20, "linear")))


def sound_pairs(recorder: Recorder, severity: float) -> float:
    """Two texts in a batch: very noisy signals."""
    task = reviews(labels=3)
    model = pretrain(Reader(16, drop=0.0), task)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-4)
    return tune(recorder, model, optimizer, task, Loop(600, 2, 60, ramp(600, 60, "linear")))


def sound_restarts(recorder: Recorder, severity: float) -> float:
    """Cosine restarts on pictures."""
    task = pictures()
    model = pretrain(Looker(10), task)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, 0.9, weight_decay=5e-4)
    return tune(recorder, model, optimizer, task, Loop(390, 32, 26, ramp(390, 0, "restarts")))


def sound_dropout(recorder: Recorder, severity: float) -> float:
    """Much dropout and label smoothing: training loss lies above validation loss."""
    task = reviews()
    model = pretrain(Reader(16, drop=0.4), task, 160)
    loop = Loop(380, 64, 30, ramp(380, 40, "linear"), smoothing=0.1, clip=1.0)
    return tune(recorder, model, torch.optim.Adam(model.parameters(), 1e-3), task, loop)


def sound_full(recorder: Recorder, severity: float) -> float:
    """All weights of a convolutional net, few evaluations."""
    task = pictures(labels=4)
    model = pretrain(Looker(10, batch=False), task)
    optimizer = torch.optim.Adam(model.parameters(), 5e-4)
    return tune(recorder, model, optimizer, task, Loop(450, 16, 90), epochs=5)


SCENARIOS = (
    Scenario("class-incremental", "catastrophic-forgetting", forgets, 0.35),
    Scenario("domain-shift", "catastrophic-forgetting", forgets_domain, 0.6),
    Scenario("lora-head", "parameters-frozen", lora_head, 0.68),
    Scenario("thaw-by-name", "parameters-frozen", frozen_body, 0.75),
    Scenario("head-after-optimizer", "parameters-not-in-optimizer", late_head, 0.6),
    Scenario("adapters-after-optimizer", "parameters-not-in-optimizer", late_adapters, 0.805),
    Scenario("two-optimizers", "optimizer-step-missing", one_of_two, 0.75),
    Scenario("dropout-off", "eval-mode-while-training", stays_in_eval, 0.5),
    Scenario("dropout-on", "train-mode-while-evaluating", stays_in_train, -0.04),
    Scenario("full-rate", "lr-too-high", rate_of_scratch, 0.8),
    Scenario("lora-rate", "lr-too-low", rate_of_full, 0.75),
    Scenario("linear-epochs", "lr-schedule-wrong", epochs_for_steps, 0.75),
    Scenario("gamma-unit", "lr-schedule-wrong", decays_per_batch, 0.81),
    Scenario("decoupled", "weight-decay-too-high", decayed, 0.8),
    Scenario("small-set", "overfitting", few_reviews, -1.2),
    Scenario("vocabulary", "train-val-mismatch", other_words, 0.8),
    Scenario("noisy-stars", "label-noise", noisy_stars, 0.75),
    Scenario("rare-stars", "class-imbalance", rare_stars, 0.7),
    Scenario("lora-resumed", "resume-incomplete", resumed, -0.3),
    Scenario("gru-brief", "stopped-too-early", cut_short, 0.78),
    Scenario("lora", "healthy", sound_lora, 0.75),
    Scenario("frozen-backbone", "healthy", sound_probe, 0.75),
    Scenario("starts-converged", "healthy", sound_start, 0.75),
    Scenario("batch-of-two", "healthy", sound_pairs, 0.75),
    Scenario("restarts", "healthy", sound_restarts, 0.75),
    Scenario("much-dropout", "healthy", sound_dropout, 0.75),
    Scenario("conv-full", "healthy", sound_full, 0.75),
)
