"""Requests with files: multipart forms by the graphql-multipart-request-spec, read as they come.

The form has first the fields `operations` and `map`, then the files, as the specification orders
them: so what is to become of a file, and whose it is, is known before its first byte is taken.

https://github.com/jaydenseric/graphql-multipart-request-spec
"""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from resolvers.intake import Intake, Upload

_FILES = 10
_MOST_FIELDS = 1024 * 1024
"""In bytes, of each field that is no file."""
_LARGEST_HEAD = 16 * 1024

Begin = Callable[[], Awaitable[Intake]]
"""Begins to take a file. Raises ChatError for who may not upload any."""


class NotAForm(Exception):
    """The form is not what the specification says; the message says why."""


class FieldsTooLarge(Exception):
    """A field that is no file has more than `limit` bytes."""

    limit = _MOST_FIELDS


@dataclass(slots=True)
class _Part:
    """The beginning of a part of a form."""

    name: str
    file_name: str | None


Slot = tuple[Any, Any]
"""What a file belongs in, and where in it."""


@dataclass(slots=True)
class _Given:
    """What has come of a form."""

    operations: dict[str, Any] | None = None
    slots: dict[str, list[Slot]] | None = None
    uploads: dict[str, Upload] = field(default_factory=dict[str, Upload])

    def take(self, name: str, value: object) -> None:
        """Takes a field. Raises NotAForm."""
        if name not in ("operations", "map") or self.uploads:
            raise NotAForm("The form must have `operations`, then `map`, and then the files.")
        if not isinstance(value, dict):
            raise NotAForm("`operations` and `map` must be JSON objects.")
        if name == "operations" and self.operations is None:
            self.operations = cast("dict[str, Any]", value)
        elif name == "map" and self.operations is not None and self.slots is None:
            self.slots = _slots(self.operations, cast("dict[str, object]", value))
        else:
            raise NotAForm(f"The form has a field `{name}` where there must be none.")

    def expected(self, name: str) -> None:
        """Raises NotAForm for a file that nobody has announced."""
        if self.slots is None:
            raise NotAForm("The form must have `operations`, then `map`, and then the files.")
        if name not in self.slots or name in self.uploads:
            raise NotAForm(f"The file `{name[:50]}` is not in `map`, or is there twice.")

    def whole(self) -> dict[str, Any]:
        """The operations, with the files in their places. Raises NotAForm."""
        if self.operations is None or self.slots is None:
            raise NotAForm("The form must have the fields `operations` and `map`.")
        for name, slots in self.slots.items():
            if name not in self.uploads:
                raise NotAForm(f"There is no file `{name[:50]}`.")
            for inside, key in slots:
                inside[key] = self.uploads[name]
        return self.operations


async def parts_of(
    headers: Mapping[str, str],
    body: AsyncGenerator[bytes],
    decoded: Callable[[bytes], object],
    begin: Begin,
    answered: AsyncExitStack,
) -> dict[str, Any]:
    """The request in the `operations` of a form, with its files in their places.

    `decoded` reads JSON. The files are forgotten with `answered`. Raises NotAForm, FieldsTooLarge,
    and what taking a file raises.
    """
    given = _Given()
    async with aclosing(_Events(headers).of(body)) as events:
        async for event in events:
            if not isinstance(event, _Part):
                raise NotAForm("The form is malformed.")
            if event.file_name is None:
                given.take(event.name, decoded(await _field(events)))
                continue
            given.expected(event.name)
            intake = await begin()
            answered.push_async_callback(intake.draft.close)
            await _file(events, intake)
            given.uploads[event.name] = Upload(event.file_name, intake.draft)
    return given.whole()


class _Events:
    """What a parser finds in a body: parts, their bytes, and None at the end of each."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """Raises NotAForm."""
        _, options = parse_options_header(headers.get("content-type", ""))
        boundary = options.get(b"boundary")
        if not boundary:
            raise NotAForm("The form is malformed.")
        self._found: list[_Part | bytes | None] = []
        self._head: dict[bytes, bytes] = {}
        self._name = self._value = b""
        self._over = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_name,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._part,
                    "on_part_data": self._data,
                    "on_part_end": lambda: self._found.append(None),
                    "on_end": self._end,
                },
            )
        except (FormParserError, ValueError) as error:
            raise NotAForm("The form is malformed.") from error

    async def of(self, body: AsyncIterable[bytes]) -> AsyncGenerator[_Part | bytes | None]:
        """Each, as it comes. Raises NotAForm."""
        async for piece in body:
            try:
                self._parser.write(piece)
            except (FormParserError, ValueError) as error:
                raise NotAForm("The form is malformed.") from error
            found, self._found = self._found, []
            for event in found:
                yield event
        if not self._over:
            raise NotAForm("The form is malformed.")

    def _begin(self) -> None:
        self._head = {}

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]
        self._bounded()

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bounded()

    def _header_end(self) -> None:
        self._head[self._name.lower()] = self._value
        self._name = self._value = b""

    def _bounded(self) -> None:
        if len(self._name) + len(self._value) > _LARGEST_HEAD or len(self._head) > 10:
            raise ValueError("the head of a part is too large")

    def _part(self) -> None:
        kind, options = parse_options_header(self._head.get(b"content-disposition", b""))
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise ValueError("a part has no name")
        file_name = options.get(b"filename")
        called = None if file_name is None else _called(file_name)
        self._found.append(_Part(name.decode("utf-8", "replace"), called))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if start < end:
            self._found.append(data[start:end])

    def _end(self) -> None:
        self._over = True


async def _field(events: AsyncGenerator[_Part | bytes | None]) -> bytes:
    content = b""
    while isinstance(event := await anext(events, None), bytes):
        content += event
        if len(content) > _MOST_FIELDS:
            raise FieldsTooLarge
    return content


async def _file(events: AsyncGenerator[_Part | bytes | None], intake: Intake) -> None:
    while isinstance(event := await anext(events, None), bytes):
        await intake.take(event)
    await intake.end()


def _called(file_name: bytes) -> str:
    """The name of a file: browsers write a quotation mark as %22 (HTML, multipart/form-data)."""
    return file_name.decode("utf-8", "replace").replace("%22", '"')


def _slots(operations: dict[str, Any], given: dict[str, object]) -> dict[str, list[Slot]]:
    """Where files belong: where `null` stands for them. Raises NotAForm."""
    if len(given) > _FILES:
        raise NotAForm(f"There may be {_FILES} files at the most.")
    found: dict[str, list[Slot]] = {}
    taken: set[tuple[int, Any]] = set()
    for name, paths in given.items():
        if not isinstance(paths, list) or not paths:
            raise NotAForm("`map` must give a list of places for each file.")
        found[name] = [_slot(operations, path) for path in cast("list[object]", paths)]
        for inside, key in found[name]:
            if (id(inside), key) in taken:
                raise NotAForm("A place in `map` is there twice.")
            taken.add((id(inside), key))
    return found


def _slot(operations: dict[str, Any], path: object) -> Slot:
    if not isinstance(path, str) or not path.startswith("variables."):
        raise NotAForm("A place in `map` must be a path that begins with `variables.`.")
    *way, last = path.split(".")
    target: Any = operations
    for key in way:
        target = _inside(target, key)
    if _inside(target, last) is not None:
        raise NotAForm("Where a file belongs, `operations` must have null.")
    return target, int(last) if isinstance(target, list) else last


def _inside(target: object, key: str) -> Any:
    if isinstance(target, dict) and key in target:
        return cast("dict[str, Any]", target)[key]
    if isinstance(target, list) and key.isascii() and key.isdigit() and len(key) < 6:
        items = cast("list[Any]", target)
        if int(key) < len(items):
            return items[int(key)]
    raise NotAForm("A place in `map` is not there in `operations`.")
