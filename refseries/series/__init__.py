# SPDX-License-Identifier: GPL-2.0-or-later
"""The series on disk and in git: its versions, patches, cover letters."""
