"""What is wrong with an answer, by what a check wants of it; and the request as a server gets it."""

from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from bluegreen.http import Response
from bluegreen.settings.checks import CheckSettings
from bluegreen.settings.service import HealthSettings
from bluegreen.traffic import checks


def problem(body: str, headers: Mapping[str, str] | None = None, answered: int | None = 200, **wanted: Any) -> str:
    check = CheckSettings.model_validate(wanted)
    return checks.problem_of(check, Response(answered, body, 0.0, headers=headers or {}))


JSON = '{"database": {"ok": true, "tables": 3}, "items": [{"name": "a"}]}'


@pytest.mark.unit
@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({}, ""),
        ({"status": "204"}, "its status is 200 in place of 204"),
        ({"expect_body": "tables"}, ""),
        ({"expect_body": "chairs"}, "its body has no 'chairs'"),
        ({"expect_headers": {"Content-Type": "json"}}, ""),
        ({"expect_headers": {"Content-Type": "html"}}, "its header Content-Type has no 'html': it is 'app/json'"),
        ({"expect_headers": {"ETag": "1"}}, "its header ETag is not there"),
        ({"expect_json": {"database.ok": True, "database.tables": 3, "items.0.name": "a"}}, ""),
        ({"expect_json": {"database.ok": 1}}, "its database.ok is true in place of 1"),
        ({"expect_json": {"database.tables": 4}}, "its database.tables is 3 in place of 4"),
        ({"expect_json": {"items.1.name": "a"}}, "its body has no items.1.name"),
        ({"expect_json": {"database.ok.more": 1}}, "its body has no database.ok.more"),
    ],
)
def test_what_is_wrong_first_is_named(wanted: dict[str, Any], said: str) -> None:
    assert problem(JSON, {"content-type": "app/json"}, **wanted) == said


@pytest.mark.unit
def test_no_answer_and_no_json_are_named() -> None:
    assert problem("refused", answered=None) == "it is not answered"
    assert problem("<html>", expect_json={"a": 1}) == "its body is not JSON"


@pytest.mark.real
def test_the_request_has_method_path_and_headers_and_more_of_a_body_is_read_than_of_a_health_check() -> None:
    seen: list[tuple[str, str, str | None, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append((self.command, self.path, self.headers["Host"], self.headers["X-Kind"]))
            body = b'{"filler": "' + b"x" * 50_000 + b'", "ok": true}'
            self.send_response(201)
            self.send_header("X-Made", "yes, it is")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    check = CheckSettings.model_validate(
        {
            "method": "POST",
            "path": "/orders?dry=1",
            "status": "201",
            "headers": {"X-Kind": "a check"},
            "expect_headers": {"x-made": "yes"},
            "expect_json": {"ok": True},
        }
    )
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            checked = checks.ask(check, url, HealthSettings(host_header="shop.example"))
        finally:
            server.shutdown()

    assert checked.problem == "" and checked.answer.status == 201
    assert seen == [("POST", "/orders?dry=1", "shop.example", "a check")]
