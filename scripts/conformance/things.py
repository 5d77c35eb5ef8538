"""Things that exist in the Studio under test, by the names under which Studio speaks of them."""

import json
import random
import re

# Kept of one name, besides the first, which the seed made.
NEWEST = 12
TEXT_MAX = 8_192
NOBODYS = "00000000-0000-4000-8000-000000000000"
DID = re.compile(r"did:cheqd:(?:testnet|mainnet):[0-9a-zA-Z-]+")

# Names that mean something else in every family of routes.
COMMON = {"id", "name", "type", "state", "status", "code", "title", "detail", "error", "kind", "network", "role", "url"}
# Under another name in questions than in answers.
ALSO = {
    "issuerdid": "did",
    "subjectdid": "did",
    "issuer": "did",
    "subject": "did",
    "controller": "did",
    "didurl": "resourceuri",
    "parentaccreditation": "resourceuri",
    "rootauthorization": "resourceuri",
    "roots": "resourceuri",
    "schemaid": "resourceuri",
    "credentialschema": "resourceuri",
    "credential": "jwt",
    "operation": "operationid",
    "job": "jobid",
}
# What `{id}` in a path is, by the path's family; elsewhere it is the family's own `id`.
IDS = {"operation": "operationid", "job": "jobid"}


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def family(path: str) -> str:
    parts = [part.rstrip("s") for part in path.split("/") if part and part not in ("admin", "auth", "1.0")]
    return parts[0] if parts else ""


class Things:
    """What is known; `seeded` are those of the seed, which hang together."""

    def __init__(self, seeded: dict[str, list[str]]) -> None:
        self.seeded = {plain(name): values for name, values in seeded.items()}
        self.met: dict[tuple[str, str], list[str]] = {}

    def learn(self, group: str, value: object, name: str = "") -> None:
        """Keeps whatever an answer names."""
        if isinstance(value, dict):
            for member, inner in value.items():
                self.learn(group, inner, plain(member))
        elif isinstance(value, list):
            for inner in value[:20]:
                self.learn(group, inner, name)
        elif isinstance(value, str) and name and 3 < len(value) <= TEXT_MAX:
            self._remember((group, name), value)
            if name not in COMMON:
                self._remember(("", name), value)
            if DID.fullmatch(value):
                self._remember(("", "did"), value)

    def _remember(self, name: tuple[str, str], value: str) -> None:
        known = self.met.setdefault(name, [])
        if value not in known:
            del known[1 : max(1, len(known) - NEWEST + 2)]
            known.append(value)

    def named(self, group: str, name: str, dice: random.Random, seeds: float = 0.6) -> str | None:
        """Something of this name: one of the seed's with that probability."""
        name = plain(name)
        if name == "id" and group in IDS:
            name = IDS[group]
        if name in self.seeded and dice.random() < seeds:
            return dice.choice(self.seeded[name])
        also = ALSO.get(name, name)
        for asked in ((group, name), ("", name), (group, also), ("", also)):
            if known := self.met.get(asked):
                return dice.choice(known)
        return dice.choice(self.seeded[name]) if name in self.seeded else None

    def filled(self, value: object, group: str, dice: random.Random, seeds: float = 0.6, name: str = "") -> object:
        """The same with things in it that exist."""
        if isinstance(value, dict):
            return {member: self.filled(inner, group, dice, seeds, member) for member, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner, group, dice, seeds, name) for inner in value]
        if isinstance(value, str) and name and dice.random() < 0.9:
            found = self.named(group, name, dice, seeds)
            return value if found is None else found
        return value

    def moved(self, value: object, dice: random.Random) -> object:
        """The same about another DID: all that a document says of itself stays together."""
        text = json.dumps(value)
        did = self.named("", "did", dice, 0.85)
        return json.loads(DID.sub(lambda _: did, text)) if did else value


def spared(value: object, what: set[str]) -> object:
    """The same, but never naming what the run itself needs."""
    if isinstance(value, dict):
        return {spared(member, what): spared(inner, what) for member, inner in value.items()}
    if isinstance(value, list):
        return [spared(inner, what) for inner in value]
    if isinstance(value, str) and any(own in value for own in what):
        return NOBODYS
    return value
