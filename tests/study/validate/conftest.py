"""Lets the tests of this folder import its cases, and a factory be named as users do."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
