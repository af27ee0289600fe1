# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs in a guest, where ``kernel-tests/suites.toml`` says it."""
