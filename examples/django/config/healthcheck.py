"""Docker's HEALTHCHECK: status 0 when the application answers well. A slim image has no curl."""

from urllib.request import urlopen

if __name__ == "__main__":
    urlopen("http://127.0.0.1:8000/api/v1/test", timeout=2).close()  # raises for 4xx and 5xx
