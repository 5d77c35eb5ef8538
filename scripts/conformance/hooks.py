"""What Schemathesis is told about Studio: who asks, and which things exist.

Texts out of the air end at the first check. So a good part of the requests is the document's own example, with one member or
another as it was generated, and in most the names that Studio has for things (`did`, `kid`, `apiKey`, ...) get things that are
there: the seed's, and whatever answers have named since. Which request gets which is decided by the request itself, so that a
seed makes the same choices again.
"""

import atexit
import collections
import copy
import hashlib
import json
import os
import random
import sys

import requests
import schemathesis
from things import Things, family, spared

BASE = os.environ["CONFORMANCE_URL"]
KEY = os.environ["CONFORMANCE_KEY"]
# key, session or nobody: whose requests these are.
CALLER = os.environ["CONFORMANCE_CALLER"]
# Where it is told at the end what was answered.
ANSWERED = os.environ["CONFORMANCE_ANSWERED"]
# What seed.py made.
SEEDED = os.environ["CONFORMANCE_SEEDED"]

FORM = "application/x-www-form-urlencoded"
# What names something new, and is refused if it is there already.
NEW = {"/credential-status/create/unencrypted": "statusListName", "/admin/role/define": "name"}
LISTS = (
    "/account",
    "/did/list",
    "/key/list",
    "/resource/list",
    "/credential-status/list",
    "/credentials/issued",
    "/trust-registry/accreditation/list?accreditationType=accredit",
    "/trust-registry/accreditation/list?accreditationType=attest",
    "/operations",
    "/jobs",
    "/admin/api-key/list",
    "/admin/invitation/list",
    "/admin/member/list",
    "/admin/role/list",
)

with open(SEEDED, encoding="utf-8") as file:
    seeded = json.load(file)
things = Things(seeded)
EMAIL, PASSWORD = seeded["email"][0], seeded["password"][0]
# Wrong passwords are counted: 50 for an account, and nobody signs in to it for a while.
wrong_passwords_left = 30


def ask(path: str) -> object:
    answer = requests.get(BASE + path, headers={"x-api-key": KEY}, timeout=60)
    answer.raise_for_status()
    return answer.json()


def own_key() -> str:
    """The id of the API key that asks: a run that revokes it would see nothing but 401 from there on."""
    mine = [row["id"] for row in ask("/admin/api-key/list?limit=1000")["apiKeys"] if row["apiKey"].endswith(KEY[-4:])]
    if len(mine) != 1:
        sys.exit(f"conformance: {len(mine)} API keys end with the characters of the one in use")
    return mine[0]


def sign_in() -> str:
    form = {"email": EMAIL, "password": PASSWORD}
    headers = {"origin": BASE, "x-forwarded-for": "192.0.2.1"}
    answer = requests.post(BASE + "/auth/password", data=form, headers=headers, timeout=60, allow_redirects=False)
    cookie = answer.cookies.get("studio-session")
    if not cookie:
        sys.exit(f"conformance: signing in answers {answer.status_code}: {answer.text[:300]}")
    return f"studio-session={cookie}"


for path in LISTS:
    things.learn(family(path), ask(path))
OWN = {KEY, own_key()}
documented = ask("/openapi.json")["paths"]
cookie = sign_in() if CALLER == "session" else ""
# What a route must not get: the DID on which everything hangs, a member, and the password for signing in again.
NEEDED = {
    "/did/deactivate": set(seeded["did"]),
    "/did/deactivate/{did}": set(seeded["did"]),
    "/1.0/deactivate": set(seeded["did"]),
    "/admin/member/remove": set(seeded["userId"][:1]),
    "/auth/password/change": {PASSWORD},
}
answered: dict[str, collections.Counter[int]] = collections.defaultdict(collections.Counter)


@atexit.register
def tell() -> None:
    """A line for each route: how often it answered what."""
    with open(ANSWERED, "w", encoding="utf-8") as file:
        for route, statuses in sorted(answered.items()):
            print(route, *(f"{status}:{times}" for status, times in sorted(statuses.items())), file=file)


def shown(case) -> tuple[object, dict[str, object]]:
    """The example of the body, and those of the query."""
    operation = documented.get(case.path, {}).get(case.method.lower(), {})
    bodies = operation.get("requestBody", {}).get("content", {})
    body = next((copy.deepcopy(body["example"]) for body in bodies.values() if "example" in body), None)
    query = {
        parameter["name"]: parameter["example"]
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and "example" in parameter
    }
    return body, query


def as_shown(case, group: str, dice: random.Random) -> None:
    """Makes the example of it, about things that exist; in one half with some of what was generated."""
    body, query = shown(case)
    query = things.filled(things.moved(query, dice), group, dice, 0.85)
    generated = case.body if isinstance(case.body, dict) else {}
    asked = case.query or {}
    mixed = dice.random() < 0.5
    if isinstance(body, dict):
        body = things.filled(things.moved(body, dice), group, dice, 0.85)
        if case.path in NEW:
            body[NEW[case.path]] = f"new-{dice.randrange(10**9)}"
        if mixed:
            body = {member: value for member, value in body.items() if dice.random() < 0.9}
            body |= {member: value for member, value in generated.items() if dice.random() < 0.3}
        if case.media_type == FORM:
            nested = (dict, list)
            body = {name: json.dumps(value) if isinstance(value, nested) else value for name, value in body.items()}
        case.body = body
    if not mixed:
        case.headers.pop("Idempotency-Key", None)
    else:
        query |= {name: value for name, value in asked.items() if dice.random() < 0.3}
    case.query = query


@schemathesis.hook
def before_call(context, case, kwargs):
    global wrong_passwords_left
    text = repr((case.method, case.path, case.path_parameters, case.query, case.body))
    dice = random.Random(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    group = family(case.path)
    way = dice.random()
    if way < 0.45:
        as_shown(case, group, dice)
    elif way < 0.75:
        if isinstance(case.body, (dict, list)):
            case.body = things.filled(case.body, group, dice)
        if case.query:
            case.query = things.filled(dict(case.query), group, dice)
    if way < 0.75 and case.path_parameters:
        parameters = case.path_parameters.items()
        case.path_parameters = {name: things.named(group, name, dice) or value for name, value in parameters}
    needed = OWN | NEEDED.get(case.path, set())
    if isinstance(case.body, (dict, list, str)):
        case.body = spared(case.body, needed)
    if case.query:
        case.query = spared(dict(case.query), needed)
    if case.path_parameters:
        case.path_parameters = spared(dict(case.path_parameters), needed)
    if case.path == "/auth/password" and isinstance(case.body, dict) and case.body.get("password") != PASSWORD:
        case.body = spared(case.body, {EMAIL})
    # They are counted for each address too; the Studio under test takes this machine for a proxy.
    case.headers["X-Forwarded-For"] = f"198.51.100.{1 + dice.randrange(250)}"
    if dice.random() < 0.1:
        case.headers["Prefer"] = "respond-async"
    # A key that was used for something else is refused before anything is looked at.
    if "Idempotency-Key" in case.headers and dice.random() < 0.7:
        case.headers["Idempotency-Key"] = f"{dice.getrandbits(64):016x}"
    is_change = case.path == "/auth/password/change"
    wrong_passwords_left -= is_change
    if CALLER == "session" and not (is_change and wrong_passwords_left < 0):
        case.headers["Cookie"] = cookie
        if dice.random() < 0.95:
            case.headers["Origin"] = BASE


@schemathesis.hook
def after_call(context, case, response):
    global cookie
    answered[f"{case.method.upper()} {case.path}"][response.status_code] += 1
    if CALLER == "session" and case.path.startswith(("/auth/", "/logto/")) and response.status_code < 400:
        # It may have signed out, or ended its own session.
        info = requests.get(BASE + "/auth/user-info", headers={"cookie": cookie}, timeout=60)
        if not info.ok or not info.json().get("isAuthenticated"):
            cookie = sign_in()
    if response.status_code < 300:
        try:
            things.learn(family(case.path), json.loads(response.content))
        except ValueError:
            pass
