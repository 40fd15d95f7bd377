"""A small `make bench-compare`: intervals hold the truth, and plans keep the power they promise."""

from __future__ import annotations

import pytest
from comparison_coverage import LAWS, LEAST, MOST, coverage, coverage_of_blocks, promises

SLACK = 0.02  # three standard errors of a share of 0.95 over 1,000 repetitions


def test_intervals_of_normal_runs_hold_the_truth() -> None:
    rows = [row for row in coverage(1000, (3, 8)) if row.promised]
    assert len(rows) == 6
    assert [row for row in rows if not LEAST - SLACK <= row.share <= MOST + SLACK] == []


def test_skew_falls_short_and_is_seen_to() -> None:
    """The measurement tells good from bad: pairs of few skewed runs cover far less."""
    assert not LAWS["skewed, lognormal"].promised
    rows = {row.name: row.share for row in coverage(500, (5,))}
    assert rows["pairs: skewed, lognormal"] < 0.88
    assert rows["groups: skewed, lognormal"] > 0.93


def test_blocks_of_a_curve_hold_the_truth_where_noise_forgets() -> None:
    shares = {(row.name, row.num_runs): row.share for row in coverage_of_blocks(300)}
    assert shares["blocks: memory 0.0", 400] > 0.92
    assert shares["blocks: memory 0.5", 4000] > 0.92


@pytest.mark.parametrize("kind", ["pairs", "groups"])
def test_plans_keep_the_power_they_promise(kind: str) -> None:
    kept = [promise for promise in promises(600) if promise.name.startswith(kind)]
    assert len(kept) == 7
    # 0.03, and three standard errors of a share of 0.8 over 600 repetitions
    assert [p for p in kept if abs(p.met - p.promised) > 0.03 + 0.049] == []
