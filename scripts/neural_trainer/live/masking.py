"""What looks like a secret, replaced: in a config, on a command line, in a text such as a diff."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

MASK = "***"

_SECRET = re.compile(r"secret|passw|credential|private_?key|authorization", re.IGNORECASE)
# A string under such a name may be a secret; a number (num_tokens, key_dim) is none.
_SECRET_IF_TEXT = re.compile(r"token(?!iz)|keys?$|(?:^|[_-])auth$", re.IGNORECASE)
_LOGIN_IN_URL = re.compile(r"://[^/@\s\"']+@")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
# Secrets that are known by their form alone, from the pages of those who give them out.
_KNOWN = re.compile(
    r"""\b(?:
        hf_[A-Za-z0-9]{20,}                       # Hugging Face
      | sk-[A-Za-z0-9_-]{20,}                     # OpenAI, Anthropic
      | gh[pousr]_[A-Za-z0-9]{30,} | github_pat_\w{30,} | glpat-[\w-]{20,}
      | (?:AKIA|ASIA)[A-Z0-9]{16}                 # AWS
      | AIza[\w-]{35} | ya29\.[\w-]{20,}          # Google
      | xox[abposr]-[A-Za-z0-9-]{10,}             # Slack
      | npm_[A-Za-z0-9]{30,} | pypi-[\w-]{30,} | wandb_v1_\w{20,}
      | eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{5,}   # a JSON web token
    )""",
    re.VERBOSE,
)
_BEARER = re.compile(r"\b(bearer|basic)\s+(?=\S*\d)[\w.+/=~-]{16,}", re.IGNORECASE)
# A line of a key of which the first line is out of sight.
_KEY_LINE = re.compile(
    r"^([+\- ]?)(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)[A-Za-z0-9+/]{60,}={0,2}$", re.MULTILINE
)
# name = "value", "name": value, name=value, --name value, in code, YAML, JSON, a shell.
_ASSIGNED = re.compile(
    r"""(?P<name>[\w.-]{0,60}(?:secret|passw|credential|token(?!iz)|key|auth)[\w.-]{0,60})
        (?P<between>["']?\]?[\ \t]{0,9}(?::[\ ]?[A-Za-z_][\w.\[\]|\ ]{0,60}?=|[:=]|)[\ \t]{0,9})
        (?P<value>[brfuBRFU]{0,2}(?:"[^"\n]*"?|'[^'\n]*'?)|[^\s"',;()\[\]{}]+)""",
    re.VERBOSE | re.IGNORECASE,
)
# What stands there in code and is no secret: a number, a type, a place to take it from.
_NO_SECRET = re.compile(
    r"""none|null|true|false|[\d.]{1,9}|["']{2}|str|bool|int|float|bytes|any|optional|lambda|
        (?:os|self|args|config|cfg|hparams|kwargs|getpass)(?:\.[\w.]*)?""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN_NAMES = ("key", "keys", "auth", "token", "tokens")  # of so many other things in code
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.+/=~-]{16,}")


def masked(config: Any, name: str = "") -> Any:
    """Return a plain config with what looks like a secret, by key or form, replaced by `MASK`."""
    if isinstance(config, dict):
        if _SECRET.search(name):  # all that lies under it
            return {key: masked(value, name) for key, value in config.items()}
        # {"name": "api_key", "value": ...} says in one value what its neighbour is.
        told = next((config[k] for k in ("name", "key") if isinstance(config.get(k), str)), "")
        names = {key: told if key == "value" else key for key in config}
        return {key: masked(value, names[key]) for key, value in config.items()}
    if isinstance(config, list):
        return [masked(value, name) for value in config]
    if config is not None and not isinstance(config, bool) and _SECRET.search(name):
        return MASK
    if not isinstance(config, str) or not config:
        return config
    return MASK if _SECRET_IF_TEXT.search(name) else masked_forms(config)


def masked_command(arguments: Sequence[str]) -> list[str]:
    """Return a command line in which the values of secret options are replaced by `MASK`."""
    shown: list[str] = []
    option = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals and not argument.startswith("-") and not re.fullmatch(r"[\w.+/-]+", name):
            shown.append(masked(argument, option))
            option = ""
        elif equals:
            shown.append(f"{name}={masked(value, name)}")
            option = ""
        else:
            shown.append(argument if argument.startswith("-") else masked(argument, option))
            option = argument if argument.startswith("-") else ""
    return shown


def masked_forms(text: str) -> str:
    """Return `text` without logins in addresses and without secrets that have a known form.

    >>> masked_forms("git clone https://me:pw@host/x")
    'git clone https://***@host/x'
    """
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _KEY_LINE.sub(rf"\1{MASK}", _LOGIN_IN_URL.sub(f"://{MASK}@", text))
    return _BEARER.sub(rf"\1 {MASK}", _KNOWN.sub(MASK, text))


def masked_code(text: str) -> str:
    """Return code or a config file without those and without what is assigned to secret names.

    >>> masked_code("API_KEY = 'abc'  # mine")
    'API_KEY = ***  # mine'
    """
    return _ASSIGNED.sub(_without_value, masked_forms(text))


def _without_value(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    bare = value.strip("\"'")
    if not _is_secret(name) or _NO_SECRET.fullmatch(value):
        return match[0]
    if not match["between"].strip(" \t\"']") and (value == bare or not name.startswith("-")):
        return match[0]  # two words in a row, not an option and its value
    is_name = value == bare and re.fullmatch(r"[A-Za-z_.]+", value)  # a variable, a type
    if not _SECRET.search(name) and is_name:
        return match[0]
    if name.lower() in _PLAIN_NAMES and not _RANDOM.fullmatch(bare):
        return match[0]
    return f"{name}{match['between']}{MASK}"


def _is_secret(name: str) -> bool:
    return bool(_SECRET.search(name) or _SECRET_IF_TEXT.search(name))
