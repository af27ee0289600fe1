# SPDX-License-Identifier: GPL-2.0-or-later
"""The keys of a cluster, and which addresses do without: those of this machine alone.

One key and its certificate stand for the cluster: whoever has them is in, as client, worker or
scheduler. distributed runs what it is sent, so they are worth an account on each machine.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import platformdirs

from refseries.errors import SeriesError
from refseries.host import homes, proc

VARIABLE = "REFSERIES_CLUSTER_KEYS"
_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
_DAYS = "3650"


@dataclass(frozen=True)
class ClusterKeys:
    """Where key and certificate are.

    Attributes:
        directory: holds both; only its owner may read it.
    """

    directory: Path

    @property
    def key(self) -> Path:
        """The secret."""
        return self.directory / "key.pem"

    @property
    def certificate(self) -> Path:
        """What the others are known by; it is its own authority."""
        return self.directory / "cert.pem"

    @property
    def there(self) -> bool:
        """Whether they are made."""
        return self.key.is_file() and self.certificate.is_file()

    @property
    def options(self) -> tuple[str, ...]:
        """What ``dask scheduler`` and ``dask worker`` are told."""
        return (
            "--tls-ca-file", str(self.certificate), "--tls-cert", str(self.certificate),
            "--tls-key", str(self.key),
        )  # fmt: skip


def find(directory: Path | None = None) -> ClusterKeys:
    """The keys in ``directory``, in REFSERIES_CLUSTER_KEYS, or in the user's configuration."""
    named = directory or os.environ.get(VARIABLE)
    if named:
        return ClusterKeys(homes.expanded(named).absolute())
    find = partial(platformdirs.user_config_dir, "refseries", appauthor=False)
    return ClusterKeys((homes.own(find, VARIABLE) / "cluster").absolute())


def make(keys: ClusterKeys) -> None:
    """Make a key and its certificate.

    Raises:
        SeriesError: there are some, which others may have copies of.
        HostError: openssl is missing.
        StageError: openssl failed.
    """
    # The key is renamed last: with its scratch file still there, what lies beside it is half made.
    new_key, new_certificate = (
        path.with_name(f"{path.name}.new") for path in (keys.key, keys.certificate)
    )
    if keys.key.exists() or (keys.certificate.exists() and not new_key.exists()):
        raise SeriesError(
            "there are keys already.",
            where=str(keys.directory),
            hint="Remove both files to make new ones; every machine then needs those.",
        )
    keys.directory.mkdir(parents=True, exist_ok=True)
    keys.directory.chmod(0o700)
    new_key.touch(mode=0o600)
    new_key.chmod(0o600)
    argv = (
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", _DAYS, "-subj", "/CN=refseries cluster",
        "-keyout", str(new_key), "-out", str(new_certificate),
    )  # fmt: skip
    proc.run(argv, deadline=60)
    new_certificate.replace(keys.certificate)
    new_key.replace(keys.key)


def check(address: str, keys: ClusterKeys) -> bool:
    """Whether TLS is spoken to the scheduler at ``address``.

    Raises:
        SeriesError: it is no address, or one that must not be spoken to like that.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        shown = address if len(address) <= 60 else f"{address[:60]}…"
        raise SeriesError(
            f"`{shown}` is no address of a scheduler.",
            where="--cluster",
            hint="Write tls://HOST:PORT, or tcp://127.0.0.1:PORT on this machine.",
        )
    scheme, host, _port = found.groups()
    if scheme == "tls" and not keys.there:
        raise SeriesError(
            "there are no keys for TLS.",
            where=str(keys.directory),
            hint="Make them with `refseries cluster keys`, or copy those of the cluster there.",
        )
    if scheme == "tcp" and not is_loopback(host):
        raise SeriesError(
            f"{host} is another machine, and tcp:// has neither secrecy nor a key.",
            where="--cluster",
            hint="Make keys with `refseries cluster keys` and write tls://.",
        )
    return scheme == "tls"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
