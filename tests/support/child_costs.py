# SPDX-License-Identifier: GPL-2.0-or-later
"""What reading a file of mails costs a process of its own: processor time and peak memory."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from refseries.host import proc

# Each reads the mails of argv[1]; argv[2] is the project of the toy.
WAYS = {
    "import": """\
from refseries.importing import mailbox
mailbox.read(path, "x")
""",
    "feedback": """\
from refseries.review import import_mail
from refseries.series import store
import_mail.run(store.load(project), [path], dry_run=True)
""",
    "check-mail": """\
from refseries.posting import examine_file
examine_file.mailbox(path, None, project, lambda _text, _part: None)
""",
}
_CODE = """\
import sys, time
from pathlib import Path
from refseries.errors import RefseriesError
path, project = map(Path, sys.argv[1:])
try:
%s
except RefseriesError as error:
    print(error)
print(f"seconds {time.process_time():.3f}", Path("/proc/self/status").read_text(), sep="\\n")
"""


@dataclass(frozen=True)
class Costs:
    """What one way took; ``megabytes`` is the peak of its memory."""

    seconds: float
    megabytes: float
    said: str


def of(way: str, path: Path, project: Path, deadline: float = 300.0) -> Costs:
    """Read ``path`` in one of ``WAYS``.

    Raises:
        StageError: it failed otherwise than by an error of ours, or took more than ``deadline``
            seconds.
    """
    code = _CODE % "".join(f"    {line}\n" for line in WAYS[way].splitlines())
    done = proc.run([sys.executable, "-c", code, str(path), str(project)], deadline=deadline)
    seconds = re.search(r"^seconds ([\d.]+)$", done.stdout, re.M)
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", done.stdout, re.M)
    assert seconds is not None
    assert peak is not None
    return Costs(float(seconds[1]), int(peak[1]) / 1024, done.stdout)
