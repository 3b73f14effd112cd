"""Running the server until it is told to stop, and stopping without losing anything."""

import asyncio
import gc
import signal
import socket
import ssl
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from resolvers.house import House
from server.app import create_app
from server.encryption import EncryptedListener, encryption
from server.http_protocol import BoundedHttpProtocol
from server.opening import CannotStart, FirstAdmin, ensure_admin, open_house
from server.requests import LARGEST_BODY
from server.settings import Settings
from server.socket_protocol import BoundedSocketProtocol
from server.upkeep import kept_up

DRAIN_SECONDS = 10
"""How long requests under way are waited for at the end."""


class _Server(uvicorn.Server):
    """Leaves signals to us, and says goodbye to sockets before it closes them."""

    def __init__(
        self, config: uvicorn.Config, house: House, certificate: ssl.SSLContext | None
    ) -> None:
        super().__init__(config)
        self._house = house
        self._certificate = certificate
        self._listener: EncryptedListener | None = None
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Does nothing: uvicorn would raise the signal again before the house is closed."""
        yield

    def stop(self) -> None:
        """Ends serving, once the requests under way are answered."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to listen: plainly, or with a certificate for those who speak TLS."""
        if self._certificate is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            self._listener = EncryptedListener(self._certificate, self._protocol)
            for listening in sockets or ():
                self._listener.listen(listening)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes sockets with 1001, then lets uvicorn finish the requests under way."""
        if self._listener is not None:
            await self._listener.close()
        self._house.devices.dismiss()
        await asyncio.sleep(0)
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        """What speaks on a new connection, as uvicorn itself makes it."""
        make: Any = self.config.http_protocol_class
        return make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def bound(settings: Settings) -> socket.socket:
    """A listening address, taken before anything else is begun. Raises CannotStart."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        # asyncio turns off Nagle's delay only on sockets that say that they are TCP.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
    except OSError as error:
        raise CannotStart(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror or error}."
        ) from error
    return listening


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    url: str
    port: int
    house: House


@asynccontextmanager
async def running(
    settings: Settings, listening: socket.socket | None = None
) -> AsyncGenerator[Running]:
    """Within it, a server answers; at its end it has stopped with everything done.

    It listens at the address of the settings, or on a socket that listens there already.
    Raises CannotStart.
    """
    with listening or bound(settings) as taken:
        port = taken.getsockname()[1]
        settings = settings.model_copy(update={"port": port})
        certificate = encryption(settings)
        async with open_house(settings) as house:
            server = _Server(_config(house, settings), house, certificate)
            serving = asyncio.create_task(server.serve([taken]))
            serving.add_done_callback(lambda _: server.listening.set())
            try:
                await server.listening.wait()
                async with kept_up(house, settings):
                    yield Running(house.policy.public_url, port, house)
            finally:
                server.stop()
                await serving


async def serve(
    settings: Settings,
    started: Callable[[str, FirstAdmin | None], None] | None = None,
    listening: socket.socket | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT. `started` hears of the address and a new admin.

    Without it, there is an admin already. Raises CannotStart.
    """
    async with running(settings, listening) as server:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        if started is not None:
            started(server.url, await ensure_admin(server.house, settings))
        # What is there now stays: without this, collecting it again and again stops everything
        # for 50 ms every few seconds.
        gc.collect()
        gc.freeze()
        await stopped.wait()


def _config(house: House, settings: Settings) -> uvicorn.Config:
    bounds = {"seconds": settings.request_timeout, "beat_seconds": settings.keep_alive}
    return uvicorn.Config(
        create_app(house, settings),
        # uvicorn makes these itself: what they are to know is theirs as classes.
        http=type("HttpProtocol", (BoundedHttpProtocol,), bounds),
        ws=type(
            "SocketProtocol", (BoundedSocketProtocol,), {**bounds, "buffer": settings.socket_buffer}
        ),
        ws_ping_interval=settings.keep_alive,
        ws_ping_timeout=settings.keep_alive,
        # Compressing each frame would cost several times what sending it does.
        ws_per_message_deflate=False,
        ws_max_size=LARGEST_BODY,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # The application itself knows whose word is taken for where a request comes from.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
