"""A TURN server of our own: Debian's coturn, with the configuration that the docs give."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import PATIENCE
from tests.stage import ROOT, free_port, needed, wait_for_port

SECRET = "a secret that two servers share"


@contextmanager
def a_coturn(
    folder: Path, *more: str, host: str = "127.0.0.1", inside: tuple[str, ...] = ()
) -> Iterator[str]:
    """The url of a TURN server; skips the test where coturn is not installed.

    `more` are lines for its configuration; `inside` is what runs it in another network.
    """
    program = needed("turnserver")
    port = free_port()
    page = (ROOT / "docs" / "turn.md").read_text()
    found = re.search(r"```conf\n(.*?)```", page, re.DOTALL)
    assert found
    given = found[1].replace("put-the-secret-here", SECRET).replace("=3478", f"={port}")
    lines = [given, f"listening-ip={host}", f"relay-ip={host}", *more]
    config = folder / "turnserver.conf"
    config.write_text("\n".join(lines))
    command = [
        *inside,
        program,
        "-c",
        config,
        "--log-file",
        "stdout",
        "--pidfile",
        folder / "turn.pid",
    ]
    with (folder / "turn.log").open("w") as log:
        running = subprocess.Popen(
            [*command, "--userdb", folder / "turn.db"], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            if not inside:
                wait_for_port(port)
            yield f"turn:{host}:{port}"
        finally:
            running.terminate()
            running.wait(PATIENCE)
