# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in a newc archive, read back by other code than what wrote it."""

from __future__ import annotations

from refseries.guest.initramfs import Member


def unpacked(archive: bytes) -> list[Member]:
    """Read a newc archive: 6 bytes magic, 13 fields of 8 hex digits, name, data; padded to 4."""
    found: list[Member] = []
    position = 0
    while True:
        assert archive[position : position + 6] == b"070701"
        assert position % 4 == 0
        fields = [
            int(archive[at : at + 8], 16) for at in range(position + 6, position + 110, 8)
        ]  # fmt: skip
        name_size, size = fields[11], fields[6]
        assert (fields[2], fields[3], fields[5], fields[12]) == (0, 0, 0, 0)
        name = archive[position + 110 : position + 110 + name_size - 1].decode()
        position += (110 + name_size + 3) // 4 * 4
        data = archive[position : position + size]
        position += (size + 3) // 4 * 4
        if name == "TRAILER!!!":
            assert position == len(archive)
            return found
        assert fields[0] == len(found) + 1
        found.append(Member("/" + name, fields[1], data, (fields[9], fields[10])))
