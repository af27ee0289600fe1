# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands, one a file: its docstring is the help, the dataclass of ``main`` the options."""
