"""Requests with files: multipart forms by the graphql-multipart-request-spec.

https://github.com/jaydenseric/graphql-multipart-request-spec
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, cast

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

_FILES = 10
_FIELDS = 2


class NotAForm(Exception):
    """The form is not what the specification says; the message says why."""


async def parts_of(
    headers: Mapping[str, str],
    content: bytes,
    decoded: Callable[[bytes], object],
    answered: AsyncExitStack,
) -> dict[str, Any]:
    """The request in the `operations` of a form, with its files in their places.

    `decoded` reads JSON. The files are closed with `answered`. Raises NotAForm.
    """
    form = await _parsed(headers, content)
    answered.push_async_callback(form.close)
    operations = decoded(_text(form, "operations"))
    places = decoded(_text(form, "map"))
    if not isinstance(operations, dict) or not isinstance(places, dict):
        raise NotAForm("`operations` and `map` must be JSON objects.")
    for name, paths in cast("dict[str, object]", places).items():
        file = form.get(name)
        if not isinstance(file, UploadFile):
            raise NotAForm(f"There is no file `{name[:50]}`.")
        if not isinstance(paths, list) or not paths:
            raise NotAForm("`map` must give a list of places for each file.")
        for path in cast("list[object]", paths):
            _put(cast("dict[str, Any]", operations), path, file)
    return cast("dict[str, Any]", operations)


async def _parsed(headers: Mapping[str, str], content: bytes) -> FormData:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield content
        yield b""

    try:
        parser = MultiPartParser(
            Headers(headers),
            stream(),
            max_files=_FILES,
            max_fields=_FIELDS,
            max_part_size=len(content),
        )
        return await parser.parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise NotAForm("The form is malformed.") from error


def _text(form: FormData, name: str) -> bytes:
    value = form.get(name)
    if not isinstance(value, str):
        raise NotAForm(f"The form must have a field `{name}`.")
    return value.encode("utf-8", "surrogatepass")


def _put(operations: dict[str, Any], path: object, file: UploadFile) -> None:
    """Puts the file where `null` stands for it."""
    if not isinstance(path, str) or not path.startswith("variables."):
        raise NotAForm("A place in `map` must be a path that begins with `variables.`.")
    *way, last = path.split(".")
    target: Any = operations
    for key in way:
        target = _inside(target, key)
    if _inside(target, last) is not None:
        raise NotAForm("Where a file belongs, `operations` must have null.")
    target[int(last) if isinstance(target, list) else last] = file


def _inside(target: object, key: str) -> Any:
    if isinstance(target, dict) and key in target:
        return cast("dict[str, Any]", target)[key]
    if isinstance(target, list) and key.isascii() and key.isdigit() and len(key) < 6:
        items = cast("list[Any]", target)
        if int(key) < len(items):
            return items[int(key)]
    raise NotAForm("A place in `map` is not there in `operations`.")
