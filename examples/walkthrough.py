#!/usr/bin/env python3
"""What an issuer does, in Python: 3.11 or newer, the standard library only.

    python3 examples/walkthrough.py

STUDIO_URL says where Studio is (http://localhost:3000), STUDIO_API_KEY is the key (without it, the one that `make up`
wrote to data/api-key).
"""

import base64
import json
import os
import sys
import uuid
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

STUDIO = os.environ.get("STUDIO_URL", "http://localhost:3000")
API_KEY = os.environ.get("STUDIO_API_KEY") or Path("data/api-key").read_text().strip()


class StudioError(Exception):
    """A refusal of Studio's: rely on `code`, show the sentence to people."""

    def __init__(self, status: int, problem: dict):
        super().__init__(f"{problem['code']}: {problem['error']}")
        self.status = status
        self.code = problem["code"]


def ask(method: str, path: str, body: dict | None = None, query: dict | None = None, **headers: str) -> dict:
    """One request. Gives the answer's body; raises what Studio refused."""
    address = f"{STUDIO}{path}" + (f"?{urlencode(query)}" if query else "")
    data = None if body is None else json.dumps(body).encode()
    request = Request(address, data, {"x-api-key": API_KEY, "content-type": "application/json"}, method=method)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urlopen(request) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise StudioError(error.code, json.load(error)) from None
    except URLError as error:
        raise StudioError(0, {"code": "no answer", "error": f"is Studio running at {STUDIO}? ({error.reason})"}) from None


def write(path: str, body: dict, query: dict | None = None) -> dict:
    """A write that waits for the ledger. Its key makes it safe to send again whenever an answer was lost."""
    return ask("POST", path, body, query, idempotency_key=str(uuid.uuid4()))


def graphql(query: str, variables: dict) -> dict:
    """A question at the other door. `errors` stand beside a 200."""
    answer = ask("POST", "/graphql", {"query": query, "variables": variables})
    for error in answer.get("errors", []):
        raise StudioError(200, {"code": error.get("extensions", {}).get("code"), "error": error["message"]})
    return answer["data"]


def main() -> None:
    # 1. A DID: its key is in Studio's vault, its document on the ledger.
    options = {"verificationMethodType": "Ed25519VerificationKey2020"}
    did = write("/did/create", {"network": "testnet", "options": options})["did"]
    print("DID      ", did)

    # 2. What a degree looks like: a schema, published as a resource under the DID.
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"degree": {"type": "string"}},
    }
    data = base64.b64encode(json.dumps(schema).encode()).decode()
    document = {"name": "Degree", "type": "JSONSchemaValidator2020", "encoding": "base64", "data": data}
    schema_uri = write(f"/resource/create/{did}", document)["resource"]["resourceURI"]
    print("schema   ", schema_uri)

    # 3. A status list, so that what is issued can be revoked.
    kind = {"listType": "BitstringStatusList"}
    purpose = {"statusPurpose": "revocation"}
    write("/credential-status/create/unencrypted", {"did": did, "statusListName": "degrees"}, kind | purpose)
    print("list      degrees")

    # 4. The credential, with an entry of that list. Studio chooses a free one.
    credential = write("/credential/issue", {
        "issuerDid": did,
        "subjectDid": "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
        "type": ["DegreeCredential"],
        "attributes": {"degree": "BSc"},
        "credentialSchema": schema_uri,
        "credentialStatus": {"statusListName": "degrees", "statusListType": "BitstringStatusList"} | purpose,
    })
    token = {"credential": credential["proof"]["jwt"]}
    print("issued    entry", credential["credentialStatus"]["statusListIndex"])

    # 5. Anybody who is asked to rely on it has it verified, with its status.
    def verify() -> None:
        verdict = ask("POST", "/credential/verify", token, {"verifyStatus": "true"})
        print("verdict  ", json.dumps({name: verdict[name] for name in ("verified", "revoked")}))

    verify()

    # 6. It is revoked, for good, and the list is published anew.
    write("/credential/revoke", token | {"reason": "issued by mistake"}, kind | {"publish": "true"})
    verify()

    # 7. A refusal has a stable code: what is revoked is not reinstated.
    try:
        write("/credential/reinstate", token, kind)
    except StudioError as refusal:
        print("refused  ", refusal.status, refusal)

    # 8. The other door: GraphQL lists what the DID issued, with its status.
    query = "query Mine($issuer: String!) { credentials(filter: {issuer: $issuer}) { nodes { types status issuer } } }"
    for node in graphql(query, {"issuer": did})["credentials"]["nodes"]:
        print("listed   ", node["types"][-1], node["status"], "by", node["issuer"])


if __name__ == "__main__":
    try:
        main()
    except StudioError as refusal:
        sys.exit(f"refused   {refusal}")
