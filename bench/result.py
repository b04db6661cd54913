"""What one measurement says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """*measured* against *floor*: as a ratio of the two, or with *excess* as their difference, within *limit*."""

    name: str
    measured: float
    floor: float
    unit: str
    limit: float
    excess: bool = False

    @property
    def figure(self) -> float:
        return self.measured - self.floor if self.excess else self.measured / self.floor

    @property
    def kept(self) -> bool:
        return self.figure <= self.limit
