"""A socket of a benchmark: as little as can be between the kernel and what is measured."""

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from tests.bench.load import frame, handshake

PING = 0x89


class Frames(asyncio.Protocol, ABC):
    """One graphql-transport-ws socket, whose frames are heard one by one."""

    def __init__(self, token: str) -> None:
        self._rest, self._upgraded = b"", False
        self._init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}

    @abstractmethod
    def hear(self, opcode: int, content: bytes) -> None:
        """Takes what has come, but for pings, which are answered."""

    def say(self, message: Any) -> None:
        """Sends a message."""
        self.transport.write(frame(message))

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(handshake())

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self._upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            assert b" 101 " in head, head
            self._upgraded = bool(found)
            self.say(self._init)
        at = 0
        while len(data) - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            if start + length > len(data):
                break
            self._take(data[at], data[start : start + length])
            at = start + length
        self._rest = data[at:]

    def _take(self, opcode: int, content: bytes) -> None:
        if opcode == PING:
            self.transport.write(b"\x8a" + bytes([0x80 | len(content)]) + bytes(4) + content)
        else:
            self.hear(opcode, content)
