"""Whose certificates are believed: those of the system's store, and of a company's own authority."""

import ssl
from typing import Any

from requests.adapters import HTTPAdapter

from bluegreen.system import environment


class Adapter(HTTPAdapter):
    """For https: by the system's store or SSL_CERT_FILE, REQUESTS_CA_BUNDLE, and the store that requests brings.

    `host`: for whom the certificate must be, and who is asked for by SNI; None: whom the url names.
    """

    def __init__(self, host: str | None) -> None:
        self.host = host.partition(":")[0] if host else None
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """The connections, with what is believed. Raises OSError when the file of authorities cannot be read."""
        context = ssl.create_default_context()
        if bundle := environment.ca_bundle():
            context.load_verify_locations(bundle)
        options["ssl_context"] = context
        if self.host:
            options |= {"server_hostname": self.host, "assert_hostname": self.host}
        super().init_poolmanager(connections, maxsize, block, **options)
