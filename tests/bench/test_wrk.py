"""What is read out of wrk's report."""

import pytest

from bench.wrk import Report, parse

pytestmark = pytest.mark.unit

CALM = """Running 30m test @ http://127.0.0.1:8000/
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.31ms   10.12ms 232.29ms   97.31%
    Req/Sec    18.65k     3.06k   25.60k    79.55%
  82178 requests in 2.23s, 14.81MB read
Requests/sec:  36814.02
Transfer/sec:      6.63MB
"""
CUT = CALM.replace("Requests/sec", "  Socket errors: connect 1, read 20, write 300, timeout 4000\nRequests/sec")
WRONG = CUT.replace("Requests/sec", "  Non-2xx or 3xx responses: 7\nRequests/sec")


def test_without_a_line_of_errors_there_were_none() -> None:
    assert parse(CALM) == Report(82178, 0, 0)


def test_every_kind_of_socket_error_is_a_cut_and_wrong_answers_are_told_apart() -> None:
    assert parse(CUT) == Report(82178, 4321, 0)
    assert parse(WRONG) == Report(82178, 4321, 7)


@pytest.mark.parametrize("text", ["", "unable to connect to 127.0.0.1:1", CALM.replace("82178", "0")])
def test_a_report_without_requests_is_no_report(text: str) -> None:
    with pytest.raises(ValueError, match="no request"):
        parse(text)
