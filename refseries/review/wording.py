# SPDX-License-Identifier: GPL-2.0-or-later
"""Evidence in one line for people; pure."""

from __future__ import annotations

from refseries.review.model import (
    BuildEvidence,
    CaseEvidence,
    CheckEvidence,
    DiffEvidence,
    Evidence,
    ManualEvidence,
    MeasureEvidence,
    TextEvidence,
)


def detail(evidence: Evidence) -> str:
    """What ``evidence`` looks for, without its kind."""
    match evidence:
        case CaseEvidence(cases, config):
            names = ", ".join(cases)
            return names if config == "default" else f"{names} in {config}"
        case DiffEvidence(place, added, gone) | TextEvidence(place, added, gone):
            wanted = [f"+`{pattern}`" for pattern in added] + [f"-`{pattern}`" for pattern in gone]
            return f"{place}: {', '.join(wanted)}"
        case BuildEvidence(config):
            return config
        case CheckEvidence(check, pattern):
            return f"{check}: -`{pattern}`"
        case MeasureEvidence(figure, at_most):
            return f"{figure}: at most {at_most:g} times"
        case ManualEvidence(text, link):
            return f"{text} ({link})" if link else text
