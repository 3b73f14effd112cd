"""What happens on that day: each deed is done on the server, and written into the model."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.ids import new_id
from tests.cast import Json, Person
from tests.day.model import Model
from tests.day.people import Ids

SEND = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { id cursor } }"
CREATE = "mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }"
EDIT = "mutation($input: EditMessageInput!) { editMessage(input: $input) { id } }"


class Day:
    """The day, as far as it has come."""

    def __init__(self, people: dict[str, Person]) -> None:
        self.people = people
        self.ids = Ids()
        self.model = Model()
        self.cursors: dict[str, str] = {}

    def id(self, name: str) -> str:
        """Of a person, a channel or a message."""
        return self.people[name].id if name in self.people else self.ids[name]

    async def do(self, who: str, operation: str, **ids: Any) -> Json:
        """A mutation in few words: `%name` stands for an id, of which there are some."""
        document = operation
        for name in ids.get("of", "").split():
            document = document.replace(f"%{name}", f'"{self.id(name)}"')
        return await self.people[who].do(f"mutation {{ {document} }}")

    async def make(self, room: str, kind: str, owner: str, *others: str) -> None:
        name = room if kind in ("PUBLIC", "PRIVATE") else None
        given = {"id": self.ids[room], "kind": kind, "memberIds": [self.id(o) for o in others]}
        await self.people[owner].do(CREATE, input={**given, **({"name": name} if name else {})})
        self.model.make(room, kind, owner, *others, name=name)

    async def say(
        self, who: str, room: str, key: str, body: str, to: str | None = None, **names: Any
    ) -> None:
        given = {"channelId": self.ids[room], "id": self.ids[key], "body": body}
        if to:
            given["replyToId"] = self.ids[to]
        for _ in range(2):  # the first answer may have been lost
            self.cursors[key] = (await self.people[who].do(SEND, input=given))["cursor"]
        self.model.say(key, room, who, body, reply_to=to, **names)

    async def edit(self, who: str, key: str, body: str, *names: str, ago: int = 0) -> None:
        at = (datetime.now(UTC) - timedelta(minutes=ago)).isoformat()
        given = {"id": self.ids[key], "body": body, **({"at": at} if ago else {})}
        await self.people[who].do(EDIT, input=given)
        said = self.model.messages[key]
        said.body, said.edited, said.names = body, True, set(names)

    async def react(self, who: str, key: str, emoji: str, *, add: bool = True) -> None:
        field = "addReaction" if add else "removeReaction"
        await self.do(who, f'{field}(messageId: %{key}, emoji: "{emoji}") {{ id }}', of=key)
        there = self.model.messages[key].reactions.setdefault(emoji, [])
        if add and who not in there:
            there.append(who)
        if not add and who in there:
            there.remove(who)

    async def read(self, who: str, room: str, key: str) -> None:
        document = "markRead(channelId: %room, cursor: %at) { id }"
        document = document.replace("%room", f'"{self.ids[room]}"')
        await self.do(who, document.replace("%at", f'"{self.cursors[key]}"'))
        there = self.model.rooms[room]
        upto = there.said.index(key) + 1
        there.read[who] = max(upto, there.read.get(who, 0))


async def morning(day: Day) -> None:
    """Channels of every kind come to be, and people come into them."""
    await day.make("lobby", "PUBLIC", "ada", "ben", "cem")
    await day.make("plans", "PRIVATE", "ada", "ben", "dan")
    await day.make("trio", "GROUP", "eva", "fay", "gus")
    for who in ("eva", "fay"):
        await day.do(who, "joinChannel(id: %lobby) { id }", of="lobby")
        day.model.enter("lobby", who)
    await day.do(
        "ada", "addMembers(channelId: %plans, userIds: [%cem, %eva]) { id }", of="plans cem eva"
    )
    day.model.enter("plans", "cem", "eva")
    opened = await day.do("ben", "openDirectChannel(userId: %eva) { id }", of="eva")
    day.ids.name("duo", opened["id"])
    day.model.make("duo", "DIRECT", "ben", "eva")
    notes = await day.do("hal", "openDirectChannel(userId: %hal) { id }", of="hal")
    day.ids.name("notes", notes["id"])
    day.model.make("notes", "DIRECT", "hal")
    invite = await day.do("ada", "createInvite(input: { channelId: %plans }) { code }", of="plans")
    other = await day.do("ada", "createInvite(input: { channelId: %plans }) { code }", of="plans")
    await day.do("hal", f'acceptInvite(code: "{invite["code"]}") {{ id }}')
    day.model.enter("plans", "hal")
    await day.do("ada", f'revokeInvite(code: "{other["code"]}") {{ revoked }}')
    looked = await day.people["gus"].do(
        f'{{ invite(code: "{invite["code"]}") {{ channelName memberCount }} }}'
    )
    assert looked == {"channelName": "plans", "memberCount": 6}
    assert (
        await day.people["gus"].code(
            f'mutation {{ acceptInvite(code: "{other["code"]}") {{ id }} }}'
        )
        == "NOT_FOUND"
    )


async def noon(day: Day) -> None:
    """There is much to say."""
    await day.say("ada", "lobby", "hello", "hello @channel", names={"channel"})
    await day.say("ben", "lobby", "hi", "hi @ada", names={"ada"})
    await day.say("cem", "lobby", "nocall", "@channel is not mine to call")
    await day.say("eva", "lobby", "answer", "who is there?", to="hello")
    await day.say("fay", "lobby", "further", "me", to="answer")
    await day.say("eva", "duo", "secret", "between us")
    await day.say("ben", "duo", "secrettoo", "yes", to="secret")
    await day.say("hal", "notes", "list", "milk, bread")
    await day.say("fay", "trio", "trio1", "a trio, @channel", names={"channel"})
    await day.say("dan", "plans", "plan", "plan A, @eva and @gus", names={"eva"})
    await day.edit("ben", "hi", "hi @cem and @ada", "cem", "ada")
    await day.edit("cem", "nocall", "said on the train", ago=30)
    await day.edit("dan", "plan", "plan B")
    for who, key, emoji in (
        *(("ada", "hi", "👍"), ("cem", "hi", "👍"), ("eva", "hi", "🎉"), ("fay", "hello", "👍")),
        *(("gus", "trio1", "👋"), ("eva", "plan", "👍"), ("hal", "plan", "👍")),
    ):
        await day.react(who, key, emoji)
    await day.react("cem", "hi", "👍", add=False)
    await day.react("cem", "hi", "👍")
    await day.react("hal", "plan", "👍", add=False)
    await day.do("ada", "pinMessage(messageId: %hello) { id }", of="hello")
    await day.do("ada", "pinMessage(messageId: %hi) { id }", of="hi")
    await day.do("ada", "unpinMessage(messageId: %hi) { id }", of="hi")
    await day.do("gus", "pinMessage(messageId: %t) { id }".replace("%t", f'"{day.ids["trio1"]}"'))
    day.model.messages["hello"].pinned = day.model.messages["trio1"].pinned = True
    await day.read("cem", "lobby", "hi")
    await day.read("eva", "plans", "plan")
    await day.read("cem", "lobby", "hello")


async def afternoon(day: Day) -> None:
    """Things change, and order is kept."""
    await day.do(
        "ada", 'updateChannel(input: { id: %lobby, topic: "all are welcome" }) { id }', of="lobby"
    )
    day.model.rooms["lobby"].topic = "all are welcome"
    await day.do(
        "ada",
        "setChannelRole(channelId: %lobby, userId: %ben, role: MODERATOR) { id }",
        of="lobby ben",
    )
    day.model.rooms["lobby"].members["ben"] = "MODERATOR"
    await day.do("ben", "deleteMessage(id: %further) { id }", of="further")
    await day.do("fay", f'deleteMessage(id: "{day.ids["further"]}") {{ id }}')
    day.model.messages["further"].empty()
    await day.do("cem", f'deleteMessage(id: "{day.ids["nocall"]}") {{ id }}')
    day.model.messages["nocall"].empty()
    await day.do("ada", "removeMember(channelId: %plans, userId: %cem) { id }", of="plans cem")
    day.model.leave("plans", "cem")
    await day.do("dan", "leaveChannel(id: %plans)", of="plans")
    day.model.leave("plans", "dan")
    await day.do(
        "ada", "setChannelRole(channelId: %plans, userId: %ben, role: OWNER) { id }", of="plans ben"
    )
    day.model.rooms["plans"].members |= {"ben": "OWNER", "ada": "MODERATOR"}
    await day.do("eva", "setNotifications(channelId: %lobby, level: MENTIONS) { id }", of="lobby")
    day.model.rooms["lobby"].levels["eva"] = "MENTIONS"
    await day.do("eva", "blockUser(userId: %ada) { id }", of="ada")
    await day.do("fay", "blockUser(userId: %ben) { id }", of="ben")
    await day.do("fay", "unblockUser(userId: %ben) { id }", of="ben")
    day.model.blocks.add(("eva", "ada"))
    await day.say("ada", "lobby", "call", "@channel and @eva", names={"channel", "eva"})
    await day.say("ben", "lobby", "calltoo", "@channel", names={"channel"})
    await day.do("root", "joinChannel(id: %plans) { id }", of="plans")
    day.model.enter("plans", "root")
    await day.do("ida", 'banUser(input: { userId: %gus, reason: "enough" }) { id }', of="gus")
    day.model.people["gus"]["banned"] = True
    await day.do("ida", 'banUser(input: { userId: %cem, reason: "enough" }) { id }', of="cem")
    await day.do("ida", "unbanUser(userId: %cem) { id }", of="cem")
    await day.do("fay", 'updateProfile(input: { statusText: "at sea" }) { id }')
    await day.make("attic", "PRIVATE", "ada", "ben")
    await day.say("ada", "attic", "dust", "dust")
    await day.do("ada", "deleteChannel(id: %attic)", of="attic")
    del day.model.rooms["attic"]
    await day.do("ada", "setTyping(channelId: %lobby)", of="lobby")
    await calls(day)


async def calls(day: Day) -> None:
    """Some speak to each other, and have hung up again in the end."""
    adas, bens, evas = (f'peer: "{new_id()}"' for _ in range(3))
    await day.do("ada", f"joinCall(channelId: %lobby, {adas}) {{ id }}", of="lobby")
    await day.do("ben", f"joinCall(channelId: %lobby, {bens}) {{ id }}", of="lobby")
    muted = f"input: {{ channelId: %lobby, {bens}, muted: true }}"
    await day.do("ben", f"setCallMedia({muted}) {{ id }}", of="lobby")
    said = f"fromPeer: {bens.removeprefix('peer: ')}, toUser: %ada, kind: BYE"
    await day.do("ben", f"sendSignal(input: {{ {said} }}) {{ id }}", of="ada")
    await day.do("ada", f"leaveCall(channelId: %lobby, {adas})", of="lobby")
    await day.do("ben", f"leaveCall(channelId: %lobby, {bens})", of="lobby")
    await day.do("eva", f"joinCall(channelId: %duo, {evas}) {{ id }}", of="duo")
    await day.do("ben", "declineCall(channelId: %duo)", of="duo")


async def evening(day: Day) -> None:
    """Order is made in the house."""
    await day.do("root", 'setWordList(words: ["Cabbage", "rotten fish"])')
    await day.say("eva", "lobby", "smell", "what a smell of rotten  FISH!")
    await day.do("eva", 'reportMessage(messageId: %call, reason: "loud")', of="call")
    reports = await day.people["ida"].do(
        "{ reports(status: OPEN) { nodes { id messageId reason byWordList body } } }"
    )
    assert [(one["body"], one["byWordList"]) for one in reports["nodes"]] == [
        ("@channel and @eva", False),
        ("what a smell of rotten  FISH!", True),
    ]
    loud, smell = (one["id"] for one in reports["nodes"])
    handle = "handleReport(input: { id: %s, status: %s, deleteMessage: %s }) { status }"
    await day.do("ida", handle % (f'"{loud}"', "DISMISSED", "false"))
    await day.do("ida", handle % (f'"{smell}"', "RESOLVED", "true"))
    day.model.messages["smell"].empty()
    await day.do("ada", "muteMember(channelId: %lobby, userId: %eva) { id }", of="lobby eva")
    muted = await day.people["eva"].refused(
        SEND, input={"channelId": day.ids["lobby"], "body": "let me speak"}
    )
    assert (muted["code"], muted["mutedUntil"]) == ("FORBIDDEN", None)
    await day.do("ada", "unmuteMember(channelId: %lobby, userId: %eva) { id }", of="lobby eva")
    await day.say("eva", "lobby", "spoken", "thank you, @fay", names={"fay"})
    await day.read("cem", "lobby", "hi")
    # What was read by some and not by others; what began a thread; what is the latest.
    gone = await day.do(
        "root", "purgeMessages(input: { channelId: %lobby, userId: %ada })", of="lobby ada"
    )
    assert gone == 2
    day.model.purge("hello", "call")
    await day.say("ben", "lobby", "after", "after that, @cem", names={"cem"})
    await day.read("fay", "lobby", "smell")
    assert await day.do("root", "purgeMessages(input: { userId: %ben })", of="ben") == 4
    day.model.purge("hi", "secrettoo", "calltoo", "after")
    await day.do("root", "deleteUser(userId: %fay, content: DELETE)", of="fay")
    day.model.purge("further", "trio1")
    day.model.depart("fay")
    await day.do("root", "deleteUser(userId: %eva)", of="eva")
    day.model.depart("eva")
    day.model.people["eva"]["gone"] = day.model.people["fay"]["gone"] = True


Part = Callable[[Day], Awaitable[None]]
PARTS: tuple[Part, ...] = (morning, noon, afternoon, evening)
