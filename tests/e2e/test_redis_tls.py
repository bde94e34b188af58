"""A real Redis that speaks TLS with a certificate of one's own."""

import subprocess
from pathlib import Path

import pytest

from cli.demo.servers import find_redis, free_port, listens, redis_server
from tests.absence import without
from tests.e2e.host import Host

pytestmark = pytest.mark.real


def test_by_tls_with_an_authority_of_one_s_own_a_deployment_goes_through(tmp_path: Path) -> None:
    if not has_tls(find_redis()):
        without("redis-server with TLS")
    folder, port = tmp_path / "redis", free_port()
    folder.mkdir()
    certificate(folder)
    with redis_server(folder, 0) as server:
        server.stop()
        files = {"cert-file": "redis.crt", "key-file": "redis.key", "ca-cert-file": "redis.crt"}
        options = [word for key, file in files.items() for word in (f"--tls-{key}", str(folder / file))]
        server.arguments += ["--tls-port", str(port), *options, "--tls-auth-clients", "no"]
        server.start()
        server.wait_until(lambda: listens(port), "Redis")
        (tmp_path / "host").mkdir()
        url = f"rediss://127.0.0.1:{port}"
        with Host(tmp_path / "host", f"{url}/0?ssl_ca_certs={folder}/redis.crt") as host:
            host.start_nginx()
            host.start_worker()
            assert host.deploy("v1")[0] == 0
            assert "by TLS" in host.bluegreen("doctor").stdout
        with Host(tmp_path / "host", f"{url}?ssl_cert_reqs=CERT_NONE&socket_timeout=10&db=3") as trusting:
            trusting.configure(f'[redis]\nurl = "{trusting.env.pop("BLUEGREEN_REDIS_URL")}"\n')
            trusting.start_nginx()
            trusting.start_worker()
            assert trusting.deploy("v2")[0] == 0
        with Host(tmp_path / "host", f"{url}/0") as stranger:
            assert "CERTIFICATE_VERIFY_FAILED" in stranger.bluegreen("status").stderr


def has_tls(redis_server: str) -> bool:
    return "libssl" in subprocess.run(["ldd", redis_server], capture_output=True, text=True).stdout


def certificate(folder: Path) -> None:
    """One that is its own authority, for 127.0.0.1."""
    subject = ["-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"]
    files = ["-keyout", str(folder / "redis.key"), "-out", str(folder / "redis.crt")]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, *subject]
    subprocess.run(new, check=True, capture_output=True)
