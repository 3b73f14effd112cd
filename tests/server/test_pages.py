"""The plain pages: health, and the choosing of a first password."""

import httpx
import pytest

from server.serving import Running


async def test_a_password_comes_by_the_form_and_in_no_other_way(
    server: Running, http: httpx.AsyncClient
) -> None:
    url = f"{server.url}/set-password"
    assert (await http.post(url, data={"password": "x" * 5_000})).status_code == 413
    assert (await http.post(url, json={"password": "x"})).status_code == 415
    response = await http.post(url, data={"code": "nonsense", "password": "a good long one"})
    assert response.status_code == 400
    assert response.headers["cache-control"] == "no-store"


async def test_a_server_without_its_database_is_not_ready(
    server: Running, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_: object) -> None:
        raise OSError

    monkeypatch.setattr("server.pages.life_and_position", gone)
    assert (await http.get(f"{server.url}/readyz")).status_code == 503
    assert (await http.get(f"{server.url}/healthz")).status_code == 200
