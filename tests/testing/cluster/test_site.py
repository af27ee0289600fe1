# SPDX-License-Identifier: GPL-2.0-or-later
"""A worker's own place, without Dask: what it makes, keeps, gives back and refuses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import played_series
import pytest
from fake_kernel import FakeKernel

from refseries.errors import SeriesError
from refseries.guest.cases import CasesRun
from refseries.host import scopes, settings
from refseries.host.settings import Settings
from refseries.kernel.model import Image
from refseries.model import Target
from refseries.series import apply
from refseries.testing.cluster import facts, landing, sources, wire
from refseries.testing.cluster.orders import JobOrder, JobReply, LabRecipe
from refseries.testing.cluster.site import WorkerSite
from refseries.testing.jobs import BootJob, BuildJob, Here, Job, Lane, Step
from refseries.testing.lab import Lab


@dataclass
class Place:
    """A client's lab, and a worker beside it."""

    lab: Lab
    site: WorkerSite
    kernel: FakeKernel

    def order(self, job: Job, **more: object) -> JobOrder:
        order = JobOrder("run", job, LabRecipe.of(self.lab))
        return replace(order, **more)  # type: ignore[arg-type]

    def do(self, order: JobOrder, programs: bytes = b"") -> JobReply:
        reply = wire.from_bytes(self.site.do(order, programs, lambda _step: None))
        assert isinstance(reply, JobReply)
        return reply

    def build(self, version: str = "v5") -> tuple[BuildJob, Image]:
        """Build a version on the worker; the image as the client has it then."""
        lab = self.lab
        applied = apply.apply(lab.series, lab.base, Target(version), lab.cache)
        job = BuildJob.of(applied, self.kernel.config())
        reply = self.do(self.order(job, sources=sources.pack(lab.base, job.commit)))
        image = landing.land(reply, lab, None)
        assert isinstance(image, Image)
        return job, image

    def boot(self, image: Image) -> tuple[JobOrder, bytes]:
        programs = self.lab.initramfs("arm64")
        job = BootJob("v5-default", "arm64", image.key, programs.stem)
        order = self.order(job, programs=programs.stem, image=image.key)
        return order, programs.read_bytes()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    played = played_series.make(tmp_path)
    for name, value in played.environ.items():
        if name != "PYTHONPATH":
            monkeypatch.setenv(name, value)
    lab = played.project.request().lab
    site = WorkerSite("worker", settings.resolve(), tmp_path / "worker")
    return Place(lab, site, played.project.kernel)


def test_a_build_leaves_on_the_client_all_but_the_image(place: Place) -> None:
    _job, image = place.build()
    names = sorted({path.name for path in image.directory.iterdir()} - {"ccache.log"})
    assert names == ["build.log", "compiled", "config", "image.json", "image.sha256"]
    assert image.directory.parent == place.lab.images.directory
    assert image.path is not None
    assert not image.path.exists()
    assert len(image.digest()) == 64
    assert place.lab.images.load(image.key) is None  # a local run would build it


def test_what_a_link_leads_to_is_not_sent(place: Place, tmp_path: Path) -> None:
    job, image = place.build()
    secret = tmp_path / "secret"
    secret.write_text("of the worker's machine")
    made = place.site.cache / "toy" / "images" / image.key
    (made / "link.log").symlink_to(secret)
    sent = {Path(each.path).name for each in place.do(place.order(job)).files}
    assert "build.log" in sent
    assert "link.log" not in sent


def test_an_answer_waits_until_who_asked_has_it(place: Place, tmp_path: Path) -> None:
    _job, image = place.build()
    order, programs = place.boot(image)
    first = place.site.do(order, programs, lambda _step: None)
    later = replace(order, run="later")
    assert place.site.do(later, programs, lambda _step: None) == first
    place.site.forget("run", "toy", (order.key,))
    reply = place.do(later, programs)
    assert isinstance(reply.answer, CasesRun)
    assert reply.run == str(tmp_path / "worker/toy/cluster-runs/later")
    assert not (tmp_path / "worker/toy/cluster-runs/run").exists()


def test_what_did_not_come_whole_is_no_answer(place: Place) -> None:
    """Who is told to run it again must not get the same error again."""
    job, image = place.build()
    place.site.discard("toy", image.key)
    order, programs = place.boot(image)
    packed = sources.pack(place.lab.base, job.commit)
    torn = replace(packed, commit="1" * 40, pack=sources.pack(place.lab.base, job.commit).pack)
    failed = place.do(replace(order, build=job, sources=torn), programs)
    assert failed.error is not None
    assert failed.error.hint == "Run it again."
    again = place.do(replace(order, build=job, sources=packed), programs)
    assert again.error is None


def test_who_lacks_the_image_makes_it(place: Place) -> None:
    job, image = place.build()
    place.site.discard("toy", image.key)
    order, programs = place.boot(image)
    packed = sources.pack(place.lab.base, job.commit)
    reply = place.do(replace(order, build=job, sources=packed), programs)
    assert isinstance(reply.answer, CasesRun)
    assert reply.answer.complete


def test_what_is_built_is_given_without_its_sources(place: Place, tmp_path: Path) -> None:
    job, image = place.build()
    repo = tmp_path / "worker/toy/repo.git"
    repo.rename(tmp_path / "away")
    reply = place.do(place.order(job, sources=sources.pack(place.lab.base, job.commit)))
    assert landing.land(reply, place.lab, None) == image
    assert not repo.exists()


def test_another_base_is_refused_by_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    applied = apply.apply(place.lab.series, place.lab.base, Target("v5"), place.lab.cache)
    job = BuildJob.of(applied, place.kernel.config())
    packed = sources.pack(place.lab.base, job.commit)
    other = replace(packed.base, tree="1" * 40)
    reply = place.do(place.order(job, sources=replace(packed, base=other)))
    assert reply.error is not None
    assert (reply.error.kind, reply.error.what) == (
        "HostError",
        f"worker has another base: Linux 6.12.117 (from tree), tree {place.lab.base.tree[:12]}; "
        "this run is over Linux 6.12.117, tree 111111111111.",
    )


def test_the_same_tree_under_another_commit_will_do(place: Place, tmp_path: Path) -> None:
    """A worker with the package has the files of the base, and not the commit of a user's tree."""
    other = tmp_path / "other"
    kernel = place.kernel
    kernel.git("clone", "--quiet", str(kernel.work), str(other))
    tree = place.lab.base.tree
    made = kernel.git("-C", str(other), "commit-tree", tree, "-m", "another").strip()
    found = Settings(tmp_path / "cache", other, made, 2)
    place.site = replace(place.site, settings=found)
    _job, image = place.build("v5")
    assert image.release == "6.12.117"


def test_a_failed_build_is_kept_with_its_log(place: Place) -> None:
    lab = place.lab
    applied = apply.apply(lab.series, lab.base, Target("v3"), lab.cache)
    job = BuildJob.of(applied, place.kernel.config())
    reply = place.do(place.order(job, sources=sources.pack(lab.base, job.commit)))
    with pytest.raises(Exception, match="undeclared") as caught:
        landing.land(reply, lab, None)
    log = caught.value.log  # type: ignore[attr-defined]
    assert log.is_relative_to(lab.directory)
    assert "undeclared" in log.read_text()


@dataclass(frozen=True)
class ForeignJob:
    """None of ours."""

    lane: ClassVar[Lane] = Lane.BOOT
    name: str = "foreign"

    def perform(self, here: Here) -> object:
        raise AssertionError(here)


def test_a_job_that_is_not_known_is_refused(place: Place) -> None:
    with pytest.raises(SeriesError, match=r"ForeignJob is no job that a worker does"):
        place.do(place.order(ForeignJob()))


@pytest.mark.parametrize("word", ["../out", "/etc", "", ".hidden"])
def test_no_word_leads_out_of_the_cache(place: Place, word: str) -> None:
    order = place.order(BootJob("v1", "arm64", "k", "p"), run=word)
    with pytest.raises(SeriesError, match="names no folder"):
        place.do(order)


def test_what_a_worker_lacks_it_does_not_offer(place: Place) -> None:
    found = facts.examine("w", place.site.settings, place.site.cache)
    arm64 = found.of("arm64")
    offered = facts.resources(found)
    assert {arm64.resource, "qemu-arm64", "build", "boot"} <= set(offered)
    without = replace(arm64, compiler="", qemu="")
    poor = replace(found, name="poor", tools=(without,))
    assert set(facts.resources(poor)) == {"build", "boot"}
    assert facts.agreed([poor], "arm64", arm64, boots=True) is None
    assert facts.agreed([poor, found], "arm64", arm64, boots=True) == arm64


def test_the_compiler_of_a_run_is_the_users_or_that_of_most(place: Place) -> None:
    mine = facts.examine("w", place.site.settings, place.site.cache)
    arm64 = mine.of("arm64")
    newer = replace(mine, name="n", tools=(replace(arm64, compiler="gcc 99"),))
    pair = [newer, replace(newer, name="m"), mine]
    assert facts.agreed(pair, "arm64", arm64, boots=True) == arm64
    none = replace(arm64, compiler="gcc 1")
    assert facts.agreed(pair, "arm64", none, boots=True) == newer.of("arm64")
    said = facts.differences({"a": mine, "b": newer})
    assert len(said) == 1
    assert said[0].startswith("the compiler for arm64 differs: ")
    assert "gcc 99: n" in said[0]


def test_a_stopped_scope_ends_its_job_alone(place: Place) -> None:
    scope = scopes.Scope()
    scope.stop()
    job = BuildJob("v5-default", "c" * 40, "t" * 40, place.kernel.config())
    with scope, pytest.raises(Exception, match="stopped"):
        place.do(place.order(job))
    assert place.build()[1].path is not None


def test_a_step_is_told_in_order(place: Place) -> None:
    _job, image = place.build()
    order, programs = place.boot(image)
    steps: list[Step] = []
    place.site.do(order, programs, steps.append)
    assert [step.done for step in steps] == [0, 1, 2, 3, 4]
