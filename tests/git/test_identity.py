# SPDX-License-Identifier: GPL-2.0-or-later
"""Who sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from refseries.errors import HostError
from refseries.git import identity


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ("[user]\nname = A B\nemail = a@b.c\n", "A B <a@b.c>"),
        ("[user]\nname = \"B, A\"\nemail = a@b.c\n", "B, A <a@b.c>"),
        ("[user]\nname = A\nemail = a@b.c\n[sendemail]\nfrom = X <x@y.z>\n", "X <x@y.z>"),
        ("[user]\nname = A\nemail = a@b.c\n[sendemail]\nfrom = x@y.z\n", "A <x@y.z>"),
        ("[user]\nname = A\n", None),
        ("[user]\nemail = a@b.c\n", None),
        ("[user]\nname = A\nemail = nobody\n", None),
        ("[user]\nname = \"A\\nBcc: e@b.c\"\nemail = a@b.c\n", None),
        ("[user]\nname = A\nemail = \"a@b.c, e@b.c\"\n", None),
    ],
)  # fmt: skip
def test_the_sender_is_who_git_says(
    config: str, wanted: str | None, sender: Path, tmp_path: Path
) -> None:
    sender.write_text(config)
    if wanted is None:
        with pytest.raises(HostError) as caught:
            identity.sender(tmp_path)
        assert "git config --global" in caught.value.hint
        return
    found = identity.sender(tmp_path)
    assert f"{found.name} <{found.email}>" == wanted
