"""Bytes from an HTTP server, with every failure told in one sentence."""

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator

from mortal.errors import DataError

__all__ = ["base_url", "fetched_chunks"]

CHUNK = 1 << 16
LARGEST = 1 << 28  # bytes; the files of every known set are smaller than a tenth of it
ADVICE = "give another folder of the same files with `--mirror URL`"


def base_url(url: str) -> str:
    """Check the URL of a folder, and return it without its last slash.

    Raises `DataError` when it is not of the form http://HOST/PATH or https://HOST/PATH.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_good = is_good and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        is_good = False
    if not is_good:
        raise DataError(
            f"The mirror {url!r} cannot be used; http://HOST/PATH or https://HOST/PATH is needed."
        )
    return url.rstrip("/")


def fetched_chunks(url: str, timeout: float) -> Generator[tuple[bytes, int | None], None, None]:
    """Give the bytes of a URL in chunks, each with the total where the server declares it.

    `timeout` counts seconds without an answer. Raises `DataError` when the server cannot be
    reached, refuses, falls silent, or closes before all bytes have come.
    """
    received = 0
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "mortal-crossbars"})
        with _opener().open(request, timeout=timeout) as response:
            total = _declared_length(response.headers.get("Content-Length"))
            while chunk := response.read(CHUNK):
                received += len(chunk)
                if received > LARGEST:
                    raise DataError(f"{url} is longer than {LARGEST} bytes; {ADVICE}.")
                yield chunk, total
    except urllib.error.HTTPError as error:
        error.close()
        raise DataError(f"{url} was answered with {error.code} {error.reason}; {ADVICE}.") from None
    except urllib.error.URLError as error:
        raise DataError(f"{url} cannot be reached ({error.reason}); {ADVICE}.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, DataError):
            raise
        reason = str(error) or type(error).__name__
        raise DataError(
            f"{url} broke off after {received} bytes ({reason}); try again or {ADVICE}."
        ) from error
    if total is not None and received < total:
        raise DataError(
            f"{url} broke off after {received} of {total} bytes; try again or {ADVICE}."
        )


def _opener() -> urllib.request.OpenerDirector:
    # urllib's own opener would also follow a redirect to ftp.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _declared_length(header: str | None) -> int | None:
    return int(header) if header is not None and header.isdecimal() else None
