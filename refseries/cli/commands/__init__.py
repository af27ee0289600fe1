# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands, one a file: its docstring is the help, the dataclass of ``main`` the options.

The file is loaded for its help, too. So what takes long to load is imported in the functions that
work with it.
"""
