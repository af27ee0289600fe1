# SPDX-License-Identifier: GPL-2.0-or-later
"""Where runs leave their evidence, and the newest result of each target.

``runs/<when>-<pid>/`` holds a directory for each target and config of one ``refseries test``;
``latest/`` holds the newest finished run of each as JSON, for ``refseries status``.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from refseries.model import BASE, Run, Splat, Target

KEEP = 20
"""How many runs are kept; older ones are removed when a new one starts."""


@dataclass(frozen=True)
class Latest:
    """The newest finished run of a target in a config.

    Attributes:
        tree: git tree id of what was tested.
        when: ISO 8601 time, UTC, when it finished.
        counts: how many cases had each outcome.
        stages: outcome of each stage.
        splats: the fields of each Splat.
    """

    tree: str
    when: str
    as_expected: bool
    stages: dict[str, str]
    counts: dict[str, int]
    log: str
    splats: list[dict[str, str | None]]


def begin(cache: Path, series: str) -> Path:
    """Make the directory of a new run, and remove those that are older than the newest KEEP."""
    parent = cache / series / "runs"
    parent.mkdir(parents=True, exist_ok=True)
    old = sorted(path for path in parent.iterdir() if path.is_dir())
    for path in old[: max(0, len(old) - KEEP + 1)]:
        shutil.rmtree(path, ignore_errors=True)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return Path(tempfile.mkdtemp(dir=parent, prefix=f"{stamp}-{os.getpid()}-"))


def directory_of(run_directory: Path, target: Target, config: str) -> Path:
    """Where the files of one target and config lie inside a run."""
    return run_directory / f"{str(target).replace(':', '-')}-{config}"


def remember(cache: Path, series: str, run: Run, tree: str) -> None:
    """Keep ``run`` as the newest of its target and config."""
    path = _latest_path(cache, series, run.target, run.config)
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {
        "tree": tree,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "as_expected": run.as_expected,
        "stages": run.stages,
        "counts": Counter(str(result.outcome) for result in run.results),
        "log": str(run.log or ""),
        "splats": [asdict(splat) for splat in run.splats],
    }
    write_atomically(path, json.dumps(entry, indent=1))


def latest(cache: Path, series: str, target: Target, config: str) -> Latest | None:
    """The newest finished run of ``target`` in ``config``, None when there is none."""
    try:
        text = _latest_path(cache, series, target, config).read_text(encoding="utf-8")
        entry: dict[str, Any] = json.loads(text)
        return Latest(**entry)
    except (OSError, ValueError, TypeError):
        return None


def known_splats(cache: Path, series: str, config: str, base_tree: str) -> tuple[Splat, ...]:
    """Splats that base itself showed in ``config``; none while base has not been tested.

    Args:
        base_tree: git tree id of the base at hand; what another base showed does not count.
    """
    found = latest(cache, series, Target(BASE), config)
    if found is None or found.tree != base_tree:
        return ()
    return tuple(Splat(**entry) for entry in found.splats)  # type: ignore[arg-type]


def _latest_path(cache: Path, series: str, target: Target, config: str) -> Path:
    return directory_of(cache / series / "latest", target, config).with_suffix(".json")


def write_atomically(path: Path, text: str) -> None:
    """Replace ``path`` as a whole: a kill leaves the old file or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
