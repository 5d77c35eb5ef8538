"""Makes one of everything in a new Studio: two DIDs and what hangs on them, and an owner who signs in with a password.

    seed.py BASE-ADDRESS API-KEY SET-UP-TOKEN EMAIL PASSWORD

It prints what it made, by the names that requests have for it. Answers other than success end it: without these things a run would look at refusals only.
"""

import base64
import json
import sys

import requests

base, key, token, email, password = sys.argv[1:]
# The public key of RFC 8037, appendix A: somebody else's, for a DID that is signed for elsewhere.
SOMEBODYS_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
METHOD = "Ed25519VerificationKey2020"


def made(path: str, body: dict, method: str = "POST") -> dict:
    answer = requests.request(method, base + path, json=body, headers={"x-api-key": key}, timeout=60)
    if answer.status_code not in (200, 201, 202):
        sys.exit(f"seed: {method} {path} answers {answer.status_code}: {answer.text}")
    return answer.json()


def did() -> str:
    return made("/did/create", {"network": "testnet", "options": {"verificationMethodType": METHOD}})["did"]


issuer, other = did(), did()
kid = made("/key/create", {"alias": "spare"})["kid"]

schema = json.dumps({"type": "object", "properties": {"degree": {"type": "string"}}})
data = base64.b64encode(schema.encode()).decode()
resource = {"name": "Degree", "type": "JSONSchemaValidator2020", "encoding": "base64", "data": data}
schema_url = made(f"/resource/create/{issuer}", resource)["resource"]["resourceURI"]

for kind, purposes, name in (
    ("BitstringStatusList", "revocation,suspension", "degrees"),
    ("StatusList2021", "revocation", "old degrees"),
):
    made(
        f"/credential-status/create/unencrypted?listType={kind}&statusPurpose={purposes}",
        {"did": issuer, "statusListName": name},
    )


def status(purpose: str) -> dict:
    return {"statusListType": "BitstringStatusList", "statusPurpose": purpose, "statusListName": "degrees"}


credentials = []
for entry in (status("revocation"), status("suspension"), None):
    body = {"issuerDid": issuer, "subjectDid": other, "type": ["DegreeCredential"], "attributes": {"degree": "BSc"}}
    issued = made("/credential/issue", body | ({"credentialStatus": entry} if entry else {}))
    credentials.append(issued["proof"]["jwt"])

schemas = [{"url": schema_url, "types": ["VerifiableCredential", "DegreeCredential"]}]
frame = {"issuerDid": issuer, "schemas": schemas}
root = made(
    "/trust-registry/accreditation/issue?accreditationType=authorize",
    frame
    | {
        "subjectDid": issuer,
        "accreditationName": "root",
        "trustFramework": "Degrees",
        "trustFrameworkId": "https://degrees.example/framework",
    },
)["didUrls"][0]
accreditations = []
for kind, purpose in (("accredit", "revocation"), ("attest", "suspension")):
    accreditation = made(
        f"/trust-registry/accreditation/issue?accreditationType={kind}",
        frame
        | {
            "subjectDid": other,
            "accreditationName": kind,
            "parentAccreditation": root,
            "rootAuthorization": root,
            "credentialStatus": status(purpose),
        },
    )
    accreditations.append(accreditation["didUrls"][0])
made("/trust-registry/roots", {"roots": [root]}, "PUT")

kept_elsewhere = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0"
jwk = {"kty": "OKP", "crv": "Ed25519", "x": SOMEBODYS_KEY}
key_of_it = {"id": f"{kept_elsewhere}#key-1", "type": "JsonWebKey2020", "controller": kept_elsewhere, "publicKeyJwk": jwk}
document = {"id": kept_elsewhere, "verificationMethod": [key_of_it]}
job = made("/did/create", {"mode": "client", "didDocument": document})["jobId"]

spare_key = made("/admin/api-key/create", {"name": "spare"})["id"]
made("/admin/role/define", {"name": "registrar", "scopes": ["read:key"]})
guest = made("/admin/invitation/create", {"email": "guest@example.org", "role": "auditor"})


def arrived(path: str, token: str, email: str) -> str:
    person = {"token": token, "email": email, "password": password}
    answer = requests.post(base + path, json=person, headers={"origin": base}, timeout=60)
    if answer.status_code != 200:
        sys.exit(f"seed: POST {path} answers {answer.status_code}: {answer.text}")
    return answer.json()["userId"]


arrived("/auth/setup", token, email)
members = []
for name in ("colleague", "leaver"):
    invited = made("/admin/invitation/create", {"email": f"{name}@example.org", "role": "issuer"})
    members.append(arrived("/auth/invitation", invited["token"], invited["email"]))

print(
    json.dumps(
        {
            "did": [issuer],
            "issuerDid": [issuer],
            "subjectDid": [other],
            "subject": [other],
            "kid": [kid],
            "network": ["testnet"],
            "listType": ["BitstringStatusList"],
            "statusListName": ["degrees"],
            "statusListCredential": [f"{issuer}?resourceName=degrees&resourceType=BitstringStatusListCredential"],
            "credential": credentials,
            "schemaId": [schema_url],
            "credentialSchema": [schema_url],
            "url": [schema_url],
            "didUrl": accreditations,
            "did_url": [issuer, schema_url],
            "parentAccreditation": [root],
            "rootAuthorization": [root],
            "roots": [root],
            "jobId": [job],
            "apiKey": [spare_key],
            "invitationId": [guest["invitationId"]],
            "token": [guest["token"]],
            "role": ["auditor", "registrar"],
            "userId": members,
            "email": [email],
            "password": [password],
        }
    )
)
