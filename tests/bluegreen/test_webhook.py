"""One attempt at a webhook, on a real server."""

import socket
import threading

import pytest

from bluegreen import webhook
from bluegreen.webhook import NotTaken
from cli.demo.servers import free_port
from tests.receiver import Receiver

pytestmark = pytest.mark.real


def test_json_and_the_token_arrive() -> None:
    with Receiver() as receiver:
        webhook.post(receiver.url, {"text": "Grüße"}, 5, "a-token")

    assert receiver.got == [{"text": "Grüße"}] and receiver.tokens == ["Bearer a-token"]


@pytest.mark.parametrize(("status", "passing"), [(403, False), (404, False), (429, True), (503, True)])
def test_an_answer_that_is_no_2xx_is_told_with_its_body_and_without_the_secret(status: int, passing: bool) -> None:
    with Receiver(status, body="invalid_token a-token") as receiver, pytest.raises(NotTaken) as refused:
        webhook.post(receiver.url, {}, 5, "a-token")

    assert str(refused.value) == f"status {status} (invalid_token ***)" and refused.value.passing is passing


def test_a_short_path_is_no_secret_and_the_answer_stays_readable() -> None:
    with Receiver(404, body="no hook here, ask for another") as receiver, pytest.raises(NotTaken) as refused:
        webhook.post(receiver.url.removesuffix("services/T0/B0/secret") + "h", {}, 5)

    assert "no hook here, ask for another" in str(refused.value)


def test_a_redirect_is_not_followed_since_it_would_carry_the_notification_elsewhere() -> None:
    with Receiver(302) as receiver, pytest.raises(NotTaken, match="status 302"):
        webhook.post(receiver.url, {}, 5)


def test_a_server_that_is_not_there_may_come_back() -> None:
    with pytest.raises(NotTaken, match="Connection refused") as refused:
        webhook.post(f"http://127.0.0.1:{free_port()}/services/secret", {}, 5)

    assert refused.value.passing and "secret" not in str(refused.value)


def test_a_name_that_does_not_resolve_is_told_without_the_path() -> None:
    with pytest.raises(NotTaken, match="not known|resol|getaddrinfo") as refused:
        webhook.post("http://hooks.invalid/services/secret", {}, 5)

    assert "secret" not in str(refused.value)


def test_a_server_that_answers_a_byte_now_and_then_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                while not over.wait(0.05):
                    connection.send(b"H")

        dripping = threading.Thread(target=drip)
        dripping.start()
        with pytest.raises(NotTaken, match="no whole answer in 0.4 s"):
            webhook.post(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, 0.2)
        over.set()
        dripping.join()
