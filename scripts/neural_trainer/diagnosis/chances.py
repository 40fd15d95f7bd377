"""The chances that `make calibrate` measured on the fault gym, from chances.json beside this."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

WELL = ("healthy", "converged")  # the causes by which nothing is wrong
FILE = Path(__file__).with_name("chances.json")


@dataclass(frozen=True, eq=False)
class Chances:
    """What the gym measured.

    healthy: symptom -> share of runs without a fault that show it. of_cause: cause -> symptom ->
    share of its runs. weight: symptom -> how much of the log of its chance counts, in (0, 1], since
    symptoms that say the same would count twice. if_seen, if_absent: cause -> symptom -> what it
    adds to the log of the cause's probability where it is seen, times its strength, or looked for
    and not seen; offset: what every run adds. The key "well" is for all causes by which nothing is
    wrong; causes that the gym does not plant have none. temperature: what all is divided by, so
    that confidences are shares of right verdicts. faulty_below: the probability that nothing is
    wrong at which a run is called faulty, chosen for few alarms on healthy runs. decisive: alarms
    that next to no sound run of the gym shows: they leave health no more than faulty_below.
    """

    healthy: Mapping[str, float] = field(default_factory=dict)
    of_cause: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    weight: Mapping[str, float] = field(default_factory=dict)
    if_seen: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    if_absent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    offset: Mapping[str, float] = field(default_factory=dict)
    temperature: float = 1.0
    faulty_below: float = 0.5
    decisive: Sequence[str] = ()

    def capped(
        self, probability: Mapping[str, float], seen: Iterable[str], certain: bool = False
    ) -> dict[str, float]:
        """Return the probabilities with what a decisive alarm among `seen` leaves of health.

        certain: a fault was read or measured beside the log, which leaves no more.

        >>> table = Chances(faulty_below=0.25, decisive=["loss-nonfinite"])
        >>> shares = table.capped({"healthy": 0.6, "bad-batch": 0.4}, ["loss-nonfinite"])
        >>> {name: round(share, 3) for name, share in shares.items()}
        {'healthy': 0.25, 'bad-batch': 0.75}
        """
        well = sum(probability.get(name, 0.0) for name in WELL)
        most = self.faulty_below * (1 - 1e-9)  # however it is rounded
        decided = certain or not set(self.decisive).isdisjoint(seen)
        if not decided or not most < well < 1:
            return dict(probability)
        return {
            name: share * (most / well if name in WELL else (1 - most) / (1 - well))
            for name, share in probability.items()
        }

    def key(self, cause: str) -> str | None:
        """Return under which name a cause has additions; None where it has none.

        >>> Chances(offset={"well": 0.1}).key("converged")
        'well'
        """
        name = "well" if cause in WELL else cause
        return name if name in self.offset else None


@lru_cache(maxsize=1)
def measured() -> Chances:
    """Return the measured chances; empty where nothing was measured yet."""
    if not FILE.exists():
        return Chances()
    told = json.loads(FILE.read_text(encoding="utf-8"))
    return Chances(**told)
