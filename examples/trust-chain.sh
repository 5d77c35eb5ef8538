#!/usr/bin/env bash
# A chain of trust with curl alone: a root authorises itself, accredits a body, the body accredits a university, the
# university issues a degree. Everybody can verify the whole chain. Then one link is revoked, and it no longer holds.
#
#   examples/trust-chain.sh [base address] [API key file]
set -euo pipefail

S=${1:-http://localhost:3000}
K=$(cat "${2:-data/api-key}")

# post PATH BODY, get PATH: one call each; a failure shows the answer and stops.
call() { curl -sS --fail-with-body -H "x-api-key: $K" -H 'content-type: application/json' "$@" || { echo >&2; exit 1; }; }
post() { call -X POST "$S$1" -d "$2"; }
get() { call "$S$1"; }
# member NAME: the first text member of that name in the JSON on standard input.
member() { sed -E "s/.*\"$1\":\"([^\"]*)\".*/\1/;t;d" <<<"$(tr -d '\n' | sed "s/\"$1\":/\n\"$1\":/" | sed -n 2p)"; }
say() { printf '\n== %s\n' "$*"; }

new_did() {
  post /did/create '{"network":"testnet","identifierFormatType":"uuid","options":{"verificationMethodType":"Ed25519VerificationKey2020"}}' | member did
}

say "Four DIDs on the ledger: root, body, university, student"
ROOT=$(new_did); BODY=$(new_did); UNI=$(new_did); STUDENT=$(new_did)
printf '%s\n' "$ROOT" "$BODY" "$UNI" "$STUDENT"

say "A schema under the root, and a revocation list for what the root grants"
SCHEMA_JSON='{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"degree":{"type":"string"}}}'
DATA=$(printf '%s' "$SCHEMA_JSON" | base64 | tr -d '\n')
SCHEMA=$(post "/resource/create/$ROOT" "{\"name\":\"Degree\",\"type\":\"JSONSchemaValidator2020\",\"encoding\":\"base64\",\"data\":\"$DATA\"}" | member resourceURI)
post "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation" \
  "{\"did\":\"$ROOT\",\"statusListName\":\"accreditations\"}" >/dev/null
echo "$SCHEMA"

SCHEMAS="[{\"url\":\"$SCHEMA\",\"types\":[\"VerifiableCredential\",\"DegreeCredential\"]}]"
STATUS='{"statusListType":"BitstringStatusList","statusPurpose":"revocation","statusListName":"accreditations"}'
issue() { post "/trust-registry/accreditation/issue?accreditationType=$1" "$2" | grep -o "\"$3[^\"]*/resources/[^\"]*\"" | head -n 1 | tr -d '"'; }

say "1. The root authorises itself"
R=$(issue authorize "{\"issuerDid\":\"$ROOT\",\"subjectDid\":\"$ROOT\",\"schemas\":$SCHEMAS,\"accreditationName\":\"eduRoot\",\"trustFramework\":\"Edu Framework\",\"trustFrameworkId\":\"https://edu.example/gf\"}" "$ROOT")
echo "$R"

say "2. It accredits the body to accredit others"
A1=$(issue accredit "{\"issuerDid\":\"$ROOT\",\"subjectDid\":\"$BODY\",\"schemas\":$SCHEMAS,\"accreditationName\":\"stateBody\",\"parentAccreditation\":\"$R\",\"rootAuthorization\":\"$R\",\"credentialStatus\":$STATUS}" "$ROOT")
echo "$A1"

say "3. The body accredits the university to attest"
A2=$(issue attest "{\"issuerDid\":\"$BODY\",\"subjectDid\":\"$UNI\",\"schemas\":$SCHEMAS,\"accreditationName\":\"university\",\"parentAccreditation\":\"$A1\",\"rootAuthorization\":\"$R\"}" "$BODY")
echo "$A2"

say "4. The university issues a degree"
VC=$(post /credential/issue "{\"issuerDid\":\"$UNI\",\"subjectDid\":\"$STUDENT\",\"type\":[\"DegreeCredential\"],\"attributes\":{\"degree\":\"BSc\"},\"credentialSchema\":\"$SCHEMA\",\"termsOfUse\":{\"type\":\"AttestationPolicy\",\"parentAccreditation\":\"$A2\",\"rootAuthorization\":\"$R\"}}" | member jwt)
printf '%.60s…\n' "$VC"

verdict() { post "/credential/verify?verifyStatus=true&verifyTrustChain=true" "{\"credential\":\"$VC\"}"; }

say "5. Anybody verifies the credential and the whole chain"
V=$(verdict); echo "$V" | cut -c 1-400
grep -q '"verified":true' <<<"$V" || { echo "the chain should hold" >&2; exit 1; }

say "6. The root revokes the body's accreditation"
post "/trust-registry/accreditation/revoke?publish=true" "{\"didUrl\":\"$A1\"}" | cut -c 1-200

say "7. The same credential no longer verifies, and the answer names the broken hop"
V=$(verdict); echo "$V" | cut -c 1-400
grep -q '"verified":false' <<<"$V" || { echo "the chain should be broken" >&2; exit 1; }

say "8. What happened, in order"
get "/event/list?limit=20" | cut -c 1-400
echo
echo "Prove it:  studio audit verify   ·   replay it:  studio audit replay"
