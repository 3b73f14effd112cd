"""What a careful client keeps of the server: loaded with queries once, then kept by events."""

from collections.abc import Awaitable, Callable, Iterable

from tests.cast import Json, Person, Refused

USER = "id username displayName role banned email statusText timeZone"
MESSAGE = """id cursor number body author { id } editedAt deletedAt replyTo { id body }
  thread { id replyCount } replyCount reactions { emoji count users(first: 2) { id } } myReactions
  mentions { everybody user { id } } pinnedAt files { id name }"""
LISTED = "pageInfo { hasNextPage }"
CALL = "call { id ringingUntil participants { peer muted camera screen user { id } } }"
CHANNEL = f"""id kind name topic memberCount lastNumber lastMessage {{ id }} {CALL}
  membership {{ role lastRead lastReadNumber purgedUnread unreadCount mentionCount notifications
    mutedUntil }}
  members(first: 12) {{ nodes {{ role mutedUntil user {{ {USER} }} }} {LISTED} }}"""
ONE = f"query($id: ID!) {{ channel(id: $id) {{ {CHANNEL} }} }}"
BLOCKED = "blockedUsers(first: 30) { nodes { user { id } } pageInfo { hasNextPage } }"
OWN = (
    f"{{ head me {{ {USER} }} {BLOCKED} channels(first: 20) {{ nodes {{ {CHANNEL} }} {LISTED} }} }}"
)
HISTORY = f"messages(channelId: $%, first: 50) {{ nodes {{ {MESSAGE} }} {LISTED} }}"
PERSON = f"user(id: $%) {{ {USER} }}"
ABOUT_USER = f"userId user {{ {USER} }}"
EVENTS = f"""query($after: Cursor, $first: Int) {{ events(after: $after, first: $first) {{
  next more events {{ __typename channelId at actor {{ id }}
    ... on MessageAdded {{ message {{ {MESSAGE} }} }}
    ... on MessageEdited {{ message {{ {MESSAGE} }} }}
    ... on MessageDeleted {{ messageId }}
    ... on ReactionsChanged {{ message {{ {MESSAGE} }} }}
    ... on FileUpdated {{ fileId file {{ id name }} }}
    ... on CallStarted {{ {CALL} }} ... on CallUpdated {{ {CALL} }} ... on CallEnded {{ callId }}
    ... on CallInvited {{ {CALL} }} ... on CallAccepted {{ {CALL} }}
    ... on PinsChanged {{ message {{ {MESSAGE} }} }}
    ... on MembershipUpdated {{ channel {{ membership {{ notifications }} }} }}
    ... on ReadMarked {{ lastRead lastReadNumber purgedUnread }}
    ... on MessagesPurged {{ count }} ... on UserDeleted {{ userId }}
    ... on ChannelUpdated {{ channel {{ kind name topic }} }}
    ... on MemberAdded {{ {ABOUT_USER} member {{ role mutedUntil }} }}
    ... on MemberUpdated {{ userId member {{ role mutedUntil }} }} ... on MemberRemoved {{ userId }}
    ... on UserUpdated {{ {ABOUT_USER} }}
    ... on UserBanned {{ {ABOUT_USER} }} ... on UserUnbanned {{ {ABOUT_USER} }} }} }} }}"""


class Replica:
    """One person's channels, with their members and messages, and the people they know of.

    These are those with whom they share a channel and, for moderators, whom they watch.
    """

    def __init__(self, viewer: Person, watched: Iterable[str] = ()) -> None:
        self.viewer = viewer
        self.watched = {viewer.id, *watched}
        self.channels: dict[str, Json] = {}
        self.people: dict[str, Json] = {}
        self.blocked: set[str] = set()
        self.cursor = self._role = ""

    async def load(self) -> None:
        """Reads everything: first the head of the feed, then the lists. Raises Refused."""
        answer = await self.viewer.ask(OWN)
        if answer.get("errors"):
            raise Refused(answer["errors"])
        found = answer["data"]
        self.cursor = found["head"]
        self.people[found["me"]["id"]] = found["me"]
        self._keep_blocked(found["blockedUsers"])
        await self._keep(whole(found["channels"]))
        await self._load_people(self.watched - {self.viewer.id})

    async def catch_up(self, at_once: int = 2) -> list[str]:
        """Applies the events that came since, page by page; returns what they are called."""
        heard, more = list[str](), True
        while more:
            page = await self.viewer.do(EVENTS, after=self.cursor, first=at_once)
            for event in page["events"]:
                await self.apply(event)
                heard.append(event["__typename"])
            self.cursor, more = page["next"], page["more"]
        for channel in self.channels.values():
            self._derive(channel)
        return heard

    async def apply(self, event: Json) -> None:
        """Does what an event says."""
        name = event["__typename"]
        if name in BY_ITSELF:
            BY_ITSELF[name](self, event)
        else:
            await BY_ASKING[name](self, event)
        if self._role != self._own_role():
            # What one may see of others goes with one's own role.
            await self._load_people(self.people)

    def state(self) -> Json:
        """All that is known: of people, only those who matter to the viewer."""
        near = {user_id for channel in self.channels.values() for user_id in channel["members"]}
        known = {user_id: self.people[user_id] for user_id in near | self.watched}
        return {"channels": self.channels, "people": known, "blocked": sorted(self.blocked)}

    def _derive(self, channel: Json) -> None:
        """What follows from statements about other things, as a client shows it."""
        said = channel["messages"]
        for message in said.values():
            for name in ("replyTo", "thread"):
                if (of := message[name]) and of["id"] in said:
                    message[name] = {key: said[of["id"]][key] for key in of}
        channel["mentionCount"] = sum(self._calls(channel, each) for each in said.values())

    def _calls(self, channel: Json, message: Json) -> bool:
        """Whether the viewer has not read yet that somebody calls for them."""
        named = [
            m["everybody"] or (m["user"] and m["user"]["id"] == self.viewer.id)
            for m in message["mentions"]
        ]
        unread = message["number"] > channel["lastReadNumber"]
        author = message["author"] and message["author"]["id"]
        return unread and any(named) and author not in self.blocked

    def _keep_blocked(self, page: Json) -> None:
        self.blocked = {block["user"]["id"] for block in whole(page)}

    async def _each(self, field: str, ids: Iterable[str]) -> Json:
        """What a field that takes an id gives for each of some."""
        document = f"query($id: ID!) {{ found: {field.replace('%', 'id')} }}"
        # One by one: together they could cost more than may be asked for at once.
        return {
            one: (await self.viewer.ask(document, id=one))["data"]["found"] for one in list(ids)
        }

    async def _keep(self, channels: list[Json]) -> None:
        """Takes over channels that were just read, and reads what was said in them."""
        said = await self._each(HISTORY, [channel["id"] for channel in channels])
        for channel in channels:
            members, last = whole(channel["members"]), channel["lastMessage"]
            self.people |= {member["user"]["id"]: member["user"] for member in members}
            self.channels[channel["id"]] = {
                **{
                    key: channel[key]
                    for key in ("kind", "name", "topic", "memberCount", "lastNumber", "call")
                },
                **channel["membership"],
                "members": {member["user"]["id"]: _place(member) for member in members},
                "messages": {message["id"]: message for message in whole(said[channel["id"]])},
                "lastMessage": last and last["id"],
            }

    async def _seen(self, channel_id: str) -> Json:
        """A channel as it is now, if the viewer is in it."""
        channel = (await self.viewer.ask(ONE, id=channel_id))["data"]["channel"]
        return channel if channel and channel["membership"] else None

    async def _load_people(self, user_ids: Iterable[str]) -> None:
        self.people |= await self._each(PERSON, user_ids)
        self._role = self._own_role()

    def _own_role(self) -> str:
        return str(self.people[self.viewer.id]["role"])

    def _message_added(self, event: Json) -> None:
        channel, message = self.channels.get(event["channelId"]), event["message"]
        # What is there already was loaded with the channel, and is counted.
        if channel is None or message is None or message["id"] in channel["messages"]:
            return
        channel["messages"][message["id"]] = message
        channel["lastMessage"] = message["id"]
        channel["lastNumber"] = max(channel["lastNumber"], message["number"])
        if (thread := message["thread"]) and thread["id"] in channel["messages"]:
            channel["messages"][thread["id"]]["replyCount"] = thread["replyCount"]
        if event["actor"] and event["actor"]["id"] == self.viewer.id:
            _has_read(channel, message["cursor"], message["number"], 0)
        _count(channel)

    def _message_changed(self, event: Json) -> None:
        channel, message = self.channels.get(event["channelId"]), event["message"]
        # What is not there yet comes with an event that is still to come.
        if channel and message and message["id"] in channel["messages"]:
            channel["messages"][message["id"]] = message

    def _message_deleted(self, event: Json) -> None:
        channel = self.channels.get(event["channelId"])
        if channel and (message := channel["messages"].get(event["messageId"])):
            message |= {"body": "", "editedAt": None, "deletedAt": event["at"]}
            message |= {"reactions": [], "myReactions": [], "mentions": [], "pinnedAt": None}
            message["files"] = []

    def _file_updated(self, event: Json) -> None:
        channel = self.channels.get(event["channelId"])
        for message in channel["messages"].values() if channel else ():
            files = [event["file"] if f["id"] == event["fileId"] else f for f in message["files"]]
            message["files"] = [file for file in files if file]

    def _membership_updated(self, event: Json) -> None:
        if event["channelId"] in self.channels and event["channel"]:
            self.channels[event["channelId"]] |= event["channel"]["membership"]

    async def _messages_purged(self, event: Json) -> None:
        if event["channelId"] in self.channels and (seen := await self._seen(event["channelId"])):
            await self._keep([seen])

    async def _user_deleted(self, event: Json) -> None:
        """What they said is still there, and nobody's: it is looked at anew wherever it may be."""
        self.people.pop(event["userId"], None)
        self.watched.discard(event["userId"])
        found = (await self.viewer.ask(OWN))["data"]
        self._keep_blocked(found["blockedUsers"])
        await self._keep(whole(found["channels"]))

    async def _blocks_changed(self, _: Json) -> None:
        self._keep_blocked(await self.viewer.do(f"{{ {BLOCKED} }}"))

    def _read_marked(self, event: Json) -> None:
        if channel := self.channels.get(event["channelId"]):
            of = (event["lastRead"], event["lastReadNumber"], event["purgedUnread"])
            _has_read(channel, *of)
            _count(channel)

    def _channel_created(self, event: Json) -> None:
        """Nothing: what comes of it is heard of next; and reports are not kept here."""

    def _call_changed(self, event: Json) -> None:
        if channel := self.channels.get(event["channelId"]):
            channel["call"] = event.get("call")

    def _channel_updated(self, event: Json) -> None:
        if event["channelId"] in self.channels and event["channel"]:
            self.channels[event["channelId"]] |= event["channel"]

    def _channel_deleted(self, event: Json) -> None:
        self.channels.pop(event["channelId"], None)

    async def _member_added(self, event: Json) -> None:
        user_id, channel = event["userId"], self.channels.get(event["channelId"])
        if user_id == self.viewer.id:
            # Who has been removed by now hears of that next.
            if seen := await self._seen(event["channelId"]):
                await self._keep([seen])
        elif channel and event["member"] and user_id not in channel["members"]:
            channel["members"][user_id] = _place(event["member"])
            channel["memberCount"] += 1
            self.people[user_id] = event["user"]

    def _member_removed(self, event: Json) -> None:
        channel = self.channels.get(event["channelId"])
        if event["userId"] == self.viewer.id:
            self.channels.pop(event["channelId"], None)
        elif channel and channel["members"].pop(event["userId"], None):
            channel["memberCount"] -= 1

    def _member_updated(self, event: Json) -> None:
        channel = self.channels.get(event["channelId"])
        # Who is no member any more is in an event that is still to come.
        if channel and event["member"] and event["userId"] in channel["members"]:
            channel["members"][event["userId"]] = _place(event["member"])
            channel |= channel["members"][self.viewer.id]

    def _person_changed(self, event: Json) -> None:
        if event["userId"] in self.people and event["user"]:
            self.people[event["userId"]] = event["user"]


def _place(member: Json) -> Json:
    """What somebody is in a channel."""
    return {key: member[key] for key in ("role", "mutedUntil")}


def _has_read(channel: Json, cursor: str, number: int, purged: int) -> None:
    """Notes it, unless more has been read already."""
    if number > channel["lastReadNumber"]:
        channel["lastRead"], channel["lastReadNumber"] = cursor, number
        channel["purgedUnread"] = purged


def _count(channel: Json) -> None:
    """Says how many messages are unread, from what is known of both ends."""
    unread = channel["lastNumber"] - channel["lastReadNumber"] - channel["purgedUnread"]
    # What was read on another device may be a message that is still to come here.
    channel["unreadCount"] = max(0, unread)


BY_ITSELF: dict[str, Callable[[Replica, Json], None]] = {
    "MessageAdded": Replica._message_added,
    "MessageEdited": Replica._message_changed,
    "MessageDeleted": Replica._message_deleted,
    "ReactionsChanged": Replica._message_changed,
    "PinsChanged": Replica._message_changed,
    "FileUpdated": Replica._file_updated,
    "MembershipUpdated": Replica._membership_updated,
    "ReadMarked": Replica._read_marked,
    **dict.fromkeys(
        ("CallStarted", "CallUpdated", "CallInvited", "CallAccepted", "CallEnded"),
        Replica._call_changed,
    ),
    **dict.fromkeys(("CallDeclined", "CallMissed"), Replica._channel_created),
    "ChannelCreated": Replica._channel_created,
    "ChannelUpdated": Replica._channel_updated,
    "ChannelDeleted": Replica._channel_deleted,
    "MemberUpdated": Replica._member_updated,
    "MemberRemoved": Replica._member_removed,
    "UserUpdated": Replica._person_changed,
    "UserBanned": Replica._person_changed,
    "UserUnbanned": Replica._person_changed,
    "ReportsChanged": Replica._channel_created,
}
"""What a client does about events that tell all there is to know."""
BY_ASKING: dict[str, Callable[[Replica, Json], Awaitable[None]]] = {
    "MemberAdded": Replica._member_added,
    "BlocksChanged": Replica._blocks_changed,
    "MessagesPurged": Replica._messages_purged,
    "UserDeleted": Replica._user_deleted,
}
"""And about those that make it ask."""


def whole(page: Json) -> list[Json]:
    """The nodes of a list that is short enough for one page."""
    assert not page["pageInfo"]["hasNextPage"]
    return list(page["nodes"])


def differences(kept: Json, found: Json, path: str = "") -> list[str]:
    """Where two states differ, line by line."""
    if isinstance(kept, dict) and isinstance(found, dict):
        names = sorted({*kept, *found})
        lines = [
            differences(kept.get(name), found.get(name), f"{path}/{name}")
            for name in names
            if kept.get(name) != found.get(name)
        ]
        return [line for found_lines in lines for line in found_lines]
    return [] if kept == found else [f"{path}: kept {kept}, but there is {found}"]
