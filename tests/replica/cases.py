"""What can be done on the server, and who is told of it."""

import json
import re
from dataclasses import dataclass, field

from tests.peers import SDP


@dataclass(frozen=True)
class Case:
    """Somebody does something, and those who may know of it hear of it.

    ada owns the PUBLIC lobby, with ben and cem in it, and the PRIVATE plans, with ben. The
    outsider and the moderator are in no channel, nor is the admin.
    """

    how: str
    who: str
    does: str
    hears: dict[str, str] = field(default_factory=dict)
    """Events in their order, by the names of those who hear them; others hear nothing."""
    first: tuple[tuple[str, str], ...] = ()
    """Who did what before anybody looked."""
    shut_out: str = ""
    """Who cannot look any more."""

    @property
    def operation(self) -> str:
        """The mutation's name."""
        return re.split(r"\W", self.does, maxsplit=1)[0]

    @property
    def name(self) -> str:
        """What the tests of it are called."""
        return f"{self.operation} {self.how}"

    def heard_by(self, name: str) -> list[str]:
        """What somebody is told."""
        told = [events for names, events in self.hears.items() if name in names.split()]
        return " ".join(told).split()


def creates(kind: str, *members: str, new: str = "new") -> str:
    """Makes a channel with these members."""
    title = "" if kind == "DIRECT" else 'name: "room"'
    people = ", ".join(f"%{member}" for member in members)
    given = f"id: %{new} kind: {kind} {title} memberIds: [{people}]"
    return f"createChannel(input: {{ {given} }}) {{ id }}"


def opens(who: str) -> str:
    """Opens the DIRECT channel with somebody."""
    return f"openDirectChannel(userId: %{who}) {{ id }}"


def updates(channel: str, changes: str) -> str:
    """Changes a channel."""
    return f"updateChannel(input: {{ id: %{channel} {changes} }}) {{ id }}"


def deletes(channel: str) -> str:
    """Deletes a channel."""
    return f"deleteChannel(id: %{channel})"


def joins(channel: str) -> str:
    """Joins a channel."""
    return f"joinChannel(id: %{channel}) {{ id }}"


def leaves(channel: str) -> str:
    """Leaves a channel."""
    return f"leaveChannel(id: %{channel})"


def adds(channel: str, *people: str) -> str:
    """Makes people members of a channel."""
    ids = ", ".join(f"%{person}" for person in people)
    return f"addMembers(channelId: %{channel}, userIds: [{ids}]) {{ id }}"


def removes(channel: str, who: str) -> str:
    """Ends a member's membership."""
    return f"removeMember(channelId: %{channel}, userId: %{who}) {{ id }}"


def makes(channel: str, who: str, role: str) -> str:
    """Gives a member another role."""
    return f"setChannelRole(channelId: %{channel}, userId: %{who}, role: {role}) {{ id }}"


def says(channel: str, message: str = "message", body: str = "hola", to: str = "") -> str:
    """Says something, with an id of one's own choice, to all or in reply."""
    reply = f"replyToId: %{to}" if to else ""
    given = f'{{ id: %{message} channelId: %{channel} body: "{body}" {reply} }}'
    return f"sendMessage(input: {given}) {{ id }}"


def sends_file(message: str) -> str:
    """Says nothing, and sends a file with it."""
    return f"sendMessage(input: {{ id: %{message} channelId: %lobby fileIds: [%file] }}) {{ id }}"


def calls(channel: str, peer: str = "peer") -> str:
    """Takes part in a call, which begins if there is none."""
    return f"joinCall(channelId: %{channel}, peer: %{peer}) {{ id }}"


def hangs_up(channel: str, peer: str = "peer") -> str:
    """Takes part in a call no more."""
    return f"leaveCall(channelId: %{channel}, peer: %{peer})"


def shows(channel: str, media: str, peer: str = "peer") -> str:
    """Lets others in a call hear or see more or less."""
    return f"setCallMedia(input: {{ channelId: %{channel} peer: %{peer} {media} }}) {{ id }}"


def reads(channel: str, upto: str) -> str:
    """Has read a channel up to a cursor."""
    return f"markRead(channelId: %{channel}, cursor: %{upto}) {{ id }}"


def edits(message: str, body: str, at: str = "") -> str:
    """Has a message say something else."""
    return f'editMessage(input: {{ id: %{message} body: "{body}" {at} }}) {{ id }}'


def unsays(message: str) -> str:
    """Deletes a message."""
    return f"deleteMessage(id: %{message}) {{ id }}"


def likes(message: str, emoji: str = "👍") -> str:
    """Puts an emoji beside a message."""
    return f'addReaction(messageId: %{message}, emoji: "{emoji}") {{ id }}'


def unlikes(message: str, emoji: str = "👍") -> str:
    """Takes an emoji back."""
    return f'removeReaction(messageId: %{message}, emoji: "{emoji}") {{ id }}'


def pins(message: str) -> str:
    """Pins a message."""
    return f"pinMessage(messageId: %{message}) {{ id }}"


def unpins(message: str) -> str:
    """Takes a pin away."""
    return f"unpinMessage(messageId: %{message}) {{ id }}"


def hears(channel: str, level: str) -> str:
    """Chooses what to be told of a channel."""
    return f"setNotifications(channelId: %{channel}, level: {level}) {{ id }}"


def blocks(who: str) -> str:
    """Wants to hear nothing from somebody."""
    return f"blockUser(userId: %{who}) {{ id }}"


def unblocks(who: str) -> str:
    """Is ready to hear from somebody again."""
    return f"unblockUser(userId: %{who}) {{ id }}"


def bans(who: str, until: str = "") -> str:
    """Shuts somebody out."""
    return f'banUser(input: {{ userId: %{who} reason: "enough" {until} }}) {{ id }}'


def unbans(who: str) -> str:
    """Lets somebody in again."""
    return f"unbanUser(userId: %{who}) {{ id }}"


def appoints(who: str, role: str) -> str:
    """Gives somebody another role on the server."""
    return f"setRole(userId: %{who}, role: {role}) {{ id }}"


def profile(changes: str) -> str:
    """Changes what others see of one."""
    return f"updateProfile(input: {{ {changes} }}) {{ id }}"


def mutes(channel: str, who: str, does: str = "muteMember") -> str:
    """Has somebody say nothing in a channel, or lets them again."""
    return f"{does}(channelId: %{channel}, userId: %{who}) {{ id }}"


def purges(what: str) -> str:
    """Takes messages away for good."""
    return f"purgeMessages(input: {{ {what} }})"


def deletes_user(who: str, content: str = "KEEP") -> str:
    """Deletes an account."""
    return f"deleteUser(userId: %{who}, content: {content})"


MADE = "ChannelCreated MemberAdded"
LOBBY, PLANS, STAFF = "ada ben cem", "ada ben", "moderator admin"
CONNECTS = f'connectServer(input: {{ offer: {{ type: "offer" sdp: {json.dumps(SDP)} }} }}) {{ id }}'
ADA_CALLS = (("ada", calls("lobby")),)
DIRECT = ("ada", creates("DIRECT", "ben"))
ALONE_IN_LOBBY = (("ben", leaves("lobby")), ("cem", leaves("lobby")))

CASES = (
    Case(
        "PUBLIC", "ada", creates("PUBLIC", "ben", "cem"), {LOBBY: f"{MADE} MemberAdded MemberAdded"}
    ),
    Case("PRIVATE", "ada", creates("PRIVATE", "cem"), {"ada cem": f"{MADE} MemberAdded"}),
    Case("GROUP", "cem", creates("GROUP", "outsider"), {"cem outsider": f"{MADE} MemberAdded"}),
    Case("DIRECT", "cem", creates("DIRECT", "ben"), {"cem ben": f"{MADE} MemberAdded"}),
    Case("alone", "outsider", creates("PUBLIC"), {"outsider": MADE}),
    Case("again", "ada", creates("GROUP", "cem"), first=(("ada", creates("GROUP", "cem")),)),
    Case("first", "cem", opens("outsider"), {"cem outsider": f"{MADE} MemberAdded"}),
    Case("again", "outsider", opens("cem"), first=(("cem", opens("outsider")),)),
    Case("oneself", "cem", opens("cem"), {"cem": MADE}),
    Case("name", "ada", updates("lobby", 'name: "salon"'), {LOBBY: "ChannelUpdated"}),
    Case("topic", "ada", updates("plans", 'topic: "tea"'), {PLANS: "ChannelUpdated"}),
    Case(
        "topic cleared",
        "ada",
        updates("plans", "topic: null"),
        {PLANS: "ChannelUpdated"},
        first=(("ada", updates("plans", 'topic: "tea"')),),
    ),
    Case("PUBLIC to PRIVATE", "ada", updates("lobby", "kind: PRIVATE"), {LOBBY: "ChannelUpdated"}),
    Case("PUBLIC to GROUP", "ada", updates("lobby", "kind: GROUP"), {LOBBY: "ChannelUpdated"}),
    Case("PRIVATE to PUBLIC", "ada", updates("plans", "kind: PUBLIC"), {PLANS: "ChannelUpdated"}),
    Case("of staff", "moderator", updates("lobby", 'topic: "tea"'), {LOBBY: "ChannelUpdated"}),
    Case("to the same", "ada", updates("lobby", 'name: "lobby"'), {LOBBY: "ChannelUpdated"}),
    Case("own", "ada", deletes("lobby"), {LOBBY: "ChannelDeleted"}),
    Case("of staff", "admin", deletes("lobby"), {LOBBY: "ChannelDeleted"}),
    Case("PRIVATE, of staff", "admin", joins("plans"), {f"{PLANS} admin": "MemberAdded"}),
    Case("PUBLIC", "outsider", joins("lobby"), {f"{LOBBY} outsider": "MemberAdded"}),
    Case("again", "ben", joins("lobby")),
    Case(
        "which nobody is in",
        "outsider",
        joins("lobby"),
        {"outsider": "MemberAdded"},
        first=(*ALONE_IN_LOBBY, ("ada", leaves("lobby"))),
    ),
    Case(
        "PRIVATE",
        "outsider",
        "acceptInvite(code: %invite) { id }",
        {f"{PLANS} outsider": "MemberAdded"},
    ),
    Case("to where one is", "ben", "acceptInvite(code: %invite) { id }"),
    Case("as a member", "cem", leaves("lobby"), {LOBBY: "MemberRemoved"}),
    Case("as an outsider", "outsider", leaves("lobby")),
    Case(
        "as the owner, before members",
        "ada",
        leaves("lobby"),
        {LOBBY: "MemberRemoved", "ben cem": "MemberUpdated"},
    ),
    Case(
        "as the owner, before a moderator",
        "ada",
        leaves("lobby"),
        {LOBBY: "MemberRemoved", "ben cem": "MemberUpdated"},
        first=(("ada", makes("lobby", "cem", "MODERATOR")),),
    ),
    Case(
        "as the last in PRIVATE",
        "ada",
        leaves("plans"),
        {"ada": "MemberRemoved"},
        first=(("ben", leaves("plans")),),
    ),
    Case(
        "as the last in PUBLIC",
        "ada",
        leaves("lobby"),
        {"ada": "MemberRemoved"},
        first=ALONE_IN_LOBBY,
    ),
    Case("one", "ben", adds("lobby", "outsider"), {f"{LOBBY} outsider": "MemberAdded"}),
    Case(
        "two",
        "ada",
        adds("lobby", "outsider", "moderator"),
        {f"{LOBBY} outsider": "MemberAdded MemberAdded", "moderator": "MemberAdded"},
    ),
    Case("who is there", "ada", adds("lobby", "cem")),
    Case("below oneself", "ada", removes("lobby", "cem"), {LOBBY: "MemberRemoved"}),
    Case("of staff", "moderator", removes("lobby", "cem"), {LOBBY: "MemberRemoved"}),
    Case("up", "ada", makes("lobby", "cem", "MODERATOR"), {LOBBY: "MemberUpdated"}),
    Case(
        "down",
        "ada",
        makes("lobby", "cem", "MEMBER"),
        {LOBBY: "MemberUpdated"},
        first=(("ada", makes("lobby", "cem", "MODERATOR")),),
    ),
    Case(
        "handing over",
        "ada",
        makes("lobby", "cem", "OWNER"),
        {LOBBY: "MemberUpdated MemberUpdated"},
    ),
    Case(
        "of staff", "admin", makes("lobby", "cem", "OWNER"), {LOBBY: "MemberUpdated MemberUpdated"}
    ),
    Case("to the same", "ada", makes("lobby", "cem", "MEMBER")),
    Case("PUBLIC", "ada", says("lobby"), {LOBBY: "MessageAdded"}),
    Case("who had not read", "cem", says("lobby"), {LOBBY: "MessageAdded"}),
    Case("PRIVATE", "ben", says("plans"), {PLANS: "MessageAdded"}),
    Case(
        "DIRECT",
        "cem",
        says("new"),
        {"cem ben": "MessageAdded"},
        first=(("cem", creates("DIRECT", "ben")),),
    ),
    Case("again", "ada", says("lobby"), first=(("ada", says("lobby")),)),
    Case("to another", "cem", says("lobby", to="adas"), {LOBBY: "MessageAdded"}),
    Case(
        "to a reply",
        "ben",
        says("lobby", to="new"),
        {LOBBY: "MessageAdded"},
        first=(("cem", says("lobby", "new", to="adas")),),
    ),
    Case(
        "that names somebody", "ada", says("lobby", body="¡@%cems_name!"), {LOBBY: "MessageAdded"}
    ),
    Case("that names all", "ada", says("lobby", body="@channel"), {LOBBY: "MessageAdded"}),
    Case("that would name all", "cem", says("lobby", body="@channel"), {LOBBY: "MessageAdded"}),
    Case(
        "of somebody who is blocked",
        "ada",
        says("lobby", body="@channel"),
        {LOBBY: "MessageAdded"},
        first=(("cem", blocks("ada")),),
    ),
    Case("own", "ada", edits("adas", "¡hola!"), {LOBBY: "MessageEdited"}),
    Case("so that it names all", "ada", edits("adas", "@channel"), {LOBBY: "MessageEdited"}),
    Case(
        "so that it names nobody",
        "ada",
        edits("message", "hm"),
        {LOBBY: "MessageEdited"},
        first=(("ada", says("lobby", body="@channel")),),
    ),
    Case(
        "with replies",
        "ada",
        edits("adas", "¡hola!"),
        {LOBBY: "MessageEdited"},
        first=(("cem", says("lobby", to="adas")),),
    ),
    Case("again", "ada", edits("adas", "x"), first=(("ada", edits("adas", "x")),)),
    Case(
        "later than another edit",
        "ada",
        edits("adas", "earlier", 'at: "2026-01-01T00:00:00Z"'),
        first=(("ada", edits("adas", "later", 'at: "2026-01-02T00:00:00Z"')),),
    ),
    Case("that is gone", "ada", edits("adas", "x"), first=(("ada", unsays("adas")),)),
    Case("own", "ada", unsays("adas"), {LOBBY: "MessageDeleted"}),
    Case("of a member", "ada", unsays("bens"), {LOBBY: "MessageDeleted"}),
    Case("with its file", "ada", unsays("with_file"), {LOBBY: "MessageDeleted FileUpdated"}),
    Case(
        "with a file that was sent again",
        "ada",
        unsays("with_file"),
        {LOBBY: "MessageDeleted"},
        first=(("ada", sends_file("message")),),
    ),
    Case("with a file", "ada", sends_file("message"), {LOBBY: "MessageAdded"}),
    Case("own", "ada", "deleteFile(id: %file)", {LOBBY: "FileUpdated"}),
    Case("of staff", "moderator", "deleteFile(id: %file)", {LOBBY: "FileUpdated"}),
    Case("of staff", "moderator", unsays("bens"), {LOBBY: "MessageDeleted"}),
    Case("again", "ada", unsays("adas"), first=(("ada", unsays("adas")),)),
    Case(
        "with all that hangs on it",
        "ada",
        unsays("message"),
        {LOBBY: "MessageDeleted"},
        first=(
            ("ada", says("lobby", body="@channel")),
            ("ada", edits("message", "@channel!")),
            ("cem", likes("message")),
            ("ada", pins("message")),
            ("ben", says("lobby", "new", to="message")),
        ),
    ),
    Case("first", "cem", likes("adas"), {LOBBY: "ReactionsChanged"}),
    Case(
        "beside others",
        "cem",
        likes("adas", "🎉"),
        {LOBBY: "ReactionsChanged"},
        first=(("ben", likes("adas", "🎉")), ("ben", likes("adas"))),
    ),
    Case("again", "cem", likes("adas"), first=(("cem", likes("adas")),)),
    Case("own", "cem", unlikes("adas"), {LOBBY: "ReactionsChanged"}, (("cem", likes("adas")),)),
    Case("which is not there", "cem", unlikes("adas"), first=(("ben", likes("adas")),)),
    Case("PRIVATE", "ben", pins("secret"), {PLANS: "PinsChanged"}),
    Case("PUBLIC", "ada", pins("bens"), {LOBBY: "PinsChanged"}),
    Case("again", "ada", pins("bens"), first=(("ada", pins("bens")),)),
    Case("one", "ada", unpins("bens"), {LOBBY: "PinsChanged"}, (("ada", pins("bens")),)),
    Case("which is not there", "ada", unpins("bens")),
    Case("for mentions", "cem", hears("lobby", "MENTIONS"), {"cem": "MembershipUpdated"}),
    Case("to the same", "cem", hears("lobby", "ALL")),
    Case(
        "who has called",
        "cem",
        blocks("ada"),
        {"cem": "BlocksChanged"},
        first=(("ada", says("lobby", body="@channel")),),
    ),
    Case("in no channel", "outsider", blocks("ada"), {"outsider": "BlocksChanged"}),
    Case("again", "cem", blocks("ada"), first=(("cem", blocks("ada")),)),
    Case("one", "cem", unblocks("ada"), {"cem": "BlocksChanged"}, (("cem", blocks("ada")),)),
    Case("who is not blocked", "cem", unblocks("ada")),
    Case("a part of it", "cem", reads("lobby", "early"), {"cem": "ReadMarked"}),
    Case("all of it", "cem", reads("lobby", "now"), {"cem": "ReadMarked"}),
    Case("backwards", "cem", reads("lobby", "early"), first=(("cem", reads("lobby", "now")),)),
    Case(
        "a fellow",
        "moderator",
        bans("cem"),
        {f"{PLANS} {STAFF}": "UserBanned"},
        shut_out="cem",
    ),
    Case(
        "who is in no channel",
        "moderator",
        bans("outsider"),
        {STAFF: "UserBanned"},
        shut_out="outsider",
    ),
    Case(
        "again, for a time",
        "moderator",
        bans("cem", 'until: "2100-01-01T00:00:00Z"'),
        {f"{PLANS} {STAFF}": "UserBanned"},
        first=(("moderator", bans("cem")),),
        shut_out="cem",
    ),
    Case(
        "and unbanUser, while away",
        "moderator",
        f"{bans('cem')} {unbans('cem')}",
        {f"{LOBBY} {STAFF}": "UserBanned UserUnbanned"},
    ),
    Case(
        "banned before",
        "moderator",
        unbans("cem"),
        {f"{PLANS} {STAFF}": "UserUnbanned", "cem": "UserBanned UserUnbanned"},
        first=(("moderator", bans("cem")),),
    ),
    Case("who is not banned", "moderator", unbans("cem")),
    Case(
        "to MODERATOR", "admin", appoints("cem", "MODERATOR"), {f"{LOBBY} {STAFF}": "UserUpdated"}
    ),
    Case("to ADMIN", "admin", appoints("cem", "ADMIN"), {f"{LOBBY} {STAFF}": "UserUpdated"}),
    Case(
        "from ADMIN",
        "admin",
        appoints("cem", "MEMBER"),
        {f"{LOBBY} {STAFF}": "UserUpdated"},
        first=(("admin", appoints("cem", "ADMIN")),),
    ),
    Case("of one in no channel", "admin", appoints("moderator", "MEMBER"), {STAFF: "UserUpdated"}),
    Case("name", "cem", profile('displayName: "Cem"'), {f"{LOBBY} {STAFF}": "UserUpdated"}),
    Case("status", "cem", profile('statusText: "at sea"'), {f"{LOBBY} {STAFF}": "UserUpdated"}),
    Case("zone", "cem", profile('timeZone: "Europe/Madrid"'), {f"{LOBBY} {STAFF}": "UserUpdated"}),
    Case("name cleared", "cem", profile("displayName: null"), {f"{LOBBY} {STAFF}": "UserUpdated"}),
    Case("address cleared", "cem", profile("email: null"), {f"{LOBBY} {STAFF}": "UserUpdated"}),
    Case(
        "of another",
        "admin",
        'updateUser(input: { userId: %cem displayName: "C" email: null }) { id }',
        {f"{LOBBY} {STAFF}": "UserUpdated"},
    ),
    Case("below oneself", "ada", mutes("lobby", "cem"), {LOBBY: "MemberUpdated"}),
    Case("of staff", "moderator", mutes("lobby", "ben"), {LOBBY: "MemberUpdated"}),
    Case(
        "who was muted",
        "ada",
        mutes("lobby", "cem", "unmuteMember"),
        {LOBBY: "MemberUpdated"},
        first=(("ada", mutes("lobby", "cem")),),
    ),
    Case("who was not", "ada", mutes("lobby", "cem", "unmuteMember")),
    Case(
        "who has left, and comes back",
        "cem",
        joins("lobby"),
        {LOBBY: "MemberAdded"},
        first=(("ada", mutes("lobby", "cem")), ("cem", leaves("lobby"))),
    ),
    Case(
        "of a channel", "admin", purges("channelId: %lobby"), {LOBBY: "MessagesPurged FileUpdated"}
    ),
    Case(
        "of a user",
        "admin",
        purges("userId: %ada"),
        {PLANS: "MessagesPurged MessagesPurged FileUpdated", "cem": "MessagesPurged FileUpdated"},
        first=(("cem", says("lobby", body="@channel", to="adas")),),
    ),
    Case(
        "of a user in a channel, where there are some left",
        "admin",
        purges("userId: %ben channelId: %lobby"),
        {LOBBY: "MessagesPurged"},
        first=(("ada", says("lobby", body="@channel")), ("cem", reads("lobby", "early"))),
    ),
    Case(
        "of a time",
        "admin",
        purges('before: "2100-01-01T00:00:00Z"'),
        {PLANS: "MessagesPurged MessagesPurged FileUpdated", "cem": "MessagesPurged FileUpdated"},
        first=(("cem", says("lobby", body="later")), ("ben", likes("adas"))),
    ),
    Case(
        "of the latest, and more is said",
        "ben",
        says("lobby"),
        {LOBBY: "MessageAdded"},
        first=(("cem", reads("lobby", "early")), ("admin", purges("userId: %ada"))),
    ),
    Case(
        "of the latest, and it is read",
        "cem",
        reads("lobby", "now"),
        {"cem": "ReadMarked"},
        first=(("admin", purges("userId: %ada")),),
    ),
    Case(
        "of the latest, and somebody comes",
        "outsider",
        joins("lobby"),
        {f"{LOBBY} outsider": "MemberAdded"},
        first=(("admin", purges("userId: %ada")),),
    ),
    Case("of nothing", "admin", purges('before: "2001-01-01T00:00:00Z"')),
    Case(
        "of a member",
        "admin",
        deletes_user("cem"),
        {PLANS: "MemberRemoved UserDeleted", f"outsider {STAFF}": "UserDeleted"},
        first=(("cem", says("lobby", body="@channel", to="adas")), ("cem", likes("adas"))),
        shut_out="cem",
    ),
    Case(
        "who is named, and blocked",
        "admin",
        deletes_user("cem"),
        {PLANS: "MemberRemoved UserDeleted", f"outsider {STAFF}": "UserDeleted"},
        first=(("ada", says("lobby", body="¡@%cems_name!")), ("ben", blocks("cem"))),
        shut_out="cem",
    ),
    Case(
        "of an owner, with all that they have said",
        "admin",
        deletes_user("ada", "DELETE"),
        {
            "ben": "MessagesPurged MessagesPurged FileUpdated ReactionsChanged MemberRemoved "
            "MemberUpdated MemberRemoved MemberUpdated UserDeleted",
            "cem": "MessagesPurged FileUpdated ReactionsChanged MemberRemoved MemberUpdated "
            "UserDeleted",
            f"outsider {STAFF}": "UserDeleted",
        },
        first=(("ada", likes("bens")), ("cem", says("lobby", to="adas"))),
        shut_out="ada",
    ),
    Case(
        "of somebody in no channel",
        "admin",
        deletes_user("outsider"),
        {f"{LOBBY} {STAFF}": "UserDeleted"},
        shut_out="outsider",
    ),
    Case("first", "ada", calls("lobby"), {LOBBY: "CallStarted"}),
    Case("next", "ben", calls("lobby", "other_peer"), {LOBBY: "CallUpdated"}, first=ADA_CALLS),
    Case("again", "ada", calls("lobby"), first=ADA_CALLS),
    Case(
        "elsewhere",
        "ada",
        calls("plans"),
        {LOBBY: "CallEnded", PLANS: "CallStarted"},
        first=ADA_CALLS,
    ),
    Case(
        "with one person",
        "ada",
        calls("new"),
        {"ada ben": "CallStarted CallInvited"},
        first=(DIRECT,),
    ),
    Case(
        "that rings",
        "ben",
        calls("new", "other_peer"),
        {"ada ben": "CallAccepted CallUpdated"},
        first=(DIRECT, ("ada", calls("new"))),
    ),
    Case(
        "that rings",
        "ada",
        hangs_up("new"),
        {"ada ben": "CallMissed CallEnded"},
        first=(DIRECT, ("ada", calls("new"))),
    ),
    Case(
        "that rings",
        "ben",
        "declineCall(channelId: %new)",
        {"ada ben": "CallDeclined CallEnded"},
        first=(DIRECT, ("ada", calls("new"))),
    ),
    Case("last", "ada", hangs_up("lobby"), {LOBBY: "CallEnded"}, first=ADA_CALLS),
    Case(
        "while others stay",
        "ada",
        hangs_up("lobby"),
        {LOBBY: "CallUpdated"},
        first=(*ADA_CALLS, ("ben", calls("lobby", "other_peer"))),
    ),
    Case("who is in none", "ada", hangs_up("lobby")),
    Case("less", "ada", shows("lobby", "muted: true"), {LOBBY: "CallUpdated"}, first=ADA_CALLS),
    Case("the same", "ada", shows("lobby", "muted: false"), first=ADA_CALLS),
    Case(
        "who is in a call",
        "ben",
        leaves("lobby"),
        {"ada cem": "CallEnded", LOBBY: "MemberRemoved"},
        first=(("ben", calls("lobby")),),
    ),
    Case(
        "once more",
        "ben",
        'reportMessage(messageId: %adas, reason: "rude")',
        {STAFF: "ReportsChanged"},
    ),
    Case("again", "cem", 'reportMessage(messageId: %adas, reason: "rude")'),
    Case(
        "and the message is deleted",
        "moderator",
        "handleReport(input: { id: %report status: RESOLVED deleteMessage: true }) { id }",
        {LOBBY: "MessageDeleted", STAFF: "ReportsChanged"},
    ),
    Case(
        "which was wrong",
        "moderator",
        "handleReport(input: { id: %report status: DISMISSED }) { id }",
        {STAFF: "ReportsChanged"},
    ),
    Case(
        "of one in no channel",
        "outsider",
        profile('displayName: "O"'),
        {f"outsider {STAFF}": "UserUpdated"},
    ),
)

QUIET = (
    Case("is between oneself and the server", "cem", CONNECTS),
    Case(
        "is told its peers, and kept by nobody",
        "cem",
        "sendSignal(input: { fromPeer: %peer toUser: %ada kind: BYE }) { id }",
    ),
    Case("takes nothing away where there is none", "cem", "setAvatar(file: null) { id }"),
    Case("is the moderators' own", "admin", 'setWordList(words: ["cabbage"])'),
    Case("is nobody else's business", "admin", "resetPassword(userId: %cem) { url }"),
    Case("changes nothing where there is none", "admin", "resetSecondFactor(userId: %cem) { id }"),
    Case(
        "is nobody else's business",
        "cem",
        'createApiToken(input: { name: "bot" scope: READ password: %password }) { token }',
    ),
    Case("is nobody else's business", "cem", "revokeApiToken(id: %token)"),
    Case("counts for nothing yet", "cem", "beginSecondFactor(password: %password) { uri }"),
    Case("is told live, and kept by nobody", "cem", "setTyping(channelId: %lobby)"),
    Case(
        "says nothing until somebody comes",
        "ada",
        "createInvite(input: { channelId: %lobby }) { code }",
    ),
    Case(
        "ends what nobody was told of",
        "ada",
        "revokeInvite(code: %invite) { code }",
    ),
    Case(
        "shares no channel with anybody yet",
        "outsider",
        "register(input: { username: %name password: %password }) { user { id } }",
    ),
    Case(
        "shares no channel with anybody yet",
        "admin",
        "createUser(input: { username: %name }) { user { id } }",
    ),
    Case(
        "begins a session, which is nobody else's business",
        "cem",
        "login(input: { username: %cems_name password: %password }) { user { id } }",
    ),
    Case(
        "renews a session's tokens",
        "cem",
        "refreshSession(refreshToken: %refresh) { user { id } }",
    ),
    Case("ends a session, and that is told to its sockets alone", "cem", "logout"),
    Case(
        "ends a session, and that is told to its sockets alone",
        "cem",
        "endSession(id: %session)",
    ),
    Case(
        "ends sessions, and that is told to their sockets alone",
        "cem",
        "changePassword(input: { currentPassword: %password newPassword: %password })",
    ),
)
"""What changes nothing of what anybody keeps, and why."""
