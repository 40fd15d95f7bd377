"""No secret in a config, on a command line or in a text; and what is none stays readable."""

from __future__ import annotations

import time
from typing import Any

import pytest

from neural_trainer.live.masking import MASK, masked, masked_code, masked_command, masked_forms

# Made up here: of the form of a real one, and put together so that no scanner takes it for one.
HF = "hf_" + "aB3dE5gH7jK9mN1pQ3sT5vX7"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
AWS = "AKIA" + "ABCDEFGH12345678"


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        pytest.param({"hf_token": "abc"}, {"hf_token": MASK}, id="token"),
        pytest.param({"wandb": {"api_key": "abc"}}, {"wandb": {"api_key": MASK}}, id="nested-key"),
        pytest.param({"API-KEYS": ["a", "b"]}, {"API-KEYS": [MASK, MASK]}, id="list-of-keys"),
        pytest.param({"password": 1234}, {"password": MASK}, id="password-of-digits"),
        pytest.param({"db": "pg://me:pw@host/x"}, {"db": f"pg://{MASK}@host/x"}, id="login-in-url"),
        pytest.param(
            {"credentials": {"user": "a", "id": 3}}, {"credentials": {"user": MASK, "id": MASK}},
            id="all-under-a-name",
        ),
        pytest.param(
            {"a": [{"b": [{"client_secret": "x"}]}]}, {"a": [{"b": [{"client_secret": MASK}]}]},
            id="deep",
        ),
        pytest.param(
            {"env": [{"name": "API_KEY", "value": "abc"}]},
            {"env": [{"name": "API_KEY", "value": MASK}]},
            id="name-and-value",
        ),
        pytest.param({"note": f"use {HF} here"}, {"note": f"use {MASK} here"}, id="by-its-form"),
        pytest.param({"num_tokens": 300}, {"num_tokens": 300}, id="count-of-tokens"),
        pytest.param({"tokenizer": "gpt2"}, {"tokenizer": "gpt2"}, id="tokenizer"),
        pytest.param({"key_dim": 64, "lr": 0.1}, {"key_dim": 64, "lr": 0.1}, id="key-dimension"),
        pytest.param(
            {"use_token": True, "token": None}, {"use_token": True, "token": None}, id="flags"
        ),
        pytest.param({"author": "me"}, {"author": "me"}, id="author"),
    ],
)  # fmt: skip
def test_masked(config: Any, kept: Any) -> None:
    assert masked(config) == kept


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        pytest.param(["t.py", "--lr", "0.1"], ["t.py", "--lr", "0.1"], id="plain"),
        pytest.param(["t.py", "--hub-token=ab"], ["t.py", f"--hub-token={MASK}"], id="equals"),
        pytest.param(
            ["t.py", "--api_key", "ab", "c"], ["t.py", "--api_key", MASK, "c"], id="apart"
        ),
        pytest.param(["t.py", "hub.token=ab"], ["t.py", f"hub.token={MASK}"], id="hydra"),
        pytest.param(["t.py", "s3://k:s@h/?a=b"], ["t.py", f"s3://{MASK}@h/?a=b"], id="url"),
        pytest.param(["t.py", HF], ["t.py", MASK], id="by-its-form"),
    ],
)
def test_masked_command(command: list[str], kept: list[str]) -> None:
    assert masked_command(command) == kept


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(HF, id="hugging-face"),
        pytest.param(GITHUB, id="github"),
        pytest.param(AWS, id="aws"),
        pytest.param("sk-" + "proj-aB3dE5gH7jK9mN1pQ3sT", id="openai"),
        pytest.param("xoxb-" + "123456789012-abcdefABCDEF", id="slack"),
        pytest.param("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3.abc-DEF_123", id="jwt"),
        pytest.param(
            "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n+def\n-----END RSA PRIVATE KEY-----", id="pem"
        ),
        pytest.param("-----BEGIN PRIVATE KEY-----\nMIIabc\nabc", id="pem-cut-off"),
    ],
)
def test_a_secret_of_known_form_is_masked_wherever_it_stands(secret: str) -> None:
    assert masked_forms(f"a '{secret}'").startswith(f"a '{MASK}")
    assert secret.split("\n")[-1] not in masked_forms(f"a {secret}")


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        pytest.param("+API_KEY = 'abc'  # mine", f"+API_KEY = {MASK}  # mine", id="assigned"),
        pytest.param('-  "password": "a b c",', f'-  "password": {MASK},', id="json"),
        pytest.param("+  hub_token: abc123", f"+  hub_token: {MASK}", id="yaml"),
        pytest.param(
            '+os.environ["WANDB_API_KEY"] = "abc"', f'+os.environ["WANDB_API_KEY"] = {MASK}',
            id="environment",
        ),
        pytest.param("+export DB_PASSWORD=hunter", f"+export DB_PASSWORD={MASK}", id="shell"),
        pytest.param(
            "+    secret: str = 'abc'", f"+    secret: str = {MASK}", id="with-its-type"
        ),
        pytest.param(
            "+login(token='abc', lr=1)", "+login(token='abc', lr=1)", id="too-plain-a-name"
        ),
        pytest.param(
            "+login(token='aB3dE5gH7jK9mN1p')", f"+login(token={MASK})", id="random-value"
        ),
        pytest.param(
            "+run --api-key 'abc' x", f"+run --api-key {MASK} x", id="option"
        ),
        pytest.param(
            "+headers = {'Authorization': 'Bearer abc1'}",
            f"+headers = {{'Authorization': {MASK}}}",
            id="header",
        ),
        pytest.param("+pg://me:pw@host/x", f"+pg://{MASK}@host/x", id="url"),
        *(
            pytest.param(line, line, id=name)
            for name, line in {
                "sort-key": "+rows.sort(key=lambda row: row[0])",
                "tokens": "+num_tokens = 300",
                "tokenizer": "+tokenizer = AutoTokenizer.from_pretrained('gpt2')",
                "attention": "+q, key, value = self.qkv(x).split(3)",
                "from-arguments": "+api_key = args.api_key",
                "annotation": "+def f(token: str, key: int = 3) -> None:",
                "context": " for key, value in config.items():",
                "key-name": "+plot(key='train/loss')",
            }.items()
        ),
    ],
)  # fmt: skip
def test_a_line_of_code(line: str, kept: str) -> None:
    assert masked_code(line) == kept


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * 50_000, id="one-word"),
        pytest.param("key" * 15_000, id="names-in-names"),
        pytest.param("token: a " * 20_000, id="many"),
        pytest.param("://" * 15_000, id="addresses"),
        pytest.param("-----BEGIN PRIVATE KEY-----" * 8_000, id="begins"),
        pytest.param("eyJ" * 15_000, id="web-tokens"),
        pytest.param("key " + " " * 50_000, id="blanks"),
    ],
)
def test_a_hostile_text_takes_linear_time(text: str) -> None:
    began = time.process_time()
    masked_code(text)
    assert time.process_time() - began < 5
