"""What is seen of the calls of torch's losses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional

from neural_trainer.layers.loss_calls import LossCalls


def fail(error: Exception) -> None:
    raise AssertionError("a measurement failed") from error


@pytest.fixture
def calls() -> Iterator[LossCalls]:
    watch = LossCalls(fail)
    watch.on = True
    yield watch
    watch.release()


def numbers(watch: LossCalls) -> dict[str, float]:
    return {name: float(value) for name, value in watch.take().items()}


MODULE = nn.CrossEntropyLoss()
LOGITS, LABELS = torch.linspace(-2, 2, 24).reshape(8, 3), torch.tensor([0, 1, 1, 1, 2, 1, 1, 0])


@pytest.mark.parametrize(
    "call",
    [
        lambda logits: functional.cross_entropy(logits, LABELS),
        lambda logits: MODULE(logits, LABELS),
    ],
    ids=["function", "module"],
)
def test_cross_entropy(calls: LossCalls, call: Callable[[Tensor], Tensor]) -> None:
    value = call(LOGITS)
    found = numbers(calls)
    assert found["criterion_of_probabilities"] == 0
    assert found["label_share"] == 5 / 8
    assert found["label_top"] == 1
    assert found["criterion_mean"] == pytest.approx(float(value))
    call(LOGITS.softmax(1))
    assert numbers(calls)["criterion_of_probabilities"] == 1


def test_weights_are_told(calls: LossCalls) -> None:
    functional.cross_entropy(LOGITS, LABELS)
    assert numbers(calls)["criterion_weighs"] == 0
    functional.cross_entropy(LOGITS, LABELS, torch.ones(3))
    assert numbers(calls)["criterion_weighs"] == 1
    nn.BCEWithLogitsLoss(pos_weight=torch.ones(3))(LOGITS, LOGITS.sigmoid())
    assert numbers(calls)["criterion_weighs"] == 1


def test_what_is_ignored_is_no_class(calls: LossCalls) -> None:
    labels = torch.tensor([-100, -100, -100, -100, -100, 2, 2, 0])
    functional.cross_entropy(LOGITS, labels)
    found = numbers(calls)
    assert (found["label_share"], found["label_top"]) == (2 / 8, 2)


@pytest.mark.parametrize("seed", range(5))
def test_the_most_frequent_of_many_labels(calls: LossCalls, seed: int) -> None:
    count = 1024
    labels = torch.randint(0, 40, (count,), generator=torch.Generator().manual_seed(seed))
    labels[::3] = -100
    functional.cross_entropy(torch.zeros(count, 40), labels)
    found = numbers(calls)
    each = Counter(label for label in labels.tolist() if label >= 0)
    assert found["label_share"] == pytest.approx(max(each.values()) / count)
    assert each[int(found["label_top"])] == max(each.values())


def test_labels_of_which_none_counts(calls: LossCalls) -> None:
    functional.cross_entropy(LOGITS, torch.full((8,), -100), reduction="sum")
    assert numbers(calls)["label_share"] == 0


def test_a_sum_is_told_by_its_mean_and_several_calls_by_none(calls: LossCalls) -> None:
    mean = functional.cross_entropy(LOGITS, LABELS)
    calls.take()
    functional.cross_entropy(LOGITS, LABELS, reduction="sum")
    assert numbers(calls)["criterion_mean"] == pytest.approx(float(mean))
    functional.cross_entropy(LOGITS, LABELS)
    functional.cross_entropy(LOGITS, LABELS)
    assert "criterion_mean" not in numbers(calls)


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_shapes_that_differ(calls: LossCalls) -> None:
    functional.mse_loss(torch.ones(5, 1), torch.ones(5, 1))
    assert numbers(calls)["criterion_broadcasts"] == 0
    functional.mse_loss(torch.ones(5, 1), 3 * torch.ones(5))
    found = numbers(calls)
    assert found["criterion_broadcasts"] == 1
    assert found["target_max"] == 3


def test_a_flag_that_was_set_stays_in_the_step(calls: LossCalls) -> None:
    functional.cross_entropy(LOGITS.softmax(1), LABELS)
    functional.cross_entropy(LOGITS, LABELS)
    assert numbers(calls)["criterion_of_probabilities"] == 1


def test_logits_of_a_binary_loss(calls: LossCalls) -> None:
    scores, targets = torch.linspace(-1, 1, 8), torch.tensor([0.0, 0, 0, 0, 0, 0, 1, 1])
    functional.binary_cross_entropy_with_logits(scores, targets)
    found = numbers(calls)
    assert found["criterion_of_probabilities"] == 0
    assert (found["label_share"], found["label_top"]) == (6 / 8, 0)
    functional.binary_cross_entropy_with_logits(scores.sigmoid(), targets)
    assert numbers(calls)["criterion_of_probabilities"] == 1


def test_between_complete_sets_only_targets_of_fractions_are_looked_at(calls: LossCalls) -> None:
    calls.on = False
    functional.cross_entropy(LOGITS, LABELS)
    assert calls.take() == {}
    functional.l1_loss(torch.ones(3), torch.full((3,), float("nan")))
    assert not torch.isfinite(calls.take()["target_max"])


def test_an_evaluation_is_not_looked_at(calls: LossCalls) -> None:
    with torch.no_grad():
        functional.cross_entropy(LOGITS, LABELS)
    assert calls.take() == {}


def test_gradients_and_values_are_as_without_and_the_functions_come_back() -> None:
    before = functional.cross_entropy
    plain = LOGITS.clone().requires_grad_()
    before(plain, LABELS).backward()
    watch = LossCalls(fail)
    watch.on = True
    seen = LOGITS.clone().requires_grad_()
    functional.cross_entropy(seen, LABELS).backward()
    watch.release()
    assert functional.cross_entropy is before
    assert seen.grad is not None
    assert plain.grad is not None
    assert torch.equal(seen.grad, plain.grad)


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_loss_within_a_compiled_model_is_called_with_nothing_to_look_at(
    calls: LossCalls, backend: str
) -> None:
    """Tracing calls it with tensors of shapes alone: none of them is looked at or kept."""
    torch._dynamo.reset()
    model = nn.Linear(3, 3)

    def loss(logits: Tensor) -> Tensor:
        return functional.cross_entropy(model(logits), LABELS)

    compiled: Any = torch.compile(loss, fullgraph=True, backend=backend)
    expected = loss(LOGITS)
    calls.take()
    for _ in range(2):
        value = compiled(LOGITS)
        value.backward()
        assert torch.allclose(value, expected)
        assert {type(number) for number in calls.take().values()} <= {float, Tensor}
    calls.release()
    assert torch.allclose(compiled(LOGITS), expected)
    torch._dynamo.reset()


def test_tensors_of_shapes_alone_are_not_looked_at(calls: LossCalls) -> None:
    """As a compiler that says nothing of itself calls a function that it takes for torch's own."""
    with FakeTensorMode(allow_non_fake_inputs=True):
        value = functional.cross_entropy(torch.ones(4, 3, requires_grad=True), LABELS[:4])
    assert type(value) is not Tensor
    assert calls.take() == {}
    functional.cross_entropy(LOGITS, LABELS)
    assert calls.take()


@pytest.mark.parametrize(
    "asked",
    [
        {"reduction": "none"},
        {"weight": torch.ones(3)},
        {"weight": torch.ones(3), "reduction": "sum"},
    ],
    ids=["of-its-own", "weighted", "weighted-sum"],
)
def test_the_mean_of_terms_that_others_weigh_is_not_known(
    calls: LossCalls, asked: dict[str, Any]
) -> None:
    functional.cross_entropy(LOGITS, LABELS, **asked)
    assert "criterion_mean" not in numbers(calls)


def test_a_sum_is_over_the_targets_that_count(calls: LossCalls) -> None:
    labels = torch.where(LABELS == 1, -7, LABELS)
    mean = functional.cross_entropy(LOGITS, labels, ignore_index=-7)
    calls.take()
    functional.cross_entropy(LOGITS, labels, ignore_index=-7, reduction="sum")
    found = numbers(calls)
    assert found["criterion_mean"] == pytest.approx(float(mean))
    assert (found["label_share"], found["label_top"]) == (2 / 8, 0)
