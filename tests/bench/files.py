"""Uploads and downloads, in MB a second, beside Starlette's own form parsing and FileResponse.

python -m tests.bench.files [--size 64] [--rounds 5]

Each server has one core, the client the other. Starlette's parses the form and does nothing with
it; ours also hashes the file, sees what it is, and has it on the disk before it answers.
"""

import argparse
import base64
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit
from uuid import uuid4

import uvicorn
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.bench.servers import CLIENT_CORE, ask, process, serving
from tests.stage import PASSWORD, free_port

MB = 1_000_000
UPLOAD = """mutation($c: ID!, $file: Upload!) {
  uploadFile(input: { channelId: $c, file: $file }) { id sha256 url } }"""
LOGIN = """mutation($p: String!) {
  login(input: { username: "admin", password: $p }) { accessToken } }"""
MAKE = 'mutation { createChannel(input: { kind: PUBLIC, name: "lobby" }) { id } }'


def bare(port: int, file: str) -> None:
    """Starlette by itself: a form that is parsed, and a file that is sent."""

    async def take(request: Request) -> Response:
        async with request.form() as form:
            return PlainTextResponse(str(len(form)))

    async def give(_: Request) -> Response:
        return FileResponse(file)

    app = Starlette(routes=[Route("/", take, methods=["POST"]), Route("/file", give)])
    uvicorn.run(app, port=port, log_level="warning", access_log=False)


def exchange(port: int, head: str, body: bytes = b"") -> tuple[float, bytes]:
    """How long a request takes to its last byte, in seconds, and what came of it."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        begun = time.perf_counter()
        connection.sendall(f"{head}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        if body:
            connection.sendall(body)
        parts = []
        while data := connection.recv(1024 * 1024):
            parts.append(data)
        took = time.perf_counter() - begun
    answer = b"".join(parts)
    assert answer.startswith(b"HTTP/1.1 20"), answer[:500]
    return took, answer


def form(operations: str, content: bytes) -> bytes:
    """A multipart form, as apollo-upload-client sends it; its boundary is `x`."""
    part = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}'
    fields = (
        part.format("operations", "", operations)
        + "\r\n"
        + part.format("map", "", '{"0": ["variables.file"]}')
        + "\r\n"
        + part.format("0", '; filename="a.bin"', "")
    )
    return fields.encode() + content + b"\r\n--x--\r\n"


def headed(path: str, length: int, token: str = "") -> str:
    """The head of a request with a form."""
    return (
        f"POST {path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=x"
    )


def measure(size: int, rounds: int) -> dict[str, float]:
    """MB a second, medians of the rounds, in which all take turns."""
    content = os.urandom(size * MB)
    limits = {
        "TERTULIA_MAX_UPLOAD_BYTES": str(2 * size * MB),
        "TERTULIA_ADMIN_PASSWORD": PASSWORD,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        other = free_port()
        command = [sys.executable, "-m", "tests.bench.files", "--bare", str(other), str(path)]
        with serving(f"{folder}/data", **limits) as (own, _), process(command, other):
            token = ask(own, LOGIN, p=PASSWORD)["accessToken"]
            channel = ask(own, MAKE, token)["id"]
            return _measured(own, other, token, channel, content, rounds)


def _measured(
    own: int, other: int, token: str, channel: str, content: bytes, rounds: int
) -> dict[str, float]:
    variables = {"c": channel, "file": None}
    operations = json.dumps({"query": UPLOAD, "variables": variables})
    url = ""

    def upload_to_us() -> float:
        nonlocal url
        # Never the same twice: else it would be on the disk already.
        body = form(operations, uuid4().bytes + content[16:])
        took, answer = exchange(own, headed("/graphql", len(body), token), body)
        url = json.loads(answer.partition(b"\r\n\r\n")[2])["data"]["uploadFile"]["url"]
        return took

    def upload_to_starlette() -> float:
        body = form(operations, content)
        return exchange(other, headed("/", len(body)), body)[0]

    def by_tus() -> float:
        given = _begun(own, token, channel, len(content))
        head = (
            f"PATCH {given} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n"
            "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n"
            f"Content-Length: {len(content)}"
        )
        return exchange(own, head, uuid4().bytes + content[16:])[0]

    what: dict[str, Callable[[], float]] = {
        "upload to Starlette": upload_to_starlette,
        "upload by uploadFile": upload_to_us,
        "upload by tus": by_tus,
        "download from Starlette": lambda: exchange(other, "GET /file HTTP/1.1")[0],
        "download by a link": lambda: exchange(own, f"GET {urlsplit(url).path} HTTP/1.1")[0],
    }
    took: dict[str, list[float]] = {name: [] for name in what}
    for _ in range(rounds + 1):
        for name, work in what.items():
            took[name].append(work())
    # The first of each warms it up.
    return {name: len(content) / MB / median(times[1:]) for name, times in took.items()}


def _begun(port: int, token: str, channel: str, size: int) -> str:
    place = base64.b64encode(channel.encode()).decode()
    head = (
        f"POST /files/tus HTTP/1.1\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\n"
        f"Upload-Length: {size}\r\nUpload-Metadata: channelId {place}\r\nContent-Length: 0"
    )
    answer = exchange(port, head)[1].decode("latin-1").lower()
    return next(
        line.partition(": ")[2] for line in answer.splitlines() if line.startswith("location: ")
    )


def main() -> None:
    """Measures, and tells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=64, help="of a file, in MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bare", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bare:
        bare(int(given.bare[0]), given.bare[1])
        return
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {CLIENT_CORE})
    found = measure(given.size, given.rounds)
    table = Table("", "MB/s", "beside Starlette")
    for name, speed in found.items():
        beside = found["download from Starlette" if "download" in name else "upload to Starlette"]
        table.add_row(name, f"{speed:,.0f}", f"{speed / beside:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
