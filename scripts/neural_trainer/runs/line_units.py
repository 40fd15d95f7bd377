"""The units behind the numbers of a log line, and by what they multiply them."""

from __future__ import annotations

import re

UNIT = re.compile(
    r"^ ?(?:%|ms|secs?|seconds?|s|mins?|minutes|hours?|h|m|z|x|[KMGT](?:i?[Bb])?|B)(?![\w/])"
)
SCALES = {
    "K": 1e3, "KB": 1e3, "KiB": 1024.0, "M": 1e6, "MB": 1e6, "MiB": 2.0**20, "G": 1e9, "GB": 1e9,
    "GiB": 2.0**30, "T": 1e12, "TB": 1e12, "TiB": 2.0**40,
}  # fmt: skip
ROUNDED = {"K": 1e3, "M": 1e6, "B": 1e9}  # `step:49K`
