//! Questions to the ledger: resolution, status, verdicts. They are about anybody's documents.

use crate::{
    asking::{Asking, asking},
    default::{Flag, OrDefault},
    fault::Result,
    input::{self, AccreditedForInput},
    limits::REMOTE_COST,
    verdict::{CheckedEntry, CredentialVerification, PresentationVerification, TrustChain},
    view::kind::{StatusListType, StatusPurpose},
};
use app::{
    Fault,
    accreditation::VerifyAccreditation,
    credential::{GivenCredential, VerifyCredential},
    port::resolver::Freshness,
    presentation::{GivenPresentation, VerifyPresentation},
    resolve,
    status_list::{CheckStatus, Selection},
    trust::{CHAIN_HOPS_MAX, RootsAsked, VerifyOptions},
};
use async_graphql::{Context, InputObject, Object, SimpleObject};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use credentials::verify::Policies;
use domain::{accreditation::PublicationPhase, id::Instant};
use projections::{AccreditationFilter, LIST_ROWS_MAX, Paging};
use serde_json::Value;

#[derive(Default)]
pub(super) struct TrustQuery;

/// A walk asks the ledger for a document, its issuer and its status list at each hop.
const CHAIN_COST: usize = REMOTE_COST * CHAIN_HOPS_MAX;

/// What is asked about each signed document.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct VerificationOptions {
    /// Ask the status lists too.
    #[graphql(default)]
    verify_status: Flag<false>,
    /// Do not mind a deactivated issuer.
    #[graphql(default)]
    allow_deactivated_did: Flag<false>,
    /// Checks that are on unless switched off.
    policies: Option<VerificationPolicies>,
    /// As of when; now by default.
    at: Option<Instant>,
}

/// Checks that are on unless switched off.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct VerificationPolicies {
    /// Already valid.
    #[graphql(default)]
    issuance_date: Flag<true>,
    /// Not yet expired.
    #[graphql(default)]
    expiration_date: Flag<true>,
    /// Meant for us.
    #[graphql(default)]
    audience: Flag<true>,
    /// Has the members a credential must have.
    #[graphql(default)]
    format: Flag<true>,
}

impl From<VerificationPolicies> for Policies {
    fn from(policies: VerificationPolicies) -> Self {
        let VerificationPolicies { issuance_date, expiration_date, audience, format } = policies;
        Self {
            issuance_date: issuance_date.0,
            expiration_date: expiration_date.0,
            audience: audience.0,
            format: format.0,
        }
    }
}

impl TryFrom<VerificationOptions> for VerifyOptions {
    type Error = Fault;

    fn try_from(options: VerificationOptions) -> Result<Self, Fault> {
        Ok(Self {
            status: options.verify_status.0,
            allow_deactivated: options.allow_deactivated_did.0,
            policies: options.policies.map(Into::into).unwrap_or_default(),
            at: input::time("at", options.at)?,
        })
    }
}

/// A question about a trust chain.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct TrustChainInput {
    /// DID URL of the accreditation to start from.
    did_url: String,
    /// The DID that is said to be accredited.
    subject_did: String,
    /// What it must be accredited for; nothing in particular by default.
    schemas: Option<Vec<AccreditedForInput>>,
    /// The root that is insisted on.
    root_authorization: Option<String>,
    /// Roots that are trusted beside the account's: DIDs, or DID URLs of root authorisations by id or by name.
    trusted_roots: Option<Vec<String>>,
    /// What is asked about each document.
    #[graphql(flatten)]
    options: VerificationOptions,
}

/// A question about a credential.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct VerifyCredentialInput {
    /// The credential: compact JWT, JSON with its proof, an `EnvelopedVerifiableCredential`, or a text of these.
    credential: Value,
    /// Ask for the issuer's right to issue it too.
    #[graphql(default)]
    verify_trust_chain: Flag<false>,
    /// Roots that are trusted beside the account's: DIDs, or DID URLs of root authorisations by id or by name.
    trusted_roots: Option<Vec<String>>,
    /// Whom it must be meant for, or the key binding with which an SD-JWT is presented: a DID, or a domain.
    verifier: Option<String>,
    /// What that key binding must answer.
    challenge: Option<String>,
    /// What is asked about each document.
    #[graphql(flatten)]
    options: VerificationOptions,
}

/// A question about a presentation.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct VerifyPresentationInput {
    /// The presentation: compact JWT, JSON with its proof, an `EnvelopedVerifiablePresentation`, or a text of these.
    presentation: Value,
    /// Whom it must be meant for: a DID, or a domain.
    verifier: Option<String>,
    /// What it must answer.
    challenge: Option<String>,
    /// What is asked about each document.
    #[graphql(flatten)]
    options: VerificationOptions,
}

/// A question about entries of a status list.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct StatusInput {
    /// The DID of the list.
    did: String,
    /// Its name.
    name: String,
    /// Its format.
    #[graphql(default)]
    list_type: OrDefault<StatusListType>,
    /// The purpose that is asked about.
    purpose: StatusPurpose,
    /// Which entries.
    indices: Vec<u32>,
}

/// What the resolver answers.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Resolution {
    /// The HTTP status that `/1.0/identifiers/` answers.
    status: u16,
    /// The media type of the content.
    content_type: String,
    /// Where to look instead, for a status between 300 and 399.
    location: Option<String>,
    /// The content, if it is JSON.
    content: Option<Value>,
    /// The content in base64, if it is not JSON.
    data: Option<String>,
}

/// The roots of trust chains that the account trusts.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct TrustedRoots {
    /// The account's list: DIDs (every root authorisation of the DID), or DID URLs of root authorisations by id (exactly this
    /// version) or by name (whichever version).
    roots: Vec<String>,
    /// The account's own root authorisations, by exact DID URL; newest first. They are always trusted.
    own_roots: Vec<String>,
}

impl TrustedRoots {
    pub(crate) async fn load(asking: &Asking) -> Result<Self> {
        let roots = app::trust::trusted_roots(asking.studio(), asking.customer()).await?;
        let filter = AccreditationFilter {
            kind: Some(domain::accreditation::AccreditationKind::Authorize),
            publications: vec![PublicationPhase::Published],
            latest_only: true,
            ..AccreditationFilter::default()
        };
        let paging = Paging::page(Some(1), Some(LIST_ROWS_MAX.into()));
        let own = asking.views().accreditations().list(asking.customer(), &filter, paging).await?;
        let own_roots =
            own.rows.iter().map(|row| format!("{}/resources/{}", row.issuer, row.resource)).collect();
        Ok(Self { roots, own_roots })
    }
}

#[Object]
impl TrustQuery {
    /// The roots of trust chains that the account trusts; `verifyCredential` with `verifyTrustChain` asks for them.
    async fn trusted_roots(&self, ctx: &Context<'_>) -> Result<TrustedRoots> {
        TrustedRoots::load(asking(ctx)?).await
    }

    /// Walks a chain of accreditations to its root and says whether all of it holds, hop by hop.
    #[graphql(complexity = "CHAIN_COST + child_complexity")]
    async fn trust_chain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: TrustChainInput,
    ) -> Result<TrustChain> {
        let given = input.trusted_roots.unwrap_or_default();
        let roots = RootsAsked::of(asking(ctx)?.customer(), &given)?;
        let question = VerifyAccreditation {
            subject_did: input.subject_did,
            did_url: input.did_url,
            schemas: input.schemas.unwrap_or_default().into_iter().map(Into::into).collect(),
            root: input.root_authorization,
            options: input.options.try_into()?,
            roots,
        };
        Ok(app::accreditation::verify(asking(ctx)?.studio(), question).await?.into())
    }

    /// Verifies a credential and, if asked, the chain of accreditations above it.
    #[graphql(complexity = "CHAIN_COST + child_complexity")]
    async fn verify_credential(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: VerifyCredentialInput,
    ) -> Result<CredentialVerification> {
        let question = VerifyCredential {
            credential: GivenCredential::accept(&input.credential)?,
            options: input.options.try_into()?,
            trust_chain: input.verify_trust_chain.0,
            roots: RootsAsked::of(asking(ctx)?.customer(), &input.trusted_roots.unwrap_or_default())?,
            verifier: input.verifier.filter(|verifier| !verifier.is_empty()),
            challenge: input.challenge.filter(|challenge| !challenge.is_empty()),
        };
        Ok(app::credential::verify(asking(ctx)?.studio(), question).await?.into())
    }

    /// Verifies a presentation: the proof of its holder, and every credential in it.
    #[graphql(complexity = "CHAIN_COST + child_complexity")]
    async fn verify_presentation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: VerifyPresentationInput,
    ) -> Result<PresentationVerification> {
        let question = VerifyPresentation {
            presentation: GivenPresentation::accept(&input.presentation)?,
            options: input.options.try_into()?,
            verifier: input.verifier.filter(|verifier| !verifier.is_empty()),
            challenge: input.challenge.filter(|challenge| !challenge.is_empty()),
        };
        Ok(app::presentation::verify(asking(ctx)?.studio(), question).await?.into())
    }

    /// What entries of a status list say on the ledger now, in the order of their indexes.
    #[graphql(complexity = "REMOTE_COST + child_complexity")]
    async fn status_of(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: StatusInput,
    ) -> Result<Vec<CheckedEntry>> {
        let question = CheckStatus {
            did: input::did("did", &input.did)?,
            name: input.name,
            list_type: input.list_type.0.into(),
            purpose: input.purpose.into(),
            selection: Selection::Many(input.indices),
        };
        let told = app::status_list::check(asking(ctx)?.studio(), &question).await?;
        Ok(told.into_iter().map(Into::into).collect())
    }

    /// Resolves a DID or dereferences a DID URL, as `/1.0/identifiers/` does.
    #[graphql(complexity = "REMOTE_COST + child_complexity")]
    async fn resolve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The DID or DID URL.")] did_url: String,
        #[graphql(desc = "The media type that is wanted, as in an `Accept` header.")] accept: Option<String>,
    ) -> Result<Resolution> {
        let studio = asking(ctx)?.studio();
        let (path, query) = match did_url.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (did_url.as_str(), None),
        };
        // A fragment travels percent-encoded over HTTP.
        let path = path.replace('#', "%23");
        let request = resolve::Request {
            path: &path,
            query,
            accept: accept.as_deref(),
            options: None,
            freshness: Freshness::Fresh,
        };
        let answer = resolve::resolve(&*studio.resolver, studio.clock.now(), &request).await;
        let content: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let data =
            content.is_none().then(|| BASE64_STANDARD.encode(&answer.body)).filter(|data| !data.is_empty());
        let location =
            answer.headers.into_iter().find(|(name, _)| *name == "location").map(|(_, value)| value);
        Ok(Resolution { status: answer.status, content_type: answer.content_type, location, content, data })
    }
}
