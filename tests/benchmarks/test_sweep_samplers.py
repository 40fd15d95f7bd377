"""The benchmark of samplers on a grid whose least loss is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import sweep_samplers
from sweep_samplers import SAMPLERS, grids, regret


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two grids of 6 x 5 runs, losses a bowl about lr 1e-3 and a batch of 64."""
    rows = ["N,D,lr,bs,loss,smooth loss"]
    for size in (1e8, 2e8):
        for lr in np.geomspace(1e-4, 1e-2, 6):
            for batch in (16, 32, 64, 128, 256):
                loss = 2 + np.log10(lr / 1e-3) ** 2 + np.log2(batch / 64) ** 2 / 10
                rows.append(f"{size},1e9,{lr},{batch},9,{loss}")
    path = tmp_path / "grids.csv"
    path.write_text("\n".join(rows))
    return path


def test_grids_are_told_apart_and_smoothed_losses_taken(table: Path) -> None:
    found = grids(table)
    assert list(found) == [(1e8, 1e9), (2e8, 1e9)]
    assert all(points.shape == (30, 3) and points[:, 2].max() < 9 for points in found.values())


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "gp"])
def test_regret_is_how_far_the_best_proposal_is_from_the_least(table: Path, name: str) -> None:
    points = next(iter(grids(table).values()))
    found = [regret(points, name, seed) for seed in range(4)]
    possible = points[:, 2] - points[:, 2].min()
    assert all(np.isclose(possible, one).any() for one in found)
    assert found == [regret(points, name, seed) for seed in range(4)]
    assert max(found) < np.median(possible)  # 32 of 30 runs are proposed


def test_the_table_names_the_best_and_what_sets_others_apart_from_the_default(
    table: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--data", str(table), "--seeds", "3", "--samplers", "tpe", "random", "cma"]
    monkeypatch.setattr(sys, "argv", ["sweep_samplers.py", *words])
    code = sweep_samplers.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["tpe", "random", "cma"]
    assert lines[5].startswith("least mean regret: ")
    others = {line.split(" less tpe")[0]: float(line.split()[-1]) for line in lines[6:]}
    assert set(others) == {"random", "cma"}
    assert code == int(min(others.values()) < 0)


def test_without_the_data_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sweep_samplers.py", "--data", str(tmp_path / "none.csv")])
    with pytest.raises(SystemExit, match="name the grids with --data"):
        sweep_samplers.main()
