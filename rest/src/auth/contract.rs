//! What is sent to sign in and out, and what programs are answered. A form is answered with a page, or a way on.

mod passkey;

pub use passkey::{
    AddPasskeyBody, PasskeyList, PasskeyOptions, PasskeyRemoved, PasskeyRenamed, PasskeySignInBody,
    PasskeyView, RemovePasskeyBody, RenamePasskeyBody,
};

use app::{people, people::Opened, port::sessions::Session};
use domain::id::Instant;
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{
        Content, Ref, RefOr, ResponseBuilder,
        path::Operation,
        schema::{ObjectBuilder, Schema, Type},
    },
};

const HTML: &str = "text/html";
const JSON: &str = "application/json";
/// Statuses by which a browser is sent on.
const ONWARD: [&str; 2] = ["302", "303"];

/// E-mail address and password.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct PasswordBody {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
    /// A path here, where the browser goes then.
    pub return_to: Option<String>,
}

/// Nothing, or where to go then.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct SignOutBody {
    /// A path here, where the browser goes then.
    pub return_to: Option<String>,
}

/// The first owner of an account.
#[derive(Debug, ToSchema)]
pub struct SetUpBody {
    /// Of the link.
    pub token: String,
    /// E-mail address.
    pub email: String,
    /// The password to be.
    pub password: String,
    /// Name.
    pub name: Option<String>,
}

/// A new password.
#[derive(Debug, ToSchema)]
pub struct ResetBody {
    /// Of the link.
    pub token: String,
    /// The password to be.
    pub password: String,
}

/// A new member. Who is signed in sends nothing but the token.
#[derive(Debug, ToSchema)]
pub struct InvitationBody {
    /// Of the invitation.
    pub token: String,
    /// E-mail address.
    pub email: Option<String>,
    /// The password to be, or that of the account with this address.
    pub password: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// One of the sessions; all but the present one without.
#[derive(Debug, ToSchema)]
pub struct EndSessionBody {
    /// Its id.
    pub id: Option<String>,
}

/// Another password.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ChangePasswordBody {
    /// The one so far.
    pub current_password: String,
    /// The one to be.
    pub new_password: String,
}

/// One of the user's accounts.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ChooseCustomerBody {
    /// Its id.
    pub customer_id: String,
}

/// What an identity provider tells.
#[derive(Debug, ToSchema)]
pub struct LogoutTokenBody {
    /// A logout token (OpenID Connect Back-Channel Logout 1.0).
    pub logout_token: String,
}

/// Somebody who is signed in now; the cookie comes along.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// The user.
    pub user_id: String,
    /// For which account they act.
    pub customer_id: String,
    /// Their session.
    pub session_id: String,
    /// Where a browser would go.
    pub return_to: String,
}

impl SignedIn {
    pub(super) fn of(opened: &Opened, return_to: &str) -> Self {
        let session = &opened.session;
        Self {
            user_id: session.user.to_string(),
            customer_id: session.customer.to_string(),
            session_id: session.id.to_string(),
            return_to: return_to.to_owned(),
        }
    }
}

/// The end of a session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedOut)]
pub struct SignedOutView {
    /// Always.
    pub signed_out: bool,
    /// Where the identity provider's session ends, if it has such an address.
    pub continue_at: Option<String>,
}

/// How many sessions ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// So many.
    pub ended: u64,
}

/// The password is another one.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordChanged {
    /// Always.
    pub changed: bool,
    /// How many other sessions ended.
    pub ended: u64,
}

/// For which account the session acts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChosenCustomer {
    /// Its id.
    pub customer_id: String,
}

/// Who joined: signed in with it, or signed in before.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    /// The account.
    pub customer_id: String,
    /// The user, if they were not signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Their session, if they were not signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Where a browser would go, if they were not signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_to: Option<String>,
}

/// Whether somebody is signed in, and who.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserInfo {
    /// Whether.
    pub is_authenticated: bool,
    /// By what the user is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<UserClaims>,
    /// What is known of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_info: Option<UserProfile>,
}

/// By what a user is known.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserClaims {
    /// The user's id.
    pub sub: String,
}

/// What is known of a user.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserProfile {
    /// The user's id.
    pub sub: String,
    /// E-mail address, if it was not erased.
    pub email: Option<String>,
    /// Name, if they told one.
    pub name: Option<String>,
    /// For which account the session acts.
    pub customer_id: String,
    /// All their accounts.
    pub customers: Vec<UserCustomer>,
    /// The session.
    pub session_id: String,
}

/// An account that a user belongs to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserCustomer {
    /// Its id.
    pub customer_id: String,
    /// As what.
    pub role: String,
    /// Whether they may do nothing there for now.
    pub suspended: bool,
}

impl UserInfo {
    /// Nobody.
    pub(super) const NOBODY: Self = Self { is_authenticated: false, claims: None, user_info: None };

    pub(super) fn of(session: &Session, profile: people::Profile) -> Self {
        let customers = profile.memberships.into_iter().map(|membership| UserCustomer {
            customer_id: membership.customer.to_string(),
            role: membership.role.as_str().to_owned(),
            suspended: membership.suspended,
        });
        let sub = session.user.to_string();
        Self {
            is_authenticated: true,
            claims: Some(UserClaims { sub: sub.clone() }),
            user_info: Some(UserProfile {
                sub,
                customers: customers.collect(),
                email: profile.email,
                name: profile.name,
                customer_id: session.customer.to_string(),
                session_id: session.id.to_string(),
            }),
        }
    }
}

/// Browsers in which the user is signed in, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// All of them.
    pub sessions: Vec<SessionView>,
}

/// A browser that is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BrowserSession)]
pub struct SessionView {
    /// Its id, which opens nothing.
    pub id: String,
    /// For which account it acts.
    pub customer_id: String,
    /// When it signed in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was used last, give or take a minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Instant,
    /// When it ends, however much it is used.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Instant,
    /// What the browser said it is.
    pub user_agent: Option<String>,
    /// Where it signed in from.
    pub address: Option<String>,
    /// Whether it is the one that asks.
    pub is_present: bool,
}

impl SessionView {
    pub(super) fn of(session: &Session, is_present: bool) -> Self {
        Self {
            id: session.id.to_string(),
            customer_id: session.customer.to_string(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            ends_at: session.absolute_until,
            user_agent: session.user_agent.clone(),
            address: session.address.clone(),
            is_present,
        }
    }
}

/// What came of a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Bootstrap)]
pub struct BootstrapView {
    /// Whether all of it was done.
    pub success: bool,
    /// What.
    pub status: BootstrapStatus,
}

/// What came of a webhook, step by step.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the shape of the contract")]
pub struct BootstrapStatus {
    /// Whether the user has an account.
    pub customer_initialized: bool,
    /// Whether that has a payer on mainnet.
    pub mainnet_account_provisioned: bool,
    /// Whether that has a payer on testnet.
    pub testnet_account_provisioned: bool,
    /// Whether the account was shown at the provider just now.
    pub custom_data_updated: bool,
    /// Always false.
    pub testnet_minimum_balance: bool,
    /// Always false.
    pub stripe_account_created: bool,
    /// What the provider did not take, as sentences.
    pub errors: Vec<String>,
}

impl From<people::Bootstrapped> for BootstrapView {
    fn from(done: people::Bootstrapped) -> Self {
        let status = BootstrapStatus {
            customer_initialized: done.customer_initialized,
            mainnet_account_provisioned: done.mainnet_account_provisioned,
            testnet_account_provisioned: done.testnet_account_provisioned,
            custom_data_updated: done.custom_data_updated,
            testnet_minimum_balance: done.testnet_minimum_balance,
            stripe_account_created: done.stripe_account_created,
            errors: done.errors,
        };
        Self { success: status.errors.is_empty(), status }
    }
}

/// An address's part of the document, completed with what may go wrong: where a browser is sent on or shown a page, in a page too.
pub(crate) fn complete(operation: &mut Operation, is_of_provider: bool, lets_join: bool) {
    let mut errors = vec![
        ("400", "What was sent is malformed or breaks a rule."),
        ("404", "What is named does not exist, or not here."),
        ("414", "The address is too long."),
        ("429", "Too many tries, or too much of this kind running and waiting."),
        ("500", "Our mistake; `incident` names the log entry."),
        ("503", "Something Studio needs is away, or too busy."),
    ];
    if !is_of_provider {
        errors.extend([
            ("401", "Nobody is signed in, or what was to prove it does not."),
            ("403", "Another page sent this, or the user may not."),
            ("409", "The state of the thing forbids it."),
        ]);
    }
    if lets_join {
        errors
            .push(("402", "The account has as many members as it may have, or the user as many identities."));
    }
    if operation.request_body.is_some() {
        errors.extend([
            ("408", "The body did not arrive in time."),
            ("413", "The body is too large."),
            ("415", "The body is neither JSON nor a form, or it is compressed."),
        ]);
    }
    let responses = &mut operation.responses.responses;
    let is_page = responses.iter().any(|(status, response)| {
        let has_html =
            matches!(response, RefOr::T(response) if response.content.keys().any(|kind| kind == HTML));
        has_html || ONWARD.contains(&status.as_str())
    });
    for (status, description) in errors {
        let problem = RefOr::<Schema>::Ref(Ref::from_schema_name("ProblemBody"));
        let mut response =
            ResponseBuilder::new().description(description).content(JSON, Content::new(Some(problem)));
        if is_page {
            let page = ObjectBuilder::new().schema_type(Type::String).build();
            response = response.content(HTML, Content::new(Some(page)));
        }
        responses.entry(status.to_owned()).or_insert_with(|| response.build().into());
    }
}
