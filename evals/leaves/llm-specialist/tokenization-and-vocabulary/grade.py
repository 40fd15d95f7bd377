"""A vocabulary grown in the middle of a training: ties, states, groups, loss at the swap."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from subprocess import TimeoutExpired


def grade(folder: Path) -> str | None:
    """None where the function passes, else the first thing that is wrong."""
    from forked import run

    try:
        done = run([__file__], folder, 60)
    except TimeoutExpired:
        return "it takes more than 60 s"
    lines = (done.stderr or done.stdout).strip().splitlines() or ["it ended without a word"]
    return None if done.returncode == 0 else lines[-1]


def main() -> None:
    sys.path[:0] = [str(Path.cwd()), str(Path(__file__).parent / "files")]
    import torch

    given = import_module("model")
    grow = import_module("solution").grow

    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = given.LanguageModel()
    with torch.no_grad():
        # As in a trained model: all logits stand far below zero by what all rows have in common.
        model.embed.weight.mul_(0.1).sub_(0.25)
        model.norm.bias.fill_(0.5)
        model.head.bias.sub_(3)
    optimizer = given.make_optimizer(model)

    def batch(size: int = 16) -> torch.Tensor:
        """Each token is followed by its neighbour, three times in four."""
        start = torch.randint(190, (size, 1))
        walk = torch.where(torch.rand(size, 32) < 0.75, 1, torch.randint(2, 9, (size, 32)))
        return (start + walk.cumsum(1)) % 200

    def train(ids: torch.Tensor) -> float:
        optimizer.zero_grad()
        loss = model(ids)
        loss.backward()
        optimizer.step()
        return float(loss)

    for _ in range(300):
        train(batch())
    held_out = batch(64)

    def held_out_loss() -> float:
        with torch.no_grad():
            return float(model(held_out))

    for new in (12, 5):
        old = model.vocab_size
        before = held_out_loss()
        table, bias = model.embed.weight, model.head.bias
        kept = {
            name: (p.detach().clone(), {k: v.clone() for k, v in optimizer.state[p].items()})
            for name, p in model.named_parameters()
        }
        groups = [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups]
        grow(model, optimizer, new)
        assert model.vocab_size == old + new, "vocab_size is not that of the tables"
        assert model.head.weight is model.embed.weight, "the tables are no longer tied"
        assert model.embed.weight.shape[0] == model.head.bias.shape[0] == old + new, (
            "a table's rows"
        )
        assert model.embed.num_embeddings == model.head.out_features == old + new, (
            "the modules still give the old size"
        )
        held = [p for g in optimizer.param_groups for p in g["params"]]
        assert len(held) == len({id(p) for p in held}), "a parameter is in the optimizer twice"
        assert {id(p) for p in held} == {id(p) for p in model.parameters()}, (
            "the optimizer and the model hold different parameters"
        )
        assert [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups] == (
            groups
        ), "the settings of a group changed"
        tables = {id(model.embed.weight), id(model.head.bias)}
        assert {id(p) for p in optimizer.param_groups[1]["params"]} == tables, "a table's group"
        if table is not model.embed.weight or bias is not model.head.bias:
            stale = [p for p in (table, bias) if p in optimizer.state and id(p) not in tables]
            assert not stale, "the optimizer still keeps states of tables that are gone"
        for name, p in model.named_parameters():
            value, state = kept[name]
            assert torch.equal(p[: len(value)], value), f"{name}: old values changed"
            now = optimizer.state[p]
            for key in ("exp_avg", "exp_avg_sq"):
                assert key in now, f"{name}: {key} is lost"
                assert now[key].shape == p.shape, f"{name}: {key} has another shape"
                assert torch.equal(now[key][: len(value)], state[key]), f"{name}: {key} is lost"
            assert float(now["step"]) == float(state["step"]), f"{name}: the step is lost"
        at_swap = held_out_loss() - before
        assert abs(at_swap) < 0.1, f"the loss on old text moved by {at_swap:.2f} nats at the swap"
        for _ in range(10):
            train(batch())
            moved = held_out_loss() - before
            assert moved < 0.1, f"the loss on old text rose by {moved:.2f} nats after the swap"
        fresh = batch()
        fresh[:, 3] = old + torch.arange(16) % new
        rows = model.embed.weight[old:].detach().clone(), model.head.bias[old:].detach().clone()
        losses = [train(fresh) for _ in range(150)]
        for was, now in zip(rows, (model.embed.weight, model.head.bias), strict=True):
            assert (now[old:] != was).any(), "the new tokens do not train"
        spread = torch.pdist(model.embed.weight[old:].detach()).min()
        assert spread > 1e-3, "two new tokens cannot be told apart"
        assert losses[-1] < losses[0], "new tokens are not learnt"


if __name__ == "__main__":
    main()
