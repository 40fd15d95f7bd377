"""Cases that tests validate: a classifier, a regressor, a language model, and faulty ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.layers.case import Case

MEAN = nn.functional.mse_loss


def sample(num: int, seed: int) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(num, 6, generator=rng)
    return x, (x[:, 0] + 0.3 * torch.randn(num, generator=rng) > 0).long()


def cut(*parts: Tensor, size: int = 32) -> list[tuple[Tensor, ...]]:
    return [tuple(p[i : i + size] for p in parts) for i in range(0, len(parts[0]), size)]


def class_loss(model: Any, batch: Any) -> Tensor:
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def classifier() -> Case:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    return Case(model, class_loss, cut(*sample(192, 1)), optimizer, cut(*sample(96, 2)))


def grouped_classifier() -> Case:
    case = classifier()

    def keyed(batches: Any) -> list[dict[str, Any]]:
        return [{"x": x, "labels": y, "group": torch.arange(len(x)) // 4} for x, y in batches]

    def loss(model: Any, batch: Any) -> Tensor:
        return nn.functional.cross_entropy(model(batch["x"]), batch["labels"])

    return Case(
        case.model, loss, keyed(case.train_batches), case.optimizer, keyed(case.eval_batches)
    )


def binary() -> Case:
    torch.manual_seed(0)
    x, y = sample(64, 3)

    def loss(model: Any, batch: Any) -> Tensor:
        return nn.functional.binary_cross_entropy_with_logits(model(batch[0])[:, 0], batch[1])

    return Case(nn.Linear(6, 1), loss, cut(*sample(64, 1)), None, cut(x, y.float()))


def regressor() -> Case:
    torch.manual_seed(0)
    x, _ = sample(64, 3)

    def loss(model: Any, batch: Any) -> Tensor:
        return MEAN(model(batch[0]), batch[1])

    return Case(nn.Linear(6, 1), loss, cut(*sample(64, 1)), None, cut(x, x[:, :1] * 2))


def language_model() -> Case:
    torch.manual_seed(0)
    rng = torch.Generator().manual_seed(0)
    ids = torch.randint(11, (40, 13), generator=rng)
    labels = ids[:, 1:].clone()
    labels[:, -3:] = -100

    def loss(model: Any, batch: Any) -> Tensor:
        return nn.functional.cross_entropy(model(batch[0]).flatten(0, 1), batch[1].flatten())

    model = nn.Sequential(nn.Embedding(11, 8), nn.Linear(8, 11))
    batches = cut(ids[:, :-1], labels, size=10)
    return Case(model, loss, batches[:2], None, batches[2:])


def without_held_out() -> Case:
    case = classifier()
    return Case(case.model, class_loss, case.train_batches)


def held_out_is_training() -> Case:
    case = classifier()
    return Case(case.model, class_loss, case.train_batches, None, case.train_batches)


def held_out_copied() -> Case:
    case = classifier()
    copies = [(x.clone(), y.clone()) for x, y in list(case.train_batches)[:2]]
    return Case(case.model, class_loss, case.train_batches, None, copies)


def own_loss() -> Case:
    case = classifier()

    def loss(model: Any, batch: Any) -> Tensor:
        return (model(batch[0]) ** 2).mean()

    return Case(case.model, loss, case.train_batches, None, case.eval_batches)


def not_finite() -> Case:
    case = classifier()
    with torch.no_grad():
        case.model[0].weight.fill_(float("nan"))
    return case


def raising() -> Case:
    case = classifier()

    def loss(model: Any, batch: Any) -> Tensor:
        raise RuntimeError("shapes do not fit\nsecond line")

    return Case(case.model, loss, case.train_batches, None, case.eval_batches)
