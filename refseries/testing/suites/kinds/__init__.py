# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of suites, one module each: all that is in here is known by that.

A module defines ``SUITE``, a subclass of ``SuiteKind`` whose tag is what ``kind`` says in the file.
"""
