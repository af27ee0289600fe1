# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user may say about how guests are run."""

from enum import StrEnum


class Accel(StrEnum):
    """What shall run guests: ``kvm`` insists, ``tcg`` does without, ``auto`` takes what works."""

    AUTO = "auto"
    KVM = "kvm"
    TCG = "tcg"
