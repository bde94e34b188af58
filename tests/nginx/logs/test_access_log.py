"""Which log is read, and what its lines say."""

from datetime import UTC, datetime

import pytest

from bluegreen.deployment.machine import LogChunk
from bluegreen.deployment.receipt import PAGE, UNKNOWN, AccessLog, LogCount, Previews
from bluegreen.deployment.states import Color
from nginx.config.build import Build
from nginx.config.locations import passes_to
from nginx.config.parser import files_of, parse
from nginx.logs.access_log import COMBINED, access_logs, reader
from nginx.logs.counting import counted

pytestmark = pytest.mark.unit

TIMED = '$remote_addr [$time_local] "$request" $status $msec $request_time "$upstream_addr" "$http_user_agent"'
BUILD = Build(prefix="/usr/share/nginx", access_log="/default.log")
ADDRESSES = {
    "127.0.0.1:8000": Color.BLUE,
    ":8001": Color.GREEN,
    "172.18.0.5": Color.BLUE,
    "fd00::5": Color.BLUE,
    "app": UNKNOWN,
    "127.90.1.2:8999": PAGE,
}


def dump(http: str, **files: str) -> str:
    """What `nginx -T` prints: its messages first, then each file below its path."""
    printed = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n"
    for name, text in {"nginx.conf": f"events {{}}\nhttp {{\n{http}\n}}\n", **files}.items():
        printed += f"# configuration file /etc/nginx/{name}:\n{text}\n"
    return printed


def found(
    http: str, name: str = "app", variable: bool = False, build: Build = BUILD, **files: str
) -> tuple[AccessLog, ...]:
    return access_logs(parse(files_of(dump(http, **files))), passes_to(name, variable), build)


def line(
    status: int = 200, msec: float = 10.0, took: float = 0.1, upstream: str = "-", agent: str = "curl"
) -> str:
    return f'1.2.3.4 [x] "GET / HTTP/1.1" {status} {msec:.3f} {took:.3f} "{upstream}" "{agent}"'


def count(*lines: str, log: AccessLog | None = None) -> LogCount:
    before = LogCount(log=log or AccessLog(path="/x", format=TIMED), mark="0")
    return counted(before, LogChunk([(None, each) for each in lines], "1"), ADDRESSES)


def test_the_log_of_the_place_that_sends_requests_here_is_found_through_includes() -> None:
    logs = found(
        "log_format main '$status '  \"$msec\"; # a comment; with } signs\n"
        "access_log /var/log/all.log main;\ninclude conf.d/*.conf;",
        **{"conf.d/site.conf": "server { location / { proxy_pass http://app; } }"},
    )

    assert [(log.path, log.format) for log in logs] == [("/var/log/all.log", "$status $msec")]


@pytest.mark.parametrize("named", ["", "access_log logs/mine.log;"])
def test_a_path_that_is_not_named_or_not_whole_is_as_nginx_was_built(named: str) -> None:
    http = f"{named} server {{ location / {{ proxy_pass http://app; }} }}"

    (log,) = found(http, build=Build(prefix="/srv/edge", access_log="logs/access.log"))

    assert (log.path, log.format) == (f"/srv/edge/logs/{'mine' if named else 'access'}.log", COMBINED)


def test_a_log_further_inside_replaces_the_one_around_it() -> None:
    assert [
        log.path
        for log in found(
            "access_log /outer; server { access_log /server;"
            " location / { proxy_pass http://app/; } location /api { access_log /api; proxy_pass http://app; } }"
        )
    ] == ["/server", "/api"]


@pytest.mark.parametrize(
    ("http", "name", "variable"),
    [
        ("server { location / { proxy_pass http://apple; } }", "app", False),
        ("server { access_log off; location / { proxy_pass http://app; } }", "app", False),
        ("server { location / { proxy_pass $service_url_two; } }", "service_url", True),
    ],
)
def test_another_upstream_and_no_log_are_not_mistaken(http: str, name: str, variable: bool) -> None:
    assert found(f"access_log /all; {http}", name, variable) == ()


@pytest.mark.parametrize("argument", ["$service_url", "${service_url}/x", "$service_url$request_uri"])
def test_a_variable_is_found_by_its_name(argument: str) -> None:
    http = f"access_log /all; server {{ location / {{ proxy_pass {argument}; }} }}"

    assert [log.path for log in found(http, "service_url", True)] == ["/all"]


@pytest.mark.parametrize(
    ("access_log", "problem"),
    [
        ("/var/log/$host.log", "no plain file"),
        ("syslog:server=127.0.0.1", "no plain file"),
        ("/x combined gzip=1 flush=1s", "no plain file"),
        ("/x bare", "no $status"),
    ],
)
def test_a_log_that_cannot_be_read_says_why(access_log: str, problem: str) -> None:
    (log,) = found(
        f"log_format bare '$uri'; access_log {access_log}; server {{ location / {{ proxy_pass http://app; }} }}"
    )

    assert problem in log.problem


def test_other_sites_requests_in_the_same_log_are_told_apart_or_not_counted() -> None:
    servers = "server { location / { proxy_pass http://app; } } server { location / { proxy_pass http://other; } }"

    (plain,) = found(f"access_log /all; {servers}")
    (timed,) = found(f"log_format timed '{TIMED}'; access_log /all timed; {servers}")

    assert plain.shared and "other sites" in plain.problem
    assert timed.shared and not timed.problem
    seen = count(line(upstream="127.0.0.1:8001"), line(502, upstream="10.0.0.1:80"), log=timed)
    assert (seen.tally.total, seen.tally.failed) == (1, 0)


@pytest.mark.parametrize(
    ("more", "shared"),
    [
        ("server { location / { root /srv; } }", True),
        ("server { return 301 https://example.org; }", True),
        ("server { access_log off; return 301 https://example.org; }", False),
        ("server { access_log /theirs; location / { root /srv; } }", False),
        ("server { access_log /theirs; location / { access_log /all; root /srv; } }", True),
    ],
)
def test_sites_that_send_requests_nowhere_share_a_log_as_any_other(more: str, shared: bool) -> None:
    (log,) = found(f"access_log /all; server {{ location / {{ proxy_pass http://app; }} }} {more}")

    assert (log.shared, bool(log.problem)) == (shared, shared)


def test_what_our_server_answers_by_itself_is_a_part_of_the_site_and_what_it_sends_elsewhere_is_not() -> None:
    files = "location /static { root /srv; } location = /old { return 301 /; }"
    site = "server {{ access_log /all; location / {{ proxy_pass http://app; }} {} }}"

    (alone,) = found(site.format(files))
    (beside,) = found(site.format(f"{files} location /api {{ proxy_pass http://other; }}"))

    assert (alone.shared, beside.shared) == (False, True)


@pytest.mark.parametrize(
    "second",
    [
        "server { access_log /all; location / { proxy_pass http://app; } }",
        "server { location / { access_log /all; access_log /all main; proxy_pass http://app; } }",
        "server { location / { proxy_pass http://app; } location /static { access_log /all combined; } }",
    ],
)
def test_a_log_in_several_formats_is_not_read_twice(second: str) -> None:
    main = COMBINED.replace("$http_user_agent", '$http_user_agent" "$http_x_forwarded_for')
    servers = f"server {{ location / {{ proxy_pass http://app; }} }} {second}"

    (log,) = found(f"log_format main '{main}'; access_log /all main; {servers}")

    assert log.problem == "it is written in several formats"


def test_a_log_in_several_formats_gives_way_to_another() -> None:
    (log,) = found(
        f"log_format main '{TIMED}'; server {{ access_log /all main; access_log /all; access_log /own;"
        " location / { proxy_pass http://app; } }"
    )

    assert (log.path, log.problem) == ("/own", "")


def test_a_log_that_two_places_write_with_other_options_is_read_once() -> None:
    server = "server {{ access_log /all combined {}; location / {{ proxy_pass http://app; }} }}"

    (log,) = found(server.format("") + server.format("buffer=32k"))

    assert [note for note in log.notes if "buffer=" in note]


def test_of_two_logs_the_one_that_says_more_is_read_and_its_gaps_are_told() -> None:
    (log,) = found(
        f"log_format timed escape=json '{TIMED}';\n"
        "server { access_log /plain; access_log /timed timed buffer=32k; location / { proxy_pass http://app; } }"
    )

    assert (log.path, log.format) == ("/timed", TIMED)
    assert ["buffer=" in note for note in log.notes] == [True]


def test_the_combined_format_is_read_whatever_a_user_has_sent() -> None:
    read = reader(COMBINED)

    values = read(
        r'::1 - ann b [23/Nov/2026:16:00:00 +0000] "GET /\x22 500 1 HTTP/1.1" 404 12 "-" "a - b [c] \x22"'
    )

    assert values is not None and values["status"] == "404"
    assert values["http_user_agent"] == r"a - b [c] \x22"
    assert read("2026/11/23 16:00:00 [error] 7#7: *1 connect() failed") is None
    assert read('1.2.3.4 - - [x] "' + '" ' * 5000) is None


def test_requests_are_counted_by_colour_and_status() -> None:
    seen = count(
        line(upstream="127.0.0.1:8000"),
        line(upstream="172.18.0.5:3000, 127.0.0.1:8001"),
        line(502, upstream="127.0.0.1:8001, app"),
        line(503, upstream="172.18.0.5:3000, 127.70.1.2:8999 : 10.0.0.1:80"),
        line(201, upstream="[fd00::5]:3000"),
        line(499, upstream="172.18.0.5:3000"),
        line(504, upstream="app"),
        line(200, upstream="10.0.0.1:8000"),
        line(404),
        "a line of something else",
    )

    assert seen.tally.answers == {
        "blue": {"200": 1, "503": 1, "201": 1, "499": 1},
        "green": {"200": 1, "502": 1},
        "unknown": {"504": 1, "200": 1, "404": 1},
    }
    assert (seen.tally.failed, seen.mark) == (3, "1")


@pytest.mark.parametrize(
    ("upstream", "is_ours"),
    [
        ("127.0.0.1:8000", True),
        ("10.0.0.1:8000", False),
        ("app", True),
        ("172.18.0.5:80, 10.0.0.1:80", True),
        ("-", False),
    ],
)
def test_in_a_shared_log_those_are_ours_that_were_sent_to_one_of_our_addresses(
    upstream: str, is_ours: bool
) -> None:
    shared = AccessLog(path="/all", format=TIMED, shared=True)

    assert count(line(502, upstream=upstream), log=shared).tally.failed == is_ours


def test_own_probes_are_no_requests_but_their_answers_end_a_gap() -> None:
    seen = count(line(msec=10.0, took=0.2), line(msec=10.3, took=9, agent="bluegreen"), line(msec=10.5, took=0.1))

    assert (seen.tally.total, seen.tally.longest_gap, seen.tally.slowest) == (2, 0.3, 0.2)


def test_a_gap_reaches_from_one_piece_of_the_log_to_the_next() -> None:
    first = count(line(msec=10.0))

    lines = [(None, line(502, msec=11.0)), (None, line(msec=12.5))]
    second = counted(first, LogChunk(lines, "2"), ADDRESSES)

    assert second.tally.longest_gap == 2.5, "a failure is no answer"
    assert (second.tally.total, second.mark) == (3, "2")


def test_a_websocket_is_an_answer_and_its_time_nobodys_wait() -> None:
    seen = count(line(msec=10.0, took=0.2), line(101, msec=12.0, took=3600), line(msec=12.5, took=0.1))

    assert (seen.tally.failed, seen.tally.longest_gap, seen.tally.slowest) == (0, 2.0, 0.2)


def test_a_connection_that_the_sites_nginx_closes_is_its_own_word_and_no_answer() -> None:
    seen = count(line(msec=10.0), line(444, msec=11.0), line(msec=12.0))

    assert (seen.tally.failed, seen.tally.longest_gap) == (0, 2.0)


def test_a_user_who_went_away_got_no_answer() -> None:
    seen = count(line(msec=10.0), line(499, msec=12.0), line(msec=13.0))

    assert (seen.tally.failed, seen.tally.longest_gap, seen.last) == (0, 3.0, 13.0)


def test_a_site_that_fails_to_the_end_of_its_log_has_a_gap_that_reaches_there() -> None:
    first = count(line(msec=10.0), line(502, msec=14.0))
    never = count(line(502, msec=10.0), line(502, msec=11.5))

    assert (first.tally.longest_gap, first.last) == (4.0, 10.0)
    assert never.tally.longest_gap == 1.5


def test_other_sites_answers_in_the_same_log_end_no_gap() -> None:
    shared = AccessLog(path="/all", format=TIMED, shared=True)
    times = ((10.0, "127.0.0.1:8001"), (11.0, "10.0.0.1:80"), (12.0, "127.0.0.1:8001"))

    seen = count(*(line(msec=msec, upstream=upstream) for msec, upstream in times), log=shared)

    assert seen.tally.longest_gap == 2.0


def test_a_line_that_comes_late_shortens_no_gap() -> None:
    assert count(line(msec=10.0), line(msec=12.0), line(msec=11.0), line(msec=12.5)).tally.longest_gap == 2.0


def test_lines_that_were_lost_make_no_gap() -> None:
    first = count(line(msec=10.0), line(msec=10.1))

    second = counted(first, LogChunk([(None, line(msec=99.0))], "2", whole=False), ADDRESSES)

    assert second.tally.longest_gap == 0.1


def test_times_in_whole_seconds_tell_nothing_but_the_keeper_of_the_log_may() -> None:
    log = AccessLog(path="/x", format=COMBINED)
    lines = ['1.2.3.4 - - [x] "GET / HTTP/1.1" 200 1 "-" "curl"'] * 2
    stamps = [datetime(2026, 1, 1, 12, 0, second, tzinfo=UTC).timestamp() for second in (1, 3)]

    bare = count(*lines, log=log)
    stamped = counted(LogCount(log=log), LogChunk(list(zip(stamps, lines, strict=True)), "1"), {})

    assert (bare.tally.longest_gap, bare.tally.slowest) == (None, None)
    assert stamped.tally.longest_gap == 2.0


def test_what_went_to_a_colour_before_users_could_is_a_preview_s_and_not_counted() -> None:
    green, blue = "127.0.0.1:8001", "127.0.0.1:8000"
    lines = [
        line(500, msec=9.9, took=0.1, upstream=green),
        line(500, msec=12.0, took=2.1, upstream=green),
        line(502, msec=12.0, took=2.1, upstream=blue),
        line(503, msec=12.0, took=1.9, upstream=green),
    ]
    piece, before = (
        LogChunk([(None, each) for each in lines], "1"),
        LogCount(log=AccessLog(path="/x", format=TIMED)),
    )

    found = counted(before, piece, ADDRESSES, Previews(Color.GREEN, 10.0))

    assert found.tally.answers == {"blue": {"502": 1}, "green": {"503": 1}} and found.tally.failed == 2
    assert counted(before, piece, ADDRESSES).tally.failed == 4


def test_a_maintenance_s_page_is_no_answer_of_a_version() -> None:
    pages = [line(status=503, upstream="127.90.1.2:8999")] * 3

    counted_of = count(line(upstream="127.0.0.1:8000"), *pages).tally

    assert (counted_of.total, counted_of.failed) == (1, 0)
