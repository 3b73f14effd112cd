"""Figures for Prometheus, at `/metrics`, for who has the token."""

import hmac
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from resolvers.activity import Overview
from resolvers.house import House
from server.credentials import bearer


def routes(house: House, token: str | None) -> list[BaseRoute]:
    """Where they are; nowhere without a token."""
    if token is None:
        return []

    async def metrics(request: Request) -> Response:
        """All figures, as they are now."""
        sent = bearer(request.headers.get("authorization")) or ""
        if not hmac.compare_digest(sent.encode(), token.encode()):
            headers = {"WWW-Authenticate": "Bearer"}
            return PlainTextResponse("The token is missing or wrong.\n", 401, headers)
        registry = CollectorRegistry()
        registry.register(_Figures(house, await house.book.overview(house)))
        ProcessCollector(registry=registry)
        headers = {"Cache-Control": "no-store"}
        return Response(generate_latest(registry), headers=headers, media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics)]


class _Figures(Collector):
    """What one node has to tell, once."""

    def __init__(self, house: House, seen: Overview) -> None:
        self._house = house
        self._seen = seen

    def collect(self) -> Iterable[Metric]:
        """One metric after the other."""
        house, seen = self._house, self._seen
        for name, told, value in (
            ("people_online", "People who are connected to any node.", seen.people_online),
            ("users", "Accounts.", seen.users),
            ("connections", "Sockets and streams of this node.", seen.connections),
            ("writes_waiting", "Changes that wait to be written here.", seen.writes_waiting),
            ("reports_open", "Reports that nobody has handled.", seen.open_reports),
            ("storage_bytes", "What the database takes.", seen.storage_bytes),
            ("messages_last_day", "Of 24 hours.", sum(p.messages for p in seen.hours)),
            ("messages_this_hour", "Of the present hour.", seen.hours[-1].messages),
            ("failed_sign_ins_last_day", "Of 24 hours.", seen.failed_sign_ins),
        ):
            yield GaugeMetricFamily(f"tertulia_{name}", told, value)
        yield CounterMetricFamily(
            "tertulia_log_position", "The end of the log of events.", house.feed.head
        )
        yield CounterMetricFamily(
            "tertulia_failed_sign_ins", "On this node since it started.", house.attempts.total
        )
        refused = CounterMetricFamily(
            "tertulia_rate_limited", "Refused here since it started, by limit.", labels=["limit"]
        )
        for kind, times in sorted(seen.refused.items()):
            refused.add_metric([kind], times)
        yield refused
