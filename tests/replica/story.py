"""A story: people in channels, one of whom does something that the others may hear of."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field

from adapters.ids import new_id
from tests.cast import Json, Person, Refused, sign_in
from tests.replica.cases import QUIET, Case, appoints
from tests.replica.replica import Replica
from tests.stage import PASSWORD

NAMES = ("ada", "ben", "cem", "outsider", "moderator", "admin")
INVITE = "mutation($c: ID!) { createInvite(input: { channelId: $c }) { code } }"
API_TOKEN = """mutation($p: String!) {
  createApiToken(input: { name: "x" scope: READ password: $p }) { apiToken { id } } }"""
STAFF = ("moderator", "admin")


@dataclass
class Story:
    """What the people of one case have and do."""

    people: dict[str, Person]
    ids: dict[str, str] = field(default_factory=dict[str, str])
    """What stands for %these in a document."""
    replicas: dict[str, Replica] = field(default_factory=dict[str, Replica])
    """What each has of the server from before it happened."""

    async def begin(self) -> None:
        """Makes the channels, where things have been said that some have not read."""
        ada, ben, cem = (self.people[name] for name in ("ada", "ben", "cem"))
        lobby = await ada.create_channel(memberIds=[ben.id, cem.id])
        plans = await ada.create_channel("PRIVATE", name="plans", memberIds=[ben.id])
        said = [
            await who.send(where, "hola")
            for who, where in ((ada, lobby), (ben, lobby), (ada, plans), (ada, lobby))
        ]
        file = await ada.upload(lobby)
        said.append(await ada.send(lobby, "look", fileIds=[file["id"]]))
        self.ids |= {"file": file["id"], "with_file": said[-1]["id"]}
        self.ids |= {"early": said[0]["cursor"], "now": said[-1]["cursor"]}
        self.ids |= {"adas": said[0]["id"], "bens": said[1]["id"], "secret": said[2]["id"]}
        self.ids |= {"lobby": lobby["id"], "plans": plans["id"]}
        self.ids |= {"peer": new_id(), "other_peer": new_id()}
        self.ids |= {"new": new_id(), "message": new_id(), "password": PASSWORD}
        self.ids |= {name: person.id for name, person in self.people.items()}
        self.ids |= {"name": f"n{new_id()[-12:]}", "cems_name": cem.username}
        invited = await ada.do(INVITE, c=plans["id"])
        self.ids["invite"] = invited["code"]
        await self.do("admin", appoints("moderator", "MODERATOR"))
        await self.do("cem", 'reportMessage(messageId: %adas, reason: "odd")')
        reports = await self.people["admin"].do("{ reports(first: 1) { nodes { id } } }")
        self.ids["report"] = reports["nodes"][0]["id"]
        made = await cem.do(API_TOKEN, p=PASSWORD)
        self.ids["token"] = made["apiToken"]["id"]
        other = await self.again("cem")
        self.ids |= {"refresh": other.refresh_token, "session": await own_session(other)}

    async def tell(self, case: Case) -> None:
        """Lets it happen, after everybody has loaded what they may see."""
        await self._load()
        for who, does in case.first:
            await self.do(who, does)
        if case.first:
            await self._load()
        await self.do(case.who, case.does)
        if case in QUIET:  # some of which end the session
            self.people[case.who].token = (await self.again(case.who)).token

    async def _load(self) -> None:
        """Lets everybody look; who is banned by then keeps what they had."""
        for name in NAMES:
            with suppress(Refused):
                self.replicas[name] = await self.loaded(name)

    async def do(self, who: str, does: str) -> None:
        """Lets somebody do something, or several things."""
        answer = await self.ask(who, does)
        assert not answer.get("errors"), answer

    async def ask(self, who: str, does: str) -> Json:
        """The answer to what somebody would like to do."""
        named = does.replace("@%cems_name", f"@{self.people['cem'].username}")
        filled = re.sub(r"%(\w+)", lambda found: json.dumps(self.ids[found[1]]), named)
        return await self.people[who].ask(f"mutation {{ {filled} }}")

    async def look_up(self, name: str) -> None:
        """Lets `%now` be the end of the feed, if somebody may know it."""
        answer = await self.people[name].ask("{ head }")
        self.ids["now"] = (answer.get("data") or {}).get("head") or self.ids["now"]

    async def loaded(self, name: str) -> Replica:
        """What somebody sees of the server now; staff watch everybody."""
        watched = [person.id for person in self.people.values()] if name in STAFF else []
        replica = Replica(self.people[name], watched)
        await replica.load()
        return replica

    async def banned(self, name: str) -> bool:
        """Whether somebody is shut out at this moment."""
        answer = await self.people[name].ask("{ head }")
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        assert codes in ([], ["BANNED"])
        return bool(codes)

    async def again(self, name: str) -> Person:
        """Somebody on another device."""
        person = self.people[name]
        return await sign_in(person.url, person.http, person.username)

    def named(self, lines: list[str]) -> list[str]:
        """Lines with names instead of ids."""
        text = "\n".join(lines)
        for name, value in self.ids.items():
            text = text.replace(value, name)
        return text.splitlines()


async def own_session(person: Person) -> str:
    """The id of the session that somebody has on this device."""
    sessions = await person.do("{ sessions { id current } }")
    return next(str(session["id"]) for session in sessions if session["current"])
