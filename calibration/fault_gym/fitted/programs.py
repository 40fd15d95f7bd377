"""Training scripts with a fault in their source: calibration/programs/fitted."""

from __future__ import annotations

from fault_gym.programs import scenarios

SCENARIOS = scenarios("fitted")
