//! `POST /trust-registry/accreditation/issue`.

use crate::{
    Act, Call, Fault, FaultKind, Studio, Written,
    act::{ACCREDITATION_ISSUE, Spec},
    credential::{ReservedEntry, Statement, StatusRequest, require_resolvable, reserve},
    did,
    port::{
        Execute,
        chain::{Payload, resource_url},
        commands::Committed,
        resolver::ResourceMetadata,
    },
    resource::{self, CreateResource},
    sign,
    trust::{self, ChainFailure, VerifyOptions, WalkOptions},
    write::{Draft, Price, To, carry},
};
use credentials::{
    accreditation::{AccreditationInput, AccreditedFor, Question, Role, Terms, build},
    did_url::{DidUrl, ResourceRef, resource_by_name},
    format::{self, CredentialFormat, Securing},
};
use domain::{
    accreditation::{
        Accreditation, AccreditationCommand, AccreditationDescription, AccreditationKind, SchemaScope,
    },
    did::{DidPhase, DidRecord},
    id::{CredentialId, CustomerId, Did, Network, ResourceId, accreditation_id},
    resource::ResourceDescription,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An accreditation to issue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssueAccreditation {
    /// Which document.
    pub kind: AccreditationKind,
    /// Who grants; a DID of the caller.
    pub issuer: Did,
    /// Who receives.
    pub subject: Did,
    /// The line's name.
    pub name: String,
    /// What is granted.
    pub schemas: Vec<AccreditedFor>,
    /// DID URL of the granting accreditation; none for a root.
    pub parent: Option<String>,
    /// DID URL of the root authorisation; none for a root.
    pub root: Option<String>,
    /// Trust framework of a root.
    pub trust_framework: Option<String>,
    /// Id of that framework.
    pub trust_framework_id: Option<String>,
    /// More claims about the receiver.
    pub attributes: Map<String, Value>,
    /// More contexts.
    pub contexts: Vec<String>,
    /// More types.
    pub types: Vec<String>,
    /// RFC 3339 text, if it ends.
    pub expiration_date: Option<String>,
    /// Its status entry, if it shall have one.
    pub status: Option<StatusRequest>,
    /// How it is secured.
    #[serde(flatten)]
    pub securing: Securing,
    /// `evidence`, `refreshService`, further `termsOfUse`.
    pub extra: Map<String, Value>,
}

/// A published accreditation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssuedAccreditation {
    /// Exactly this version: `<did>/resources/<id>`.
    pub exact_url: String,
    /// Whatever version is the latest: `<did>?resourceName=…&resourceType=…`.
    pub latest_url: String,
    /// The credential with its proof.
    pub credential: Value,
    /// Its resource on the ledger.
    pub metadata: ResourceMetadata,
}

/// Checks the chain above, signs, publishes. Faults: `accreditation/terms-invalid`, `accreditation/parent-invalid`
/// (naming the hop), `did/…`, those of the status list and of [`carry`].
pub async fn issue(
    studio: &Studio,
    call: &Call,
    input: IssueAccreditation,
) -> Result<Written<IssuedAccreditation>, Fault> {
    statement(&input).check()?;
    super::scope::check_granted(&input.schemas)?;
    if input.securing.format == CredentialFormat::SdJwtVc {
        let sentence =
            "Accreditations are read by everybody: there is nothing to keep back, and no sd-jwt-vc of them.";
        return Err(Fault::invalid("credential/format-unsupported", sentence).with("field", "format"));
    }
    input.status.as_ref().map_or(Ok(()), StatusRequest::check)?;
    let issuer = did::writable(studio, call, &input.issuer).await?;
    if issuer.phase != DidPhase::Active {
        return Err(Fault::new(
            FaultKind::Conflict,
            "did/not-created",
            format!("{} is still on its way to the ledger.", input.issuer),
        ));
    }
    let terms = terms(&input)?;
    addressable(&input)?;
    require_resolvable(studio, input.issuer.as_str()).await?;
    require_resolvable(studio, input.subject.as_str()).await?;
    if let Terms::Accreditation { parent, root } = &terms {
        require_parent(studio, &input, parent, root).await?;
    }
    let resource_id = ResourceId(call.derived("resource"));
    let status = match &input.status {
        Some(request) if !call.dry_run => {
            Some(reserve(studio, call, &input.issuer, CredentialId(resource_id.0), request).await?)
        }
        _ => None,
    };
    let unsigned = build(&credential_input(&input, &terms, status.as_ref(), call))
        .map_err(|error| Fault::invalid("accreditation/invalid", error.to_string()))?;
    let by = (&input.issuer, &issuer);
    let credential = sign::credential(studio, call, &input.securing, by, &unsigned).await?;
    let data = serde_json::to_vec(&credential).map_err(Fault::bug)?;
    let published_as = resource::description(
        &CreateResource {
            did: input.issuer.clone(),
            name: input.name.clone(),
            resource_type: input.kind.credential_type().to_owned(),
            version: resource_id.to_string(),
            also_known_as: Vec::new(),
            data: data.clone(),
            id: None,
        },
        resource_id,
    )?;
    publish(studio, call, &input, &issuer, Publishable { terms, status, credential, data, published_as })
        .await
}

fn statement(input: &IssueAccreditation) -> Statement<'_> {
    Statement {
        subject: input.subject.as_str(),
        attributes: &input.attributes,
        contexts: &input.contexts,
        types: &input.types,
        schema: None,
        extra: &input.extra,
    }
}

struct Publishable {
    terms: Terms,
    status: Option<ReservedEntry>,
    credential: Value,
    data: Vec<u8>,
    published_as: ResourceDescription,
}

async fn publish(
    studio: &Studio,
    call: &Call,
    input: &IssueAccreditation,
    issuer: &DidRecord,
    what: Publishable,
) -> Result<Written<IssuedAccreditation>, Fault> {
    let resource_id = what.published_as.resource;
    let signers = did::signers::for_current(studio, call, &input.issuer, issuer).await?;
    let payload = Payload::CreateResource { description: what.published_as.clone(), data: what.data };
    let (effect, price) = (resource::effect(&what.published_as), Price::Unasked);
    let draft = Draft { payload: &payload, did: &input.issuer, signers: &signers, effect, price };
    let resource_type = input.kind.credential_type();
    let accreditation = accreditation_id(&input.issuer, &input.name, resource_type);
    let description = AccreditationDescription {
        kind: input.kind,
        issuer: input.issuer.clone(),
        subject: input.subject.clone(),
        name: input.name.clone(),
        resource: resource_id,
        published_as: what.published_as,
        accredited_for: input.schemas.iter().map(scope).collect(),
        parent: what.terms.parent().map(str::to_owned),
        root: what.terms.root().map(str::to_owned),
        trust_framework: input.trust_framework.clone(),
        trust_framework_id: input.trust_framework_id.clone(),
        credential: format::text_of(&what.credential).unwrap_or_default().into_owned(),
        status: what.status.map(|status| status.reference),
        issuance_date: call.signing_time(),
        expiration_date: expiration(input)?,
    };
    let id = accreditation.to_string();
    let to = To { id: &id, what: "accreditation" };
    let written = carry::<Accreditation>(studio, call, draft, to, |write| AccreditationCommand::Request {
        accreditation,
        customer: call.who.customer,
        description,
        write,
        at: call.at,
    });
    let read = async |done: Committed<Accreditation>| {
        let found = resource::published(studio, &input.issuer, resource_id).await?;
        Ok(IssuedAccreditation {
            exact_url: resource_url(&input.issuer, resource_id),
            latest_url: resource_by_name(input.issuer.as_str(), &input.name, resource_type),
            // A repeat of the call answers the version that was signed first.
            credential: first_signed(&done.state, resource_id).unwrap_or(what.credential),
            metadata: found.metadata,
        })
    };
    Ok(written.await?.read_back(call.operation(""), read).await)
}

/// An accreditation that no DID URL leads to by name could not be followed to its newest version.
fn addressable(input: &IssueAccreditation) -> Result<(), Fault> {
    let url = resource_by_name(input.issuer.as_str(), &input.name, input.kind.credential_type());
    let named = DidUrl::parse(&url).ok().and_then(|url| url.resource());
    match named {
        Some(ResourceRef::ByName { name, .. }) if name == input.name => Ok(()),
        _ => Err(Fault::invalid(
            "accreditation/name-invalid",
            "accreditationName is empty or too long to be written into a DID URL",
        )),
    }
}

/// The version that the customer has published under this id, as it was signed; `None` if there is none.
pub(crate) async fn signed(
    studio: &Studio,
    customer: CustomerId,
    input: &IssueAccreditation,
    resource: ResourceId,
) -> Result<Option<Value>, Fault> {
    let id = accreditation_id(&input.issuer, &input.name, input.kind.credential_type()).to_string();
    let state = Execute::<Accreditation>::load(&*studio.commands, &id).await?.state;
    Ok(first_signed(&state, resource).filter(|_| state.customer == Some(customer)))
}

fn first_signed(state: &Accreditation, resource: ResourceId) -> Option<Value> {
    let version = state.versions.iter().find(|version| version.description.resource == resource)?;
    format::read(&version.description.credential).ok()
}

fn scope(entry: &AccreditedFor) -> SchemaScope {
    SchemaScope {
        schema_id: entry.schema_id.clone(),
        types: entry.types.clone(),
        limit_jurisdiction: entry.limit_jurisdiction.clone(),
    }
}

fn expiration(input: &IssueAccreditation) -> Result<Option<domain::id::Instant>, Fault> {
    input.expiration_date.as_deref().map(crate::credential::parse_date).transpose()
}

fn credential_input<'a>(
    input: &'a IssueAccreditation,
    terms: &'a Terms,
    status: Option<&ReservedEntry>,
    call: &Call,
) -> AccreditationInput<'a> {
    AccreditationInput {
        kind: input.kind,
        issuer_did: input.issuer.as_str(),
        subject_did: input.subject.as_str(),
        scope: &input.schemas,
        terms,
        attributes: &input.attributes,
        contexts: &input.contexts,
        types: &input.types,
        issuance_date: call.signing_time(),
        expiration_date: input.expiration_date.as_deref(),
        credential_status: status.map(|status| status.json.clone()),
        extra: &input.extra,
    }
}

fn terms(input: &IssueAccreditation) -> Result<Terms, Fault> {
    let invalid = |sentence: &str| Fault::invalid("accreditation/terms-invalid", sentence);
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (parent, root) = (given(&input.parent), given(&input.root));
    if input.kind == AccreditationKind::Authorize {
        if parent.is_some() || root.is_some() {
            return Err(invalid(
                "parentAccreditation or rootAuthorization is not required for an authorize operation",
            ));
        }
        return match (given(&input.trust_framework), given(&input.trust_framework_id)) {
            (Some(framework), Some(framework_id)) => Ok(Terms::TrustFramework { framework, framework_id }),
            _ => Err(invalid("trustFramework and trustFrameworkId are required for an authorize operation")),
        };
    }
    match (parent, root) {
        (Some(parent), Some(root)) => Ok(Terms::Accreditation { parent, root }),
        (None, None) => Err(invalid("parentAccreditation or rootAuthorization is required")),
        _ => Err(invalid("parentAccreditation and rootAuthorization are both required")),
    }
}

/// Nobody can grant what the chain above does not permit: the parent is verified now, status included.
async fn require_parent(
    studio: &Studio,
    input: &IssueAccreditation,
    parent: &str,
    root: &str,
) -> Result<(), Fault> {
    let question = Question {
        role: Role::Accreditation,
        subject: input.issuer.to_string(),
        scope: input.schemas.clone(),
        root: Some(root.to_owned()),
    };
    let verify = VerifyOptions { status: true, ..VerifyOptions::default() };
    let options = WalkOptions { verify, hops_max: trust::CHAIN_HOPS_MAX };
    let chain = trust::walk(studio, parent, question, &options).await?;
    // The kinds are the status codes of the contract: a missing parent 404, a missing right 401, the rest 400.
    let kind = match chain.failure() {
        None => return Ok(()),
        Some(ChainFailure::NotFound) => FaultKind::NotFound,
        Some(ChainFailure::Scope) => FaultKind::Unauthenticated,
        Some(ChainFailure::Mismatch | ChainFailure::Untrusted) => FaultKind::Invalid,
    };
    let reason = chain.error.unwrap_or_default();
    let sentence =
        format!("Invalid Request: Root Authorization or parent Accreditation is not valid: {reason}");
    Err(Fault::new(kind, "accreditation/parent-invalid", sentence))
}

impl Act for IssueAccreditation {
    type Done = IssuedAccreditation;

    fn spec(&self) -> &'static Spec {
        &ACCREDITATION_ISSUE
    }

    fn network(&self) -> Option<Network> {
        Some(self.issuer.network())
    }

    fn tells_its_end(&self) -> bool {
        true
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<IssuedAccreditation>, Fault> {
        issue(studio, call, self).await
    }
}
