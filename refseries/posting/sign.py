# SPDX-License-Identifier: GPL-2.0-or-later
"""The sender's signature on a mail, ``X-Developer-Signature``: patatt makes it, b4 verifies it."""

from __future__ import annotations

from pathlib import Path

from refseries import git
from refseries.errors import HostError

_KEYS = r"^patatt\.(signingkey|selector)$"


def sign(mail: bytes, directory: Path, email: str) -> bytes:
    """The mail with its signature in the header. It carries the time, so no two are the same.

    Args:
        directory: git looks for the configuration of a repository from here:
            ``patatt.signingkey`` (else ``user.signingkey``) and ``patatt.selector``.
        email: whose signature it is.

    Raises:
        HostError: there is no key, or it cannot sign.
    """
    import logging

    import patatt

    # What goes wrong comes as an exception; patatt would say it once more on standard error.
    logging.getLogger("patatt").addHandler(logging.NullHandler())
    settings = git.settings(directory, _KEYS)
    config = {name.removeprefix("patatt."): value for name, value in settings}
    try:
        return patatt.rfc2822_sign(mail, {**config, "identity": email})
    except (patatt.Error, OSError, RuntimeError, ValueError) as error:
        raise HostError(
            f"the mails cannot be signed: {error}.",
            where="git config patatt.signingkey",
            hint="`patatt genkey` makes a key and says what to set.",
        ) from error
