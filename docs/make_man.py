# SPDX-License-Identifier: GPL-2.0-or-later
"""Write docs/refseries.1 anew from the command line's own help: ./setup python docs/make_man.py"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import refseries
from refseries.cli.app import app

PAGE = Path(__file__).with_name("refseries.1")

HEAD = """\
.\\" SPDX-License-Identifier: GPL-2.0-or-later
.\\" Made by docs/make_man.py; do not edit.
.TH REFSERIES 1 2026-11-24 "refseries {version}" "User Commands"
.SH NAME
refseries \\- manage a Linux kernel patch series across its revisions
.SH SYNOPSIS
.B refseries
.RI [ options ]
.I command
.RI [ arguments ]
.SH DESCRIPTION
"""

TAIL = """\
.SH EXIT STATUS
.TP
.B 0
Everything is as expected.
.TP
.B 1
A stage, a test or a check is not as expected.
.TP
.B 2
Wrong use, or wrong data.
.TP
.B 3
The machine lacks something.
.TP
.B 130
Stopped by the user; what was finished is kept.
.SH ENVIRONMENT
.TP
.B REFSERIES_CACHE
Directory of everything that can be made again.
.TP
.B REFSERIES_TREE, REFSERIES_BASE_REF
As
.B \\-\\-tree
and
.BR \\-\\-base\\-ref .
.TP
.B REFSERIES_JOBS
As
.BR \\-\\-jobs .
.TP
.B REFSERIES_CLUSTER
As
.BR \\-\\-cluster .
.TP
.B REFSERIES_CLUSTER_KEYS
Directory of the keys of clusters.
.TP
.B REFSERIES_BUSYBOX
A static arm64 busybox for the guest's shell.
.TP
.B NO_COLOR
No colour, on a terminal either.
.SH SEE ALSO
.BR b4 (5),
.BR git\\-format\\-patch (1),
.BR git\\-range\\-diff (1),
.BR qemu (1)
"""


def roff(text: str) -> str:
    """``text`` as roff shows it unchanged."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.M)


def paragraphs(text: str) -> str:
    """Help text: paragraphs are filled, and stand apart."""
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()))
    return "\n.PP\n".join(roff(part) for part in parts) + "\n"


def option(parameter: Any) -> str:  # noqa: ANN401 - typer gives its parameters no public type
    """One option with its help."""
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in parameter.opts)
    metavar = "" if parameter.is_flag else f" \\fI{roff(parameter.metavar or 'TEXT')}\\fR"
    return f".TP\n{names}{metavar}\n{roff(parameter.help or '')}\n"


def arguments(command: Any) -> str:  # noqa: ANN401
    """The arguments of a command, as its usage has them: in brackets what may be left out."""
    found = [p for p in command.params if p.param_type_name == "argument"]
    return " ".join(
        italic if parameter.required else f"[{italic}]"
        for parameter in found
        if (italic := f"\\fI{roff(parameter.metavar or parameter.name.upper())}\\fR")
    )


def sections(command: Any, name: str) -> Iterator[str]:  # noqa: ANN401
    """A section for each command below ``command``, those of groups with both names."""
    for word, below in command.commands.items():
        if below.hidden:
            continue
        full = f"{name} {word}"
        if hasattr(below, "commands"):
            yield from sections(below, full)
            continue
        yield f".SS {roff(full)} {arguments(below)}\n{paragraphs(below.help or '')}"
        for parameter in below.params:
            if parameter.param_type_name == "option" and not parameter.hidden:
                yield option(parameter)
        if below.epilog:
            yield f".PP\n{roff(below.epilog)}\n"


def page() -> str:
    """The whole page."""
    top: Any = typer.main.get_command(app)
    options = "".join(
        option(p) for p in top.params if p.param_type_name == "option" and not p.hidden
    )
    return (
        HEAD.format(version=refseries.__version__)
        + paragraphs(top.help or "")
        + ".SH OPTIONS\n"
        + options
        + ".SH COMMANDS\n"
        + "".join(sections(top, "refseries"))
        + TAIL
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
