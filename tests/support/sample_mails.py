# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails for tests; everybody in them lives at example.org."""

from __future__ import annotations

from datetime import UTC, datetime

from refseries.mail.decode import decode
from refseries.mail.message import Mail
from refseries.model import Identity

RITA = Identity("Rita Review", "rita@example.org")
NORA = Identity("Nora Next", "nora@example.org")
MARK = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"


def letter(
    body: str = "Why?\n",
    *,
    subject: str = "Re: [PATCH v2 1/2] mm: introduce toys",
    author: Identity = RITA,
    message_id: str = "r1@example.org",
    date: str = "Tue, 10 Nov 2026 10:00:00 +0100",
    **headers: str,
) -> bytes:
    """A mail; ``in_reply_to=…`` gives it a header, and empty takes one away."""
    lines = {
        "From": f"{author.name} <{author.email}>",
        "To": "Ada <ada@example.org>",
        "Subject": subject,
        "Date": date,
        "Message-ID": f"<{message_id}>" if message_id else "",
        **{name.replace("_", "-").title(): value for name, value in headers.items()},
    }
    return "".join([*(f"{n}: {v}\n" for n, v in lines.items() if v), "\n", body]).encode()


def read(raw: bytes) -> Mail:
    """A mail, read."""
    return decode(raw, "mail")


def mbox(*raws: bytes) -> bytes:
    """An mboxrd of mails in which no line begins with ``From``."""
    return b"".join(MARK + raw + b"\n" for raw in raws)


def page(body: str, *, subject: str = "[PATCH v2 1/2] mm: introduce toys") -> bytes:
    """The text of a page of Mailman's archive."""
    date = datetime(2026, 11, 10, 9, tzinfo=UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    return (
        f"{subject}\n\nRita Review rita at example.org\n{date}\n\n\n{body}\n\n\n"
        "More information about the toys mailing list\n"
    ).encode()


ROBOT = Identity("kernel test robot", "robot@example.org")

REPORT = """\
Hi Ada,

there is a mistake in the patch:

[auto build test ERROR on toys/for-next]

url:    https://example.org/toys
base:   https://example.org/base.git master
patch link:    https://lore.example.org/r/20261101-toys-v2-1-0123456789ab%40example.org
patch subject: [PATCH v2 1/2] mm: introduce toys
config: x86_64-randconfig-a003 (attached as .config)
compiler: gcc-12 (Debian 12.2.0-14) 12.2.0
reproduce (this is a W=1 build):
        make W=1 ARCH=x86_64

If you fix the issue, kindly add following tag
Reported-by: kernel test robot <robot@example.org>

All errors (new ones prefixed by >>):

   In file included from mm/memory.c:3:
   include/linux/mm.h:7:1: warning: old, and not ours
>> mm/toy.c:7:7: error: expected ';' before 'toy_create'
   mm/toy.c: At top level:
>> mm/memory.c:10:9: error: size of array 'toy' is negative

vim +7 mm/toy.c

     6\t
   > 7\tshort toy_create;
     8\t

---
0-DAY CI Kernel Test Service
"""
