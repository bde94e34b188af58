"""What bluegreen.deployment.runtime promises, of both runtimes and of the one that unit tests have instead."""

from collections.abc import Callable

import pytest

from bluegreen.deployment.cancellation import Cancellation
from bluegreen.deployment.errors import AbortRequested, JobFailed, NotRunning, PhaseFailed, Superseded
from bluegreen.deployment.record import Release
from bluegreen.deployment.runtime import Instance
from bluegreen.deployment.states import Color
from tests.cancellations import Cut, Free, Stale
from tests.runtimes.places import Place, deploy

BLUE, GREEN = Color.BLUE, Color.GREEN


def owner(found: Instance) -> tuple[bool, str | None, str | None]:
    """Whose it is, and whether it runs."""
    return found.running, found.deployment_id, found.release


def test_before_anything_was_started_there_is_nothing(place: Place) -> None:
    runtime = place.runtime()

    for color in Color:
        assert owner(runtime.look(color)) == (False, None, None) and runtime.look(color).exit_code is None
        assert runtime.logs(color) == ""
        with pytest.raises(NotRunning):
            list(runtime.log_lines(color, 10, follow=False))
        with pytest.raises(NotRunning):
            runtime.command_in(color, ["true"], has_terminal=False)
        runtime.preflight(color)
    assert runtime.address_on_host(BLUE) != runtime.address_on_host(GREEN)


def test_a_build_starts_nothing_and_names_the_same_release(place: Place) -> None:
    place.publish("one")

    release = place.runtime().build(BLUE, Release(name="one", ref="main"), "d1", Free())

    assert (release.name, release.ref) == ("one", "main")
    assert owner(place.runtime().look(BLUE)) == (False, None, None)


def test_what_was_started_runs_for_its_deployment_as_another_process_sees_it_too(place: Place) -> None:
    before = place.runtime().address_on_host(BLUE)

    deploy(place, BLUE, "one", "d1")

    other = place.runtime()
    assert owner(other.look(BLUE)) == (True, "d1", "one") and place.answer(BLUE) == "one"
    assert owner(other.look(GREEN)) == (False, None, None)
    assert other.look(BLUE).described not in ("", "nothing") and other.look(BLUE).restarts == 0
    assert other.address_on_host(BLUE) == before
    other.preflight(BLUE)  # its port is held by its own
    assert other.command_in(BLUE, ["true"], has_terminal=False).arguments[-1] == "true"


def test_started_again_for_the_same_deployment_nothing_happens(place: Place) -> None:
    release = deploy(place, BLUE, "one", "d1")
    before, cancellation = place.runtime().look(BLUE), Free()

    place.runtime().start(BLUE, release, "d1", cancellation)

    assert place.runtime().look(BLUE) == before and cancellation.asked == 0


def test_a_start_for_another_deployment_replaces_what_ran(place: Place) -> None:
    release = deploy(place, BLUE, "one", "d1")

    place.runtime().start(BLUE, release, "d2", Free())
    assert owner(place.runtime().look(BLUE)) == (True, "d2", "one")

    deploy(place, BLUE, "two", "d3")
    assert owner(place.runtime().look(BLUE)) == (True, "d3", "two") and place.answer(BLUE) == "two"


def test_what_has_ended_says_so_and_starts_again_for_the_same_deployment(place: Place) -> None:
    release = deploy(place, BLUE, "one", "d1")
    place.answer(BLUE)

    place.end(BLUE)
    ended = place.runtime().look(BLUE)
    place.runtime().start(BLUE, release, "d1", Free())

    assert owner(ended) == (False, "d1", "one") and ended.exit_code
    assert owner(place.runtime().look(BLUE)) == (True, "d1", "one") and place.answer(BLUE) == "one"


def test_a_colour_is_stopped_alone_is_known_and_starts_again(place: Place) -> None:
    release = deploy(place, BLUE, "one", "d1")
    deploy(place, GREEN, "two", "d2")
    place.answer(BLUE)

    for _ in range(2):
        place.runtime().stop(BLUE, Free())

    stopped = place.runtime().look(BLUE)
    assert owner(stopped) == (False, "d1", "one") and stopped.exit_code is not None
    assert owner(place.runtime().look(GREEN)) == (True, "d2", "two") and place.answer(GREEN) == "two"
    place.runtime().start(BLUE, release, "d3", Free())
    assert place.answer(BLUE) == "one" and place.runtime().look(BLUE).deployment_id == "d3"


def test_of_a_colour_that_is_removed_nothing_is_left_and_the_other_stays(place: Place) -> None:
    nothing = place.runtime().look(BLUE)
    deploy(place, BLUE, "one", "d1")
    deploy(place, GREEN, "two", "d2")
    place.answer(BLUE)

    for _ in range(2):
        place.runtime().remove(BLUE, Free())

    assert place.runtime().look(BLUE) == nothing and place.runtime().logs(BLUE) == ""
    assert owner(place.runtime().look(GREEN)) == (True, "d2", "two") and place.answer(GREEN) == "two"
    place.runtime().preflight(BLUE)


def test_lines_of_a_log_that_are_the_same_are_one(place: Place) -> None:
    deploy(place, BLUE, "one")
    place.answer(BLUE)

    place.write(BLUE, 3)

    assert place.runtime().logs(BLUE, 1) == "GET /  (3 times)"
    assert list(place.runtime().log_lines(BLUE, 2, follow=False)) == ["GET /"] * 2


@pytest.mark.parametrize("cancellation", [Cut(at_once=True), Stale()], ids=["aborted", "superseded"])
def test_nothing_happens_by_the_hand_of_who_may_not_go_on(place: Place, cancellation: Cancellation) -> None:
    release = deploy(place, BLUE, "one", "d1")
    place.answer(BLUE)
    before, runtime = place.runtime().look(BLUE), place.runtime()
    acts: list[Callable[[], object]] = [
        lambda: runtime.start(BLUE, release, "d2", cancellation),
        lambda: runtime.run_job(place.job(), BLUE, release, "d2", cancellation),
        lambda: runtime.stop(BLUE, cancellation),
        lambda: runtime.remove(BLUE, cancellation),
    ]

    for act in acts:
        with pytest.raises((AbortRequested, Superseded)):
            act()

    assert place.runtime().look(BLUE) == before and place.answer(BLUE) == "one"


def test_a_job_runs_once_for_a_deployment_until_it_is_forgotten(place: Place) -> None:
    place.publish("one")
    release = place.runtime().build(BLUE, Release(name="one"), "d1", Free())

    first = place.runtime().run_job(place.job(), BLUE, release, "d1", Free())

    assert first and place.runtime().run_job(place.job(), BLUE, release, "d1", Free()) == first
    assert owner(place.runtime().look(BLUE)) == (False, None, None)
    place.runtime().forget_jobs(BLUE, Free(), "another")
    assert place.runtime().run_job(place.job(), BLUE, release, "d1", Free()) == first
    place.runtime().forget_jobs(BLUE, Free(), place.job().name)
    assert place.runtime().run_job(place.job(), BLUE, release, "d1", Free()) != first
    assert place.runtime().run_job(place.job(), BLUE, release, "d2", Free()) != first


def test_a_job_that_fails_does_so_again(place: Place) -> None:
    place.publish("one")
    release = place.runtime().build(BLUE, Release(name="one"), "d1", Free())
    place.break_jobs()

    for _ in range(2):
        with pytest.raises(JobFailed):
            place.runtime().run_job(place.job(), BLUE, release, "d1", Free())


def test_a_release_is_kept_by_its_name_until_it_is_let_go(keeping_place: Place) -> None:
    place, runtime = keeping_place, keeping_place.runtime()
    for color, version in ((BLUE, "one"), (GREEN, "two")):
        place.publish(version)
        runtime.build(color, Release(name=version), "d1", Free())
    place.publish("three")
    three = deploy(place, BLUE, "three", "d3")
    assert set(runtime.releases()) == {"one", "two", "three"}
    one = runtime.kept(Release(name="one"))
    assert one.name == "one" and one.image

    with pytest.raises(Superseded):
        runtime.prune([], Stale())
    runtime.prune([one], Free())

    assert set(runtime.releases()) == {"one", "three"}, "three is in use"
    assert runtime.kept(Release(name="one")) == one and runtime.kept(Release(name="three")) == three
    with pytest.raises(PhaseFailed):
        runtime.kept(Release(name="two"))
    assert place.answer(BLUE) == "three"


def test_what_a_stopped_colour_was_made_of_is_not_let_go_of(keeping_place: Place) -> None:
    place, runtime = keeping_place, keeping_place.runtime()
    stopped = deploy(place, BLUE, "one", "d1")
    place.answer(BLUE)
    runtime.stop(BLUE, Free())
    live = deploy(place, GREEN, "two", "d2")

    runtime.prune([live], Free())

    assert runtime.kept(Release(name="one")) == stopped
    runtime.start(BLUE, stopped, "d3", Free())
    assert place.answer(BLUE) == "one"


def test_to_ask_whether_a_release_is_kept_starts_and_changes_nothing(keeping_place: Place) -> None:
    release = deploy(keeping_place, BLUE, "one", "d1")
    keeping_place.answer(BLUE)
    runtime = keeping_place.runtime()
    before = runtime.look(BLUE), set(runtime.releases())

    assert runtime.kept(Release(name="one")) == release
    with pytest.raises(PhaseFailed):
        runtime.kept(Release(name="never built"))

    assert (runtime.look(BLUE), set(runtime.releases())) == before
