"""Topics of short texts: a model of news, trained before, is tuned to reviews, wholly or by LoRA.

Bags of words through an embedding and an MLP under AdamW with linear decay. What becomes of news
is logged as `eval/old_accuracy`; a second head, where there is one, predicts how strong a text's
topic is. The score is the accuracy on fresh reviews, on news, or the spread of the second head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

NUM_WORDS, NUM_TOPICS, LENGTH, WIDTH = 240, 6, 10, 32
BATCH, NUM_STEPS, UNKNOWN = 32, 240, 0
Texts = tuple[Tensor, Tensor, Tensor]


def _texts(domain: str, size: int, generator: torch.Generator) -> Texts:
    """Return words `(size, LENGTH)`, topics, and the share of words that are of the topic."""
    topics = torch.randint(NUM_TOPICS, (size,), generator=generator)
    share = 0.3 + 0.5 * torch.rand(size, 1, generator=generator)
    own = torch.randint(1, 36, (size, LENGTH), generator=generator) * NUM_TOPICS
    words = own + topics[:, None]
    if domain == "reviews":  # half of the words stand for another topic there
        moved = own + ((topics + 2) % NUM_TOPICS)[:, None]
        words = torch.where(own < 20 * NUM_TOPICS, moved, words)
    other = torch.randint(1, NUM_WORDS, (size, LENGTH), generator=generator)
    is_own = torch.rand(size, LENGTH, generator=generator) < share
    return torch.where(is_own, words, other), topics, 10 * (share[:, 0] - 0.55)


class LoraLinear(nn.Module):
    """A frozen linear layer and a product of two narrow ones added to it."""

    def __init__(self, base: nn.Linear, rank: int, zero: bool) -> None:
        super().__init__()
        self.base = base
        for parameter in base.parameters():
            parameter.requires_grad_(False)
        self.down = nn.Parameter(torch.zeros(rank, base.in_features))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))
        if not zero:
            nn.init.kaiming_uniform_(self.down, a=5**0.5)

    def forward(self, hidden: Tensor) -> Tensor:
        return torch.as_tensor(self.base(hidden) + 2.0 * hidden @ self.down.T @ self.up.T)


class Topics(nn.Module):
    """The mean of the words' embeddings through two layers to topics, and to a strength."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.Embedding(NUM_WORDS, WIDTH)
        self.first: nn.Module = nn.Linear(WIDTH, 64)
        self.second: nn.Module = nn.Linear(64, 64)
        self.head, self.strength = nn.Linear(64, NUM_TOPICS), nn.Linear(64, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, words: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.dropout(functional.gelu(self.first(self.words(words).mean(1))))
        hidden = self.dropout(functional.gelu(self.second(hidden)))
        return self.head(hidden), hidden


def _strength(model: Topics, hidden: Tensor, bug: int) -> Tensor:
    if bug == 1:  # pooled over the texts, where the features were meant to be normed
        hidden = hidden.mean(0, keepdim=True).expand_as(hidden)
    out: Tensor = model.strength(hidden).squeeze(-1)
    return (out - 9.0).relu() if bug == 2 else out


def _add_lora(model: Topics, rank: int, zero: bool) -> None:
    for parameter in model.words.parameters():
        parameter.requires_grad_(False)
    model.first = LoraLinear(model.first, rank, zero)  # type: ignore[arg-type]
    model.second = LoraLinear(model.second, rank, zero)  # type: ignore[arg-type]


@torch.no_grad()
def _accuracy(model: Topics, texts: Texts) -> tuple[float, float]:
    """Return the accuracy and the loss."""
    out, _ = model(texts[0])
    right = (out.argmax(1) == texts[1]).float().mean().item()
    return right, functional.cross_entropy(out, texts[1]).item()


def _pretrain(model: Topics, generator: torch.Generator, steps: int) -> None:
    words, topics, _ = _texts("news", 4096, generator)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(steps):
        chosen = torch.randint(len(words), (64,), generator=generator)
        optimizer.zero_grad()
        functional.cross_entropy(model(words[chosen])[0], topics[chosen]).backward()
        optimizer.step()


def _train(
    recorder: Recorder, *, lr: float = 3e-3, steps: int = NUM_STEPS, size: int = 3000,
    domain: str = "reviews", replay: float = 0.3, dropout: float = 0.0, lora: int = 0,
    zero: bool = False, optimizer_first: bool = False, freeze: bool = False,
    label_shift: int = 0, leak: bool = False, unknown: float = 0.0, aux: bool = False,
    aux_bug: int = 0, decay: float = 0.01, smoothing: float = 0.0, score: str = "new",
    horizon: int = NUM_STEPS,
) -> float:  # fmt: skip
    generator = torch.Generator().manual_seed(torch.initial_seed())
    model = Topics(dropout)
    _pretrain(model, generator, 250)
    old, val_old = _texts("news", 2000, generator), _texts("news", 600, generator)
    val, fresh = (
        _texts(domain, 600 if not leak else 150, generator),
        _texts(domain, 1500, generator),
    )
    words, topics, strength = _texts(domain, size, generator)
    if leak:
        words, topics, strength = (
            torch.cat([a, b]) for a, b in zip((words, topics, strength), val, strict=True)
        )
    topics = (topics + label_shift) % NUM_TOPICS
    if unknown:  # the words of another tokenizer
        words[torch.rand(words.shape, generator=generator) < unknown] = UNKNOWN
        for held in (val[0], fresh[0]):
            held[torch.rand(held.shape, generator=generator) < unknown] = UNKNOWN
    parameters = list(model.parameters())
    if lora:
        _add_lora(model, lora, zero)
    if freeze:
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name == "head.bias")
    tuned = parameters if optimizer_first else [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(tuned, lr=lr, weight_decay=decay)
    if optimizer_first:
        model.head.requires_grad_(False)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, horizon)
    recorder.watch(
        model, optimizer,
        {"optimizer": "adamw", "lr": lr, "weight_decay": decay, "batch_size": BATCH,
         "lora_rank": lora, "replay": replay, "dropout": dropout, "epochs": steps * BATCH // size},
    )  # fmt: skip
    model.train()
    for step in range(1, steps + 1):
        chosen = torch.randint(len(words), (BATCH,), generator=generator)
        again = torch.randint(len(old[0]), (int(replay * BATCH),), generator=generator)
        seen = torch.cat([words[chosen], old[0][again]])
        wanted = torch.cat([topics[chosen], old[1][again]])
        out, hidden = model(seen)
        loss = functional.cross_entropy(out, wanted, label_smoothing=smoothing)
        more: dict[str, float] = {}
        if aux:
            guess = _strength(model, hidden, aux_bug)
            off = functional.mse_loss(guess, torch.cat([strength[chosen], old[2][again]]))
            loss = loss + 0.2 * off
            more = {"aux/loss": off.item(), "aux/std": guess.detach().std().item()}
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        recorder.step(
            loss, (out.argmax(1) == wanted).float().mean().item(), samples=len(seen), **more
        )
        if step % 20 == 0:
            model.eval()
            logged, val_loss = _accuracy(model, val)
            recorder.evaluate(
                loss=val_loss, accuracy=logged, old_accuracy=_accuracy(model, val_old)[0]
            )
            model.train()
    model.eval()
    if score == "aux":
        with torch.no_grad():
            return float(_strength(model, model(fresh[0])[1], aux_bug).std())
    right = _accuracy(model, fresh)[0]
    return _accuracy(model, val_old)[0] if score == "old" else right


GOAL = 0.74
SCENARIOS = (
    Scenario("plain", "healthy", lambda r, _: _train(r), goal=GOAL),
    Scenario("lora", "healthy", lambda r, _: _train(r, lora=8, lr=1e-2), goal=GOAL),
    Scenario(
        "starts-converged", "healthy",
        lambda r, _: _train(r, domain="news", replay=0.0, lr=3e-4), goal=GOAL,
    ),
    Scenario(
        "dropout-and-smoothing", "healthy",
        lambda r, _: _train(r, dropout=0.4, smoothing=0.1, lr=3e-3), goal=GOAL,
    ),
    Scenario(
        "two-heads", "healthy", lambda r, _: _train(r, aux=True, lr=3e-3, score="aux"), goal=0.25
    ),
    Scenario(
        "small-gap-that-stays", "healthy",
        lambda r, _: _train(r, size=900, decay=0.3, dropout=0.2, lr=1e-3), goal=0.65,
    ),
    Scenario(
        "no-news-replayed", "catastrophic-forgetting",
        lambda r, s: _train(r, replay=0.0 if s else 0.4, lr=3e-3 if s < 2 else 1e-2, score="old"),
        goal=0.7, severities=(1.0, 2.0),
    ),
    Scenario(
        "both-of-lora-zero", "bad-initialisation",
        lambda r, s: _train(r, lora=8, lr=1e-2, zero=s > 0), goal=GOAL,
    ),
    Scenario(
        "all-but-a-bias-frozen", "parameters-frozen",
        lambda r, s: _train(r, freeze=s > 0), goal=GOAL, same_as=("parameters-not-in-optimizer",),
    ),
    Scenario(
        "lora-added-after-the-optimizer", "parameters-not-in-optimizer",
        lambda r, s: _train(r, lora=8, lr=1e-2, optimizer_first=s > 0), goal=GOAL,
        same_as=("parameters-frozen", "optimizer-step-missing"),
    ),
    Scenario(
        "rate-of-the-whole-model", "lr-too-low",
        lambda r, s: _train(r, lora=8, lr=1e-2 / 10**s), goal=GOAL, severities=(1.5,),
    ),
    Scenario(
        "lr-too-high", "lr-too-high", lambda r, s: _train(r, lr=2e-3 * 10**s), goal=GOAL,
        severities=(2.1, 2.6),
    ),
    Scenario(
        "other-order-of-labels", "labels-wrong",
        lambda r, s: _train(r, label_shift=int(s), replay=0.0), goal=GOAL,
    ),
    Scenario(
        "validation-among-training", "data-leakage",
        lambda r, s: _train(
            r, leak=s > 0, size=80 if s else 3000, replay=0.0, lr=4e-3, steps=300, horizon=300
        ),
        goal=0.84,
    ),
    Scenario(
        "second-head-constant", "auxiliary-head-collapsed",
        lambda r, s: _train(r, aux=True, aux_bug=int(s), lr=3e-3, score="aux"), goal=0.25,
        severities=(1.0, 2.0),
    ),
    Scenario(
        "every-word-unknown", "output-constant",
        lambda r, s: _train(r, unknown=1.0 if s else 0.0, replay=0.0), goal=GOAL,
    ),
)  # fmt: skip
