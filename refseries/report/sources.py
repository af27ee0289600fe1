# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page of a series is made from: its files, its base, and its versions as they apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from refseries.errors import RefseriesError
from refseries.model import BASE, Applied, BaseInfo, Series, Target, Version
from refseries.series import apply


@dataclass(frozen=True)
class ReportSources:
    """A series, and what became of its versions.

    Attributes:
        base: None when it is not imported; then no version is applied.
        applied: commits of each version that applies.
        problems: why each other version does not.
    """

    series: Series
    base: BaseInfo | None
    cache: Path
    applied: Mapping[str, Applied] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, series: Series, base: BaseInfo | None, cache: Path, versions: Iterable[Version]
    ) -> ReportSources:
        """Apply ``versions``; of others only what is kept is known."""
        if base is None:
            return cls(series, base, cache)
        applied: dict[str, Applied] = {}
        problems: dict[str, str] = {}
        for version in versions:
            try:
                applied[version.name] = apply.apply(series, base, Target(version.name), cache)
            except RefseriesError as error:
                # Readers of the page have no folder of ours: names are those of the project.
                problems[version.name] = str(error).replace(f"{series.root}/", "")
        return cls(series, base, cache, applied, problems)

    def tree(self, version: str) -> str | None:
        """The git tree id of a version, or of base; None where it is not known."""
        if version == BASE:
            return self.base.tree if self.base else None
        applied = self.applied.get(version)
        return applied.tree if applied else None
