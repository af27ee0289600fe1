# SPDX-License-Identifier: GPL-2.0-or-later
"""A static busybox for the guest's shell, when somebody asks for a shell."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import HostError, StageError
from refseries.host import proc
from refseries.host.scratch import scratch_folder

_PACKAGE = "busybox-static"
_ETC = Path("/etc/apt")


@dataclass(frozen=True)
class ProgramKind:
    """The programs that a guest runs.

    Attributes:
        debian: the name of Debian and Ubuntu for its architecture.
        elf_machine: ``e_machine``, as elf(5) has it.
        host: what ``uname -m`` says where they run without a guest.
    """

    debian: str
    elf_machine: int
    host: str


def find(cache: Path, kind: ProgramKind, own: Path | None = None) -> Path:
    """A busybox that runs in the guest.

    In this order: the user's own, which REFSERIES_BUSYBOX may name; the host's, where it is of that
    kind; the one in the cache; the distribution's package, fetched with apt in a state of its own,
    so that nothing on the system changes: no foreign architecture, no package lists, no root.

    Args:
        cache: directory to keep it in.
        kind: what the guest runs.
        own: a program that the user names; None asks the environment.

    Raises:
        HostError: there is none and none can be fetched.
    """
    named = own or os.environ.get("REFSERIES_BUSYBOX")
    if named:
        return _checked(Path(named), kind)
    host = Path("/bin/busybox")
    if platform.machine() == kind.host and host.is_file() and is_static(host, kind):
        return host
    kept = cache / f"{_PACKAGE}-{kind.debian}"
    if not kept.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with scratch_folder(cache) as scratch:
            _checked(_fetch(scratch, kind), kind).replace(kept)
    return kept


def is_static(path: Path, kind: ProgramKind) -> bool:
    """Whether ``path`` is a 64-bit ELF program of ``kind`` that needs no interpreter.

    Looks at the ELF header and the program headers (type 3 is PT_INTERP), as elf(5) has them.
    """
    with path.open("rb") as stream:
        data = stream.read(4096)
    if data[:6] != b"\x7fELF\x02\x01" or int.from_bytes(data[18:20], "little") != kind.elf_machine:
        return False
    offset = int.from_bytes(data[32:40], "little")
    size, count = (int.from_bytes(data[at : at + 2], "little") for at in (54, 56))
    types = (offset + index * size for index in range(min(count, 64)))
    return all(int.from_bytes(data[at : at + 4], "little") != 3 for at in types)


def ports_sources(text: str) -> str:
    """Ubuntu's apt sources, made to point at the archive of its ports.

    Ubuntu keeps all but amd64 on a host of its own, with another path. What does
    not look like Ubuntu's main archive is left as it is; limits to other architectures are dropped.
    """
    text = re.sub(
        r"https?://[^\s/]*?([\w-]+\.\w+)/ubuntu/?(?=\s)", r"http://ports.\1/ubuntu-ports", text
    )
    text = re.sub(r"(?m)^Architectures:.*\n", "", text)
    return re.sub(r"\barch=[\w,-]+ ?", "", text).replace("[] ", "")


def _checked(path: Path, kind: ProgramKind) -> Path:
    if path.is_file() and is_static(path, kind):
        return path
    raise HostError(
        f"this is no static busybox for {kind.debian}.",
        where=str(path),
        hint=f"Take the one of the {kind.debian} package {_PACKAGE}.",
    )


def _fetch(scratch: Path, kind: ProgramKind) -> Path:
    for name in ("state/lists/partial", "cache/archives/partial", "unpacked"):
        (scratch / name).mkdir(parents=True)
    (scratch / "status").touch()
    settings = {
        "Dir::State": scratch / "state",
        "Dir::State::status": scratch / "status",
        "Dir::Cache": scratch / "cache",
        "APT::Architecture": kind.debian,
        "APT::Architectures::": kind.debian,
        "APT::Sandbox::User": "",  # root's own directory is closed to apt's user
        "Acquire::Languages": "none",
    }
    if "ubuntu" in _os_release() and kind.debian != "amd64":
        settings |= _ports_settings(scratch)
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    try:
        # Sources without that architecture may fail here; what counts is whether the package comes.
        proc.run(["apt-get", *options, "-q", "update"], deadline=300, check=False)
        download = ["apt-get", *options, "-q", "download", f"{_PACKAGE}:{kind.debian}"]
        proc.run(download, cwd=scratch, deadline=300)
        (package,) = scratch.glob("*.deb")
        proc.run(["dpkg-deb", "-x", package, scratch / "unpacked"], deadline=60)
    except (StageError, HostError, ValueError) as error:
        raise HostError(
            f"a shell in the guest needs a static busybox for {kind.debian}, and apt cannot fetch "
            "it.",
            hint=f"Put the program of the {kind.debian} package {_PACKAGE} somewhere and name it "
            "with REFSERIES_BUSYBOX; `refseries test` does not need it.",
            detail=getattr(error, "detail", ""),
        ) from error
    found = [
        path for path in (scratch / "unpacked").rglob("busybox") if path.stat().st_mode & 0o111
    ]
    return next((path for path in found if path.is_file()), scratch / "busybox")


def _os_release() -> str:
    path = Path("/etc/os-release")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _ports_settings(scratch: Path) -> dict[str, Path]:
    """Copies of the system's sources that point at the ports archive."""
    parts = scratch / "sources.list.d"
    parts.mkdir()
    main = _ETC / "sources.list"
    text = main.read_text(encoding="utf-8") if main.is_file() else ""
    (scratch / "sources.list").write_text(ports_sources(text), encoding="utf-8")
    for path in sorted((_ETC / "sources.list.d").glob("ubuntu*")):
        (parts / path.name).write_text(
            ports_sources(path.read_text(encoding="utf-8")), encoding="utf-8"
        )
    return {"Dir::Etc::sourcelist": scratch / "sources.list", "Dir::Etc::sourceparts": parts}
