"""What is logged, and what never is."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from schema.errors import bug
from server import logs


@pytest.fixture(params=[True, False], ids=["for people", "as JSON"])
def written(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[io.StringIO]:
    """What the log says, on a terminal and elsewhere."""
    before = logging.root.handlers[:]
    output = io.StringIO()
    monkeypatch.setattr(output, "isatty", lambda: request.param)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", output)
        logs.configure()
        yield output
    logs.configure()
    logging.root.handlers[:] = before


def test_a_bug_is_logged_without_the_values_of_variables(written: io.StringIO) -> None:
    def fails(password: str) -> None:
        raise RuntimeError("it broke")

    # A logger of its own: those that were used before remember where they wrote to.
    try:
        fails("hunter" + "2")
    except RuntimeError as error:
        structlog.stdlib.get_logger("tests").error("a bug", exc_info=error)
        told = bug(error)
    said = written.getvalue()
    assert "it broke" in said
    assert "fails" in said
    assert "hunter2" not in said
    assert told["extensions"].keys() == {"code", "errorId"}


@pytest.mark.parametrize("said", ["Invalid HTTP request received.", "Unsupported upgrade request."])
def test_what_clients_do_wrong_does_not_fill_the_log(written: io.StringIO, said: str) -> None:
    logging.getLogger("uvicorn.error").warning(said)
    logging.getLogger("uvicorn.error").warning("something of ours")
    assert said not in written.getvalue()
    assert "something of ours" in written.getvalue()
