# SPDX-License-Identifier: GPL-2.0-or-later
"""What the shell offers when the user presses Tab; where the data is wrong, nothing."""

from __future__ import annotations

from pathlib import Path


def versions(incomplete: str) -> list[str]:
    """Names of versions, of their fixup states, and ``base``."""
    from refseries import store
    from refseries.errors import RefseriesError

    try:
        series = store.load(store.find_root(Path().resolve()))
    except RefseriesError:
        return []
    names = ["base", *(version.name for version in series.versions)]
    for version in series.versions:
        names += [f"{version.name}:{fixup.task}" for fixup in version.fixups]
    return [name for name in names if name.startswith(incomplete)]


def plain_versions(incomplete: str) -> list[str]:
    """Names of versions alone."""
    return [name for name in versions(incomplete) if ":" not in name and name != "base"]


def configs(incomplete: str) -> list[str]:
    """Names of kernel configs."""
    from refseries import store
    from refseries.configs import of_project
    from refseries.errors import RefseriesError

    try:
        names = of_project(store.find_root(Path().resolve()))
    except RefseriesError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def tasks(incomplete: str) -> list[str]:
    """Ids of review tasks."""
    from refseries import store
    from refseries.errors import RefseriesError
    from refseries.tasks import store as tasks

    try:
        reviews = tasks.load(store.load(store.find_root(Path().resolve())))
    except RefseriesError:
        return []
    ids = (task.id for review in reviews for task in review.tasks)
    return [each for each in ids if each.startswith(incomplete)]


def reviewers(incomplete: str) -> list[str]:
    """Nicks of those who reviewed."""
    from refseries import store
    from refseries.errors import RefseriesError
    from refseries.tasks import listing, states
    from refseries.tasks import store as tasks

    try:
        found = listing.select(tasks.load(store.load(store.find_root(Path().resolve()))))
    except RefseriesError:
        return []
    nicks = {states.nick(person) for _review, task in found for person in listing.people(task)}
    return sorted(nick for nick in nicks if nick.startswith(incomplete))


def checks(incomplete: str) -> list[str]:
    """Names of the checks of ``refseries check``."""
    from refseries import resources, store
    from refseries.check import catalogue
    from refseries.configs import load_configs
    from refseries.errors import RefseriesError

    try:
        root = store.find_root(Path().resolve())
        matrix = load_configs(resources.qemu_dir() / catalogue.CONFIGS, root)
    except RefseriesError:
        return []
    names = [
        catalogue.APPLIES,
        catalogue.COMPILE,
        *(each.name for each in catalogue.checks(matrix)),
    ]
    return [name for name in names if name.startswith(incomplete)]
