"""A long walk: anybody does anything, and looks now and then at what has become of it all."""

from random import Random

from adapters.ids import new_id
from tests.replica import cases
from tests.replica.replica import Replica, differences
from tests.replica.story import NAMES, Story

ROLES = ("MEMBER", "MODERATOR", "OWNER")
KINDS = ("GROUP", "PRIVATE", "PUBLIC")


class Walk:
    """What happens is up to chance; what is not allowed does not happen."""

    def __init__(self, story: Story, chance: Random) -> None:
        self.story = story
        self.chance = chance
        self.channels = ["lobby", "plans"]
        self.said = ["adas", "bens", "secret"]
        self.trail: list[str] = []
        """What happened, for whoever has to find out why."""

    async def begin(self) -> None:
        """Everybody looks for the first time."""
        for name in NAMES:
            self.story.replicas[name] = await self._loaded(name)

    async def step(self) -> None:
        """Somebody does something."""
        who, does = self.chance.choice(NAMES), self._something()
        await self.story.look_up(who)
        answer = await self.story.ask(who, does)
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
        assert "INTERNAL" not in codes
        self.trail.append(f"{who}: {does} {codes}")

    def _something(self) -> str:
        who, other = self.chance.sample(NAMES, 2)
        channel, new = self.chance.choice(self.channels), f"id{len(self.trail)}"
        self.story.ids[new] = new_id()
        kind = self.chance.choice(KINDS)
        message = self.chance.choice(self.said)
        body = self.chance.choice(("hola", "hola", "@channel", "¡@%cems_name!"))
        to = self.chance.choice(("", "", message))
        likely = [cases.says(channel, new, body, to)] * 5
        usual = [
            *(
                cases.edits(message, f"{body} {new}"),
                cases.edits(message, body),
                cases.pins(message),
            ),
            *(cases.likes(message), cases.likes(message, "🎉"), cases.unlikes(message)),
            *(cases.unsays(message), cases.unpins(message), cases.hears(channel, "MENTIONS")),
            *(cases.calls(channel), cases.calls(channel, "other_peer"), cases.hangs_up(channel)),
            *(cases.shows(channel, "muted: true"), cases.shows(channel, "camera: true")),
            *(cases.hears(channel, "ALL"), cases.blocks(who), cases.unblocks(who)),
        ]
        rarer = [cases.joins(channel), cases.leaves(channel), cases.adds(channel, who, other)] * 2
        rare = [
            cases.purges(f"channelId: %{channel} userId: %{who}"),
            cases.mutes(channel, who),
            cases.mutes(channel, who, "unmuteMember"),
            cases.reads(channel, "now"),
            cases.reads(channel, "now"),
            cases.reads(channel, "early"),
            cases.removes(channel, who),
            cases.makes(channel, who, self.chance.choice(ROLES)),
            cases.makes(channel, who, self.chance.choice(ROLES)),
            cases.updates(channel, f'name: "{new}" kind: {kind}'),
            cases.deletes(channel),
            cases.profile(f'displayName: "{new}"'),
            cases.appoints(who, self.chance.choice(("MEMBER", "MEMBER", "MODERATOR", "ADMIN"))),
            cases.bans(who),
            *[cases.unbans(name) for name in NAMES],
            cases.opens(who),
        ]
        made = cases.creates(kind, who, other, new=new)
        chosen = self.chance.choice([*likely, *usual, *rarer, *rare, made])
        if chosen == likely[0]:
            self.said.append(new)
        if chosen == made:
            self.channels.append(new)
        return chosen

    async def look(self, name: str) -> list[str]:
        """Lets somebody catch up; returns where what they have differs from what they find."""
        if await self.story.banned(name):
            return []
        kept = self.story.replicas[name]
        await kept.catch_up(self.chance.randrange(1, 15))
        found = await self._loaded(name)
        return self.story.named(differences(kept.state(), found.state()))

    async def _loaded(self, name: str) -> Replica:
        """What somebody sees now; nobody watches others, for who may do so changes."""
        replica = Replica(self.story.people[name])
        await replica.load()
        return replica
