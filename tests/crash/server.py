"""A server that is killed at any moment and started again over the same data, on the same port."""

import asyncio
import subprocess
from pathlib import Path

from tests.patience import PATIENCE
from tests.server.process import CHEAP, QUIET, TERTULIA, own_database
from tests.stage import free_port

_EVERY = 0.02
"""In seconds: how often it is looked whether the server answers again."""


class Mortal:
    """One process after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"
        self.log = folder / "server.log"

    def start(self) -> None:
        """Starts a process, which takes a moment before it answers."""
        data = self._folder / "data"
        environment = {**QUIET, **CHEAP, **own_database(("--data", data))}
        flags = ["--port", str(self._port), "--data", str(data), "--registration", "open"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [TERTULIA, "serve", *flags], stdout=log, stderr=subprocess.STDOUT, env=environment
            )

    def kill(self) -> None:
        """Ends the process without a word of warning."""
        assert self._process
        assert self._process.poll() is None, f"it ended by itself: {self.log.read_text()[-4000:]}"
        self._process.kill()
        self._process.wait(PATIENCE)

    def close(self) -> None:
        """Ends the process that is left, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)

    async def answers(self, seconds: float = PATIENCE) -> None:
        """Waits until the server takes connections. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not await self._listens():  # noqa: ASYNC110 - it is another process's
                await asyncio.sleep(_EVERY)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True
