# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of two versions, as evidence is judged by it: given, instead of looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Given:
    """Each side answers whatever is asked of its version; all others are on the second side."""

    before: Any
    after: Any
    first: str = "v3"
    brought: frozenset[tuple[str, int]] | None = None
    config: str = "default"

    def _side(self, version: str) -> Any:  # noqa: ANN401
        return self.before if version == self.first else self.after

    def latest(self, version: str, _config: str) -> Any:  # noqa: ANN401
        return self._side(version)

    def lines(self, version: str, _name: str) -> Any:  # noqa: ANN401
        return self._side(version)

    def text(self, version: str, _where: str) -> Any:  # noqa: ANN401
        return self._side(version)

    def checked(self, version: str) -> Any:  # noqa: ANN401
        return self._side(version)

    def measured(self, version: str) -> Any:  # noqa: ANN401
        return self._side(version)

    def counted(self, version: str, _config: str) -> Any:  # noqa: ANN401
        return self._side(version)

    def fixup_lines(self, _version: str, _task: str) -> frozenset[tuple[str, int]] | None:
        return self.brought

    def recipients(self) -> Any:  # noqa: ANN401
        return self.after
