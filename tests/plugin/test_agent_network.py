"""The fitted network behind the prompt hook: its file is whole, and is what fit.py writes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "hooks"), str(ROOT / "evals" / "triggers")]

import agent_network  # noqa: E402
import prompts  # noqa: E402
from prompt_features import features_of  # noqa: E402
from user_prompt import WORDS  # noqa: E402

FILE = Path(agent_network.FILE)
NETWORK = agent_network.Network()


def test_the_agents_are_those_that_the_hook_has_words_for() -> None:
    assert NETWORK.agents[-1] == "none"
    assert {*NETWORK.agents[:-1], "ml-debugger-specialist"} == set(WORDS)


def test_the_file_is_as_it_was_written() -> None:
    head, content = FILE.read_bytes().split(b"\n", 1)
    assert json.loads(head)["crc32"] == crc32(content)
    assert list(NETWORK.hashes) == sorted(set(NETWORK.hashes))
    assert len(NETWORK.rows) == len(NETWORK.hashes) * len(NETWORK.bias)


def test_the_file_follows_from_the_prompts_and_the_code_that_are_here() -> None:
    assert json.loads(FILE.read_bytes().split(b"\n", 1)[0])["fitted_on"] == prompts.fingerprint()


@pytest.mark.parametrize("cut", [1, 1000, 100_000])
def test_a_file_that_is_cut_short_is_refused(cut: int, tmp_path: Path) -> None:
    torn = tmp_path / "torn.bin"
    torn.write_bytes(FILE.read_bytes()[:-cut])
    with pytest.raises(ValueError, match="expected"):
        agent_network.Network(str(torn))


@given(st.text())
def test_chances_of_any_prompt_sum_to_one(prompt: str) -> None:
    chances = NETWORK.chances(prompt)
    assert set(chances) == set(NETWORK.agents)
    assert sum(chances.values()) == pytest.approx(1)
    assert min(chances.values()) >= 0


def test_a_prompt_of_which_nothing_is_known_is_for_no_agent() -> None:
    assert NETWORK.agent_for("zxqj vwpk") is None


def test_chances_are_those_that_numpy_reckons() -> None:
    import numpy as np

    head = json.loads(FILE.read_bytes().split(b"\n", 1)[0])
    prompt = "the loss of my GRU bleibt bei 0.69 stehen, 为什么?"
    rows = np.frombuffer(NETWORK.rows, np.int8).reshape(len(NETWORK.hashes), -1)
    where = {feature: i for i, feature in enumerate(NETWORK.hashes)}
    summed = np.array(head["bias"])
    for feature, weight in features_of(prompt).items():
        if feature in where:
            summed += weight * head["scale"] * rows[where[feature]]
    num_hidden = len(summed) - len(NETWORK.agents)
    logits = summed[num_hidden:] + head["output_bias"]
    logits += np.array(head["output"]) @ np.maximum(summed[:num_hidden], 0)
    shares = np.exp(logits) / np.exp(logits).sum()
    assert list(NETWORK.chances(prompt).values()) == pytest.approx(shares.tolist())


def test_weights_of_features_are_of_length_one_for_words_and_for_parts() -> None:
    for prompt in ("loss", "loss loss", "the loss is nan, why?", "損失がnanになる"):
        assert math.fsum(one * one for one in features_of(prompt).values()) == pytest.approx(2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LOSS is NaN", "loss is nan"),
        ("loss isn\u2019t falling", "loss isn't falling"),
        ("step 3000", "step 12"),
        ("modèle", "modele"),
    ],
    ids=["case", "apostrophe", "digits", "accent"],
)
def test_what_does_not_matter_is_not_seen(one: str, other: str) -> None:
    assert features_of(one) == features_of(other)


@pytest.mark.slow  # half a minute
def test_the_network_is_the_one_that_fit_writes(tmp_path: Path) -> None:
    """But for rounding, which differs between processors: it decides as the one that is here."""
    again = tmp_path / "again.bin"
    subprocess.run(
        [sys.executable, str(ROOT / "evals" / "triggers" / "fit.py"), "--to", str(again)],
        check=True,
    )
    fitted = agent_network.Network(str(again))
    assert fitted.hashes == NETWORK.hashes
    written = prompts.written()
    same = [fitted.agent_for(one.text) == NETWORK.agent_for(one.text) for one in written]
    assert sum(same) >= 0.99 * len(written)
    assert len(written) > 2000
