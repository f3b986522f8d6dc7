"""Downloads are checked, all or nothing, and never repeated without need."""

import gzip
import hashlib
import http.server
import os
import socket
import threading

import pytest

from mortal.data import KNOWN_SETS, KnownFile, KnownSet, get
from mortal.errors import DataError

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
PLAIN = {IMAGES: bytes(range(256)) * 3000, LABELS: b"labels"}
SERVED = {f"/set/{stem}.gz": gzip.compress(content) for stem, content in PLAIN.items()}


def md5(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def made_up(name, contents, *, of="content", base="http://127.0.0.1:9"):
    files = tuple(
        KnownFile(f"{stem}.gz", md5(content), of=of, is_verified=True)
        for stem, content in contents.items()
    )
    return KnownSet(name=name, base=base, licence="none", files=files)


KNOWN = {"tiny": made_up("tiny", PLAIN)}


class Mirror:
    """A server on this machine whose answers a test can change, and which counts requests."""

    def __init__(self):
        self.answers = {path: (200, {}, body) for path, body in SERVED.items()}
        self.requests = []
        self.is_silent = False
        self.wake = threading.Event()
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.requests.append(self.path)
                if mirror.is_silent:
                    mirror.wake.wait(5)
                    return
                status, headers, body = mirror.answers.get(self.path, (404, {}, b"nothing here"))
                self.send_response(status)
                for key, value in ({"Content-Length": str(len(body))} | headers).items():
                    if value is not None:
                        self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{self.root}/set"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.wake.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def mirror(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = Mirror()
    yield server
    server.close()


def refused(message, folder, mirror_url, **options):
    """Expect one clear sentence, and nothing left behind in the folder."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(DataError, match=message) as caught:
        get("tiny", folder, mirror_url, **({"known": KNOWN} | options))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_files_are_fetched_checked_and_returned(tmp_path, mirror):
    paths = get("tiny", tmp_path / "new" / "folder", mirror.url, known=KNOWN)
    assert [path.name for path in paths] == [f"{IMAGES}.gz", f"{LABELS}.gz"]
    assert [gzip.decompress(path.read_bytes()) for path in paths] == list(PLAIN.values())
    assert sorted(path.name for path in paths[0].parent.iterdir()) == [
        f"{IMAGES}.gz",
        f"{LABELS}.gz",
    ]


def test_the_set_knows_where_it_lies(tmp_path, mirror):
    known = {"tiny": made_up("tiny", PLAIN, base=mirror.url + "/")}
    get("tiny", str(tmp_path), known=known)
    assert mirror.requests == list(SERVED)


def test_what_is_there_is_not_fetched_again(tmp_path, mirror):
    first = get("tiny", tmp_path, mirror.url, known=KNOWN)
    assert get("tiny", tmp_path, mirror.url, known=KNOWN) == first
    assert len(mirror.requests) == 2


def test_an_uncompressed_file_with_the_right_content_is_kept(tmp_path, mirror):
    dotted = tmp_path / "train-images.idx3-ubyte"
    dotted.write_bytes(PLAIN[IMAGES])
    paths = get("tiny", tmp_path, mirror.url, known=KNOWN)
    assert paths == (dotted, tmp_path / f"{LABELS}.gz")
    assert mirror.requests == [f"/set/{LABELS}.gz"]


@pytest.mark.parametrize("found", [b"", b"noise", SERVED[f"/set/{IMAGES}.gz"][:-20]])
def test_a_damaged_file_is_fetched_again(tmp_path, mirror, found):
    path = tmp_path / f"{IMAGES}.gz"
    path.write_bytes(found)
    get("tiny", tmp_path, mirror.url, known=KNOWN)
    assert gzip.decompress(path.read_bytes()) == PLAIN[IMAGES]


@pytest.mark.parametrize("body", [gzip.compress(PLAIN[IMAGES], 1), PLAIN[IMAGES]])
def test_a_mirror_may_compress_anew_or_not_at_all(tmp_path, mirror, body):
    mirror.answers[f"/set/{IMAGES}.gz"] = (200, {}, body)
    paths = get("tiny", tmp_path, mirror.url, known=KNOWN)
    assert paths[0].read_bytes() == body


def test_a_checksum_of_the_published_file_holds_byte_for_byte(tmp_path, mirror):
    served = {stem: SERVED[f"/set/{stem}.gz"] for stem in PLAIN}
    known = {"tiny": made_up("tiny", served, of="file")}
    get("tiny", tmp_path / "good", mirror.url, known=known)
    mirror.answers[f"/set/{IMAGES}.gz"] = (200, {}, gzip.compress(PLAIN[IMAGES], 1))
    folder = tmp_path / "bad"
    folder.mkdir()
    refused("MD5 of the file as published must be", folder, mirror.url, known=known)


def test_wrong_content_is_refused_and_nothing_is_kept(tmp_path, mirror):
    mirror.answers[f"/set/{IMAGES}.gz"] = (200, {}, gzip.compress(b"other"))
    expected = f"must be {md5(PLAIN[IMAGES])}, found {md5(b'other')}; nothing was kept"
    refused(expected, tmp_path, mirror.url)


def test_a_checksum_that_is_only_cited_says_so(tmp_path, mirror):
    files = (KnownFile(f"{IMAGES}.gz", "0" * 32, of="file", is_verified=False),)
    known = {"tiny": KnownSet("tiny", mirror.url, "none", files)}
    refused("must be 0{32} (.as cited, unverified.), found", tmp_path, None, known=known)


def test_wrong_content_leaves_the_old_file_as_it_was(tmp_path, mirror):
    (tmp_path / f"{IMAGES}.gz").write_bytes(b"old")
    mirror.answers[f"/set/{IMAGES}.gz"] = (200, {}, b"<html>sorry</html>")
    refused("is not the file wanted", tmp_path, mirror.url)


def test_a_damaged_gzip_is_told(tmp_path, mirror):
    mirror.answers[f"/set/{IMAGES}.gz"] = (200, {}, SERVED[f"/set/{IMAGES}.gz"][:-8])
    refused("found a damaged gzip file", tmp_path, mirror.url)


def test_a_server_that_dies_midway_leaves_nothing(tmp_path, mirror):
    body = SERVED[f"/set/{IMAGES}.gz"]
    headers = {"Content-Length": str(len(body) + 1000)}
    mirror.answers[f"/set/{IMAGES}.gz"] = (200, headers, body)
    refused("broke off after .* bytes", tmp_path, mirror.url)


def test_a_chunked_answer_that_breaks_off_leaves_nothing(tmp_path, mirror):
    headers = {"Content-Length": None, "Transfer-Encoding": "chunked"}
    mirror.answers[f"/set/{IMAGES}.gz"] = (200, headers, b"100\r\nshort")
    refused("broke off after", tmp_path, mirror.url)


def test_an_answer_of_undeclared_length_is_checked_all_the_same(tmp_path, mirror):
    body = SERVED[f"/set/{IMAGES}.gz"]
    mirror.answers[f"/set/{IMAGES}.gz"] = (200, {"Content-Length": None}, body)
    assert get("tiny", tmp_path, mirror.url, known=KNOWN)[0].read_bytes() == body


def test_a_missing_file_on_the_mirror_is_told_with_its_number(tmp_path, mirror):
    del mirror.answers[f"/set/{IMAGES}.gz"]
    refused(f"{mirror.url}/{IMAGES}.gz was answered with 404 .*--mirror URL", tmp_path, mirror.url)


def test_files_fetched_before_a_failure_are_kept(tmp_path, mirror):
    del mirror.answers[f"/set/{LABELS}.gz"]
    with pytest.raises(DataError, match="404"):
        get("tiny", tmp_path, mirror.url, known=KNOWN)
    assert [path.name for path in tmp_path.iterdir()] == [f"{IMAGES}.gz"]
    mirror.answers[f"/set/{LABELS}.gz"] = (200, {}, SERVED[f"/set/{LABELS}.gz"])
    get("tiny", tmp_path, mirror.url, known=KNOWN)
    assert mirror.requests.count(f"/set/{IMAGES}.gz") == 1


def test_a_silent_server_is_given_up(tmp_path, mirror):
    mirror.is_silent = True
    refused("timed out", tmp_path, mirror.url, timeout=0.1)


def test_a_folder_made_for_what_does_not_come_is_removed_again(tmp_path, mirror):
    refused("was answered with 404", tmp_path, f"{mirror.url}/none")
    with pytest.raises(DataError, match="404"):
        get("tiny", tmp_path / "new", f"{mirror.url}/none", known=KNOWN)
    assert not list(tmp_path.iterdir())


def test_no_network_names_the_mirror_option(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = closed.getsockname()[1]
        refused("cannot be reached .*--mirror URL", tmp_path, f"http://127.0.0.1:{port}")


def test_a_redirect_is_followed_over_http_only(tmp_path, mirror):
    moved = {"Location": f"{mirror.root}/set/{IMAGES}.gz"}
    mirror.answers[f"/old/{IMAGES}.gz"] = (302, moved, b"")
    mirror.answers[f"/old/{LABELS}.gz"] = (302, {"Location": "file:///etc/hostname"}, b"")
    refused_folder = tmp_path / "folder"
    with pytest.raises(DataError, match=f"{LABELS}.gz was answered with 302"):
        get("tiny", refused_folder, f"{mirror.root}/old", known=KNOWN)
    assert [path.name for path in refused_folder.iterdir()] == [f"{IMAGES}.gz"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///tmp",
        "ftp://host/x",
        "host/x",
        "",
        "http://",
        "http://[x",
        "http://h:x/",
        "http://a b",
    ],
)
def test_only_http_and_https_mirrors_are_used(tmp_path, url):
    refused("The mirror .* cannot be used; http://HOST/PATH", tmp_path, url)


def test_progress_counts_bytes_up_to_the_total(tmp_path, mirror):
    seen = []
    get("tiny", tmp_path, mirror.url, lambda *step: seen.append(step), known=KNOWN)
    size = len(SERVED[f"/set/{LABELS}.gz"])
    assert seen[-1] == (f"{LABELS}.gz", size, size)
    assert all(received <= total for _, received, total in seen)


def test_an_interrupted_download_leaves_nothing(tmp_path, mirror):
    def interrupt(*step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get("tiny", tmp_path, mirror.url, interrupt, known=KNOWN)
    assert list(tmp_path.iterdir()) == []


def test_another_set_of_the_same_names_is_not_overwritten(tmp_path, mirror):
    known = KNOWN | {"other": made_up("other", {IMAGES: b"else", LABELS: b"more"})}
    (tmp_path / f"{IMAGES}.gz").write_bytes(gzip.compress(b"else"))
    refused("belongs to other, .* give tiny a folder of its own", tmp_path, mirror.url, known=known)
    assert mirror.requests == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be made a folder"):
        get("tiny", tmp_path / "file", known=KNOWN)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path, mirror):
    (tmp_path / f"{IMAGES}.gz").mkdir()
    with pytest.raises(DataError, match="cannot be written"):
        get("tiny", tmp_path, mirror.url, known=KNOWN)
    assert [path.name for path in tmp_path.iterdir()] == [f"{IMAGES}.gz"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_fetched_file_has_the_permissions_of_any_new_file(tmp_path, mirror):
    path = get("tiny", tmp_path, mirror.url, known=KNOWN)[0]
    (tmp_path / "new").touch()
    assert path.stat().st_mode == (tmp_path / "new").stat().st_mode


def test_an_unknown_set_is_refused_with_the_nearest_name(tmp_path):
    with pytest.raises(DataError, match=r"'fashion' is no known .*Did you mean 'fashion-mnist'"):
        get("fashion", tmp_path)


def test_every_known_file_tells_what_its_checksum_is_of():
    for known in KNOWN_SETS.values():
        assert len(known.files) == 4
        for file in known.files:
            assert len(file.md5) == 32
            assert file.is_verified == (file.of == "content")
