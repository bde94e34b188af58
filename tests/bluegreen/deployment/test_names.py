"""What people type, before it reaches a command line, a file name or an image tag."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.deployment.errors import RefRefused, UsageError
from bluegreen.deployment.names import (
    about_task,
    checked_deployment,
    checked_reason,
    checked_ref,
    checked_requester,
    checked_service,
    checked_url,
    checked_version,
    release_name,
    shortened_requester,
    task_id,
)

pytestmark = pytest.mark.unit

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@pytest.mark.parametrize(
    "ref",
    [
        *("main", "v1.2.3", "feature/x-1", "refs/tags/v1", "c0ffee", "release_1+build.5", "a" * 200, "HEAD"),
        *(
            "web@1.4.2",
            "feature/#12-login",
            "Release/\u00c4\u00d6",
            "refs/pull/7/head",
            "pull/7/head",
            "v2.0.0-rc.1+build.5",
        ),
        *("origin/main", "refs/remotes/origin/main", "remotes/origin/main", "deps/a=1,b"),
    ],
)
def test_ordinary_refs_pass_as_they_are(ref):
    assert checked_ref(ref) == ref


@pytest.mark.parametrize(
    "ref",
    [
        *("", "-x", "--upload-pack=x", "a b", "a\n", "a..b", "a//b", "/a", "a/", "a.", "x.lock", "a;b", "a$b"),
        *("HEAD^", "a~1", "a:b", "a\\b", "a@{1}", "a" * 201, ".hidden", "a/.git", "@", "a'b", "a`b`", "a*", "a?"),
    ],
)
def test_what_could_be_an_option_a_path_or_two_words_is_refused(ref):
    with pytest.raises(RefRefused) as raised:
        checked_ref(ref)
    assert raised.value.advice


@settings(deadline=None)
@given(st.text(max_size=40))
def test_whatever_passes_is_one_word_that_is_no_option(text):
    try:
        ref = checked_ref(text)
    except RefRefused:
        return
    assert ref.isprintable() and ref[0].isalnum() and ".." not in ref and len(ref.split()) == 1


@pytest.mark.parametrize("name", ["test", "a", "0", "my-app_2", "a" * 41])
def test_service_names_pass(name):
    assert checked_service(name) == name


@pytest.mark.parametrize("name", ["", "-a", "_a", "A", "a.b", "a/b", "../a", "a b", "a\n", "a" * 42])
def test_other_service_names_are_refused(name):
    with pytest.raises(UsageError):
        checked_service(name)


def test_a_release_is_named_by_its_ref_then_its_commit_then_its_number():
    assert release_name("v1", "c" * 40, 7).startswith("v1")
    assert release_name(None, "c0ffee" * 7, 7).startswith("c0ffeec0ffee")
    assert "7" in release_name(None, None, 7)


@settings(deadline=None)
@given(st.from_regex(r"[^\W_][\w.@#=,/+-]{0,199}", fullmatch=True), st.integers(1, 10**6))
def test_a_releases_name_is_an_image_tag(ref, generation):
    assert TAG.fullmatch(release_name(ref, None, generation))


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("web@1.4.2", "web-1.4.2"),
        ("feature/#12", "feature-12"),
        ("\u00c4\u00d6", "c0ffeec0ffee"),
        ("HEAD", "c0ffeec0ffee"),
    ],
)
def test_of_a_ref_there_stays_what_a_tag_may_have(ref, name):
    assert release_name(ref, "c0ffee" * 7, 7) == name


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x\x1b[2J", "a" * 201, None, ["a"]])
def test_who_asks_has_a_name_that_can_be_shown(name: str) -> None:
    assert checked_requester("shop/main #12") == "shop/main #12"
    with pytest.raises(UsageError, match="^invalid requester name ") as refused:
        checked_requester(name)
    assert refused.value.what.isprintable() and len(refused.value.what) < 130


def test_a_name_that_is_too_long_is_told_with_its_length_and_a_builds_is_cut_to_fit() -> None:
    job = "folder/" * 40 + "main #12"
    with pytest.raises(UsageError, match="this one has 288"):
        checked_requester(job)

    assert checked_requester(shortened_requester(job)).endswith("folder/main #12")
    assert checked_requester("a" * 200) == shortened_requester("a" * 200) == "a" * 200


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://a b", "https://a\n", "//a", 7])
def test_where_it_was_asked_for_is_a_url_of_the_web(url: str) -> None:
    assert checked_url("https://ci.example/job/12/") == "https://ci.example/job/12/"
    with pytest.raises(UsageError):
        checked_url(url)


@pytest.mark.parametrize(
    ("check", "longest"),
    [
        (checked_ref, "a" * 200),
        (checked_service, "a" * 41),
        (checked_deployment, "a" * 81),
        (checked_requester, "a" * 200),
        (checked_reason, "a" * 200),
        (checked_url, "https://" + "a" * 500),
        (checked_version, "0" * 64),
    ],
)
def test_each_has_a_length_that_it_may_not_pass(check: Callable[[object], str], longest: str) -> None:
    assert check(longest) == longest
    for wrong in (f"{longest}a", f"{longest}0", None, 7):
        with pytest.raises((UsageError, RefRefused)):
            check(wrong)


@pytest.mark.parametrize("why", ["", " ", "two\nlines", "x\x1b[2J"])
def test_a_reason_is_one_line_that_can_be_shown(why: str) -> None:
    assert checked_reason(" it is urgent ") == "it is urgent"
    with pytest.raises(UsageError, match="invalid reason"):
        checked_reason(why)


def test_a_shortened_requester_has_all_the_characters_that_one_may_have() -> None:
    assert len(shortened_requester("a" * 201)) == 200 and shortened_requester("a" * 201).startswith("…")


def test_the_id_of_a_phases_task_says_what_it_is_about() -> None:
    task = task_id("my-web-9c02d4e5-7-1f3a", 2, "health_check")

    assert about_task(task) == {
        "service": "my-web",
        "deployment": "my-web-9c02d4e5-7-1f3a",
        "epoch": 2,
        "phase": "health_check",
    }
    assert all(about_task(each) is None for each in ("", "None", "0f3c9d1e-93", "web.1.checkout", "a-b-c-d.x.y"))
