# SPDX-License-Identifier: GPL-2.0-or-later
"""Git, read and written. ``from refseries import git`` gives all of ``git.command`` and of
``git.commits``.
"""

from refseries.git.command import (
    changed_modes,
    changed_paths,
    environment,
    forget_caller,
    git,
    git_dir,
    on_objects,
    read_all,
    read_file,
    read_files,
    reading,
    refuse_in_the_way,
    refuse_unwritable,
    resolve,
    settings,
    users,
)
from refseries.git.commits import commit_tree, merge_base, tree_of

__all__ = [
    "changed_modes",
    "changed_paths",
    "commit_tree",
    "environment",
    "forget_caller",
    "git",
    "git_dir",
    "merge_base",
    "on_objects",
    "read_all",
    "read_file",
    "read_files",
    "reading",
    "refuse_in_the_way",
    "refuse_unwritable",
    "resolve",
    "settings",
    "tree_of",
    "users",
]
