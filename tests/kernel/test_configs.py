# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest

from refseries.errors import SeriesError
from refseries.host.resources import qemu_dir
from refseries.kernel import kconfig
from refseries.kernel.configs import load_configs, of_project, select
from refseries.kernel.model import Config, Fragment

ROOT = Path(__file__).parents[2]

GOOD = """\
schema = 1

[config.default]
arch = "arm64"
fragments = ["qemu/arm64.config", "kernel-tests/config"]
boot = true
about = "small"

[config.other]
arch = "x86_64"
fragments = ["qemu/arm64.config"]
boot = false
targets = ["mm/"]
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "install/qemu").mkdir(parents=True)
    (tmp_path / "root/kernel-tests").mkdir(parents=True)
    (tmp_path / "install/qemu/arm64.config").touch()
    (tmp_path / "root/kernel-tests/config").touch()
    path = tmp_path / "install/qemu/configs.toml"
    path.write_text(GOOD)
    return path


def test_the_table_is_read_with_fragments_from_both_places(table: Path, tmp_path: Path) -> None:
    configs = load_configs(table, tmp_path / "root")
    assert list(configs) == ["default", "other"]
    default, other = configs.values()
    assert default.fragments == (
        Fragment("qemu/arm64.config", (tmp_path / "install/qemu/arm64.config").read_text()),
        Fragment("kernel-tests/config", (tmp_path / "root/kernel-tests/config").read_text()),
    )
    assert (default.targets, default.image_path) == (("Image",), "arch/arm64/boot/Image")
    assert (default.boot, default.about) == (True, "small")
    assert (other.targets, other.image_path, other.boot) == (("mm/",), "", False)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("schema = 1", "schema = 2", "schema", "schema 2 is not known"),
        ('about = "small"', 'abuot = "small"', ":7: config", "unknown field"),
        ("boot = false", "boot = 0", ": config", "Expected `bool`"),
        ('"kernel-tests/config"', '"gone/config"', ":5: config.default.fragments", "is not at"),
        ('"kernel-tests/config"', '"../x"', ":5: config.default.fragments", "inside the project"),
        ('"kernel-tests/config"', '"/x"', ":5: config.default.fragments", "inside the project"),
        ('arch = "arm64"', 'arch = "arm"', ":4: config.default.arch", "compiled only, not booted"),
        ("boot = false", "boot = false\nmodules = true", ":13: config.other.modules", "in a guest"),
        ('arch = "arm64"', 'arch = "vax"', ":4: config.default.arch", "known are arm64"),
        *(
            (
                "boot = false",
                f"boot = false\ncase_seconds = {odd}",
                ":13: config",
                "Expected `float`",
            )
            for odd in ("inf", "nan", "0", "-1", "1e9")
        ),
        ('targets = ["mm/"]\n', "", ":12: config.other.boot", "needs `targets`"),
        ('about = "small"', 'targets = ["x"]', ":7: config.default.targets", "image alone"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(
    table: Path, tmp_path: Path, old: str, new: str, where: str, what: str
) -> None:
    assert old in GOOD
    table.write_text(GOOD.replace(old, new))
    with pytest.raises(SeriesError) as caught:
        load_configs(table, tmp_path / "root")
    assert where in caught.value.where
    assert what in caught.value.what


def test_a_config_with_modules_has_them_built_whatever_its_fragments_say(
    table: Path, tmp_path: Path
) -> None:
    table.write_text(GOOD.replace("boot = true", "boot = true\nmodules = true"))
    (tmp_path / "root/kernel-tests/config").write_text("# CONFIG_MODULES is not set\n")
    default = load_configs(table, tmp_path / "root")["default"]
    assert (default.modules, default.targets) == (True, ("Image", "modules"))
    assert kconfig.merge(default.fragments)["CONFIG_MODULES"].value == "y"


def own(root: Path, text: str) -> dict[str, Config]:
    (root / "kernel-tests").mkdir(exist_ok=True)
    for name in ("config", "swap.config"):
        (root / "kernel-tests" / name).touch()
    (root / "kernel-tests/configs.toml").write_text(text)
    return of_project(root)


OWN = """\
schema = 1

[config.swap]
arch = "arm64"
fragments = ["qemu/arm64.config", "kernel-tests/swap.config"]
boot = true
"""


def test_a_project_adds_configs_to_those_of_refseries(tmp_path: Path) -> None:
    bundled = list(load_configs(qemu_dir() / "configs.toml", ROOT))
    found = own(tmp_path, OWN)
    assert list(found) == [*bundled, "swap"]
    swap = found["swap"]
    assert swap.fragments == (
        Fragment("qemu/arm64.config", (qemu_dir() / "arm64.config").read_text()),
        Fragment("kernel-tests/swap.config", (tmp_path / "kernel-tests/swap.config").read_text()),
    )
    assert swap.image_path == found["default"].image_path != ""
    assert not swap.case_ptrace
    kept = own(tmp_path, OWN.replace("boot = true", "boot = true\ncase_ptrace = true"))
    assert kept["swap"].case_ptrace
    replaced = own(tmp_path, OWN.replace("[config.swap]", "[config.default]"))
    assert list(replaced) == bundled
    assert replaced["default"].fragments == swap.fragments


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("schema = 1", "schema = 2", "schema", "schema 2 is not known"),
        ("boot = true", "boot = true\n[machine.arm64]", ":7: machine", "unknown field `machine`"),
        ("swap.config", "gone.config", ":5: config.swap.fragments", "is not at"),
        ('"qemu/arm64.config"', '"qemu/../../x"', ":5: config.swap.fragments", "inside"),
        ('arch = "arm64"', 'arch = "arm"', ":4: config.swap.arch", "compiled only, not booted"),
    ],
)
def test_a_wrong_config_of_a_project_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, where: str, what: str
) -> None:
    with pytest.raises(SeriesError) as caught:
        own(tmp_path, OWN.replace(old, new))
    assert caught.value.where.startswith(str(tmp_path / "kernel-tests/configs.toml"))
    assert where in caught.value.where
    assert what in caught.value.what


def test_configs_are_selected_once_each_in_the_order_asked_for(table: Path, tmp_path: Path) -> None:
    configs = load_configs(table, tmp_path / "root")
    names = [config.name for config in select(configs, ["other", "default", "other"])]
    assert names == ["other", "default"]


def test_an_unknown_config_is_an_error_that_lists_the_known(table: Path, tmp_path: Path) -> None:
    configs = load_configs(table, tmp_path / "root")
    with pytest.raises(SeriesError, match="no config `debgu`") as caught:
        select(configs, ["default", "debgu"])
    assert caught.value.hint.startswith("The configs are: default, other. ")
    assert caught.value.exit_code == 2


def test_the_bundled_configs_are_right() -> None:
    configs = load_configs(qemu_dir() / "configs.toml", ROOT)
    assert {"default", "debug", "x86_64-sparsemem"} <= set(configs)
    for config in configs.values():
        assert kconfig.merge(config.fragments)


@pytest.mark.parametrize("start", ["tinyconfig", "defconfig", "allnoconfig", "multi_v7_defconfig"])
def test_a_config_may_start_from_what_make_writes(tmp_path: Path, start: str) -> None:
    swap = own(tmp_path, OWN.replace("boot = true", f'boot = true\nstart = "{start}"'))["swap"]
    assert (swap.start, swap.start_file) == (start, None)


def test_a_config_may_start_from_a_file_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "my.config").write_text("CONFIG_SMP=y\n")
    swap = own(tmp_path, OWN.replace("boot = true", 'boot = true\nstart = "my.config"'))["swap"]
    assert swap.start_file == Fragment("my.config", "CONFIG_SMP=y\n")


@pytest.mark.parametrize("start", ["menuconfig", "../my.config", "/etc/passwd", "x; rm", "-n"])
def test_no_other_target_of_make_and_no_file_elsewhere_starts_a_config(
    tmp_path: Path, start: str
) -> None:
    with pytest.raises(SeriesError) as caught:
        own(tmp_path, OWN.replace("boot = true", f'boot = true\nstart = "{start}"'))
    assert "config.swap.start" in caught.value.where
