//! What callers can do, each named once: the acts. Both doors, the places that a request takes, what a caller must be allowed
//! and the tests that walk through all of it come from this one list.
//!
//! Whatever changes something is a value that implements [`Act`] and goes through [`perform`]. Questions are on the list too;
//! a door asks [`Principal::may`] and answers them from the read models.

mod idempotency;
mod kept;
mod perform;
mod principal;
pub mod role;

pub use idempotency::{IDEMPOTENCY_KEY_CHARS_MAX, IdempotencyKey};
pub use perform::{Settled, perform};
pub(crate) use principal::beyond_own_rights;
pub use principal::{Actor, Networks, Principal, Scopes};

use crate::{Call, Fault, Studio, Written, budget::Work};
use domain::id::Network;
use serde::{Serialize, de::DeserializeOwned};

/// The limits of this module.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [idempotency::LIMITS, perform::LIMITS].concat()
}

/// What an act leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Nothing, and the ledger is asked.
    LedgerRead,
    /// Something here; takes an idempotency key.
    Write,
    /// Something on the ledger; takes an idempotency key, a longest wait, `dryRun` and `maxFee`.
    LedgerWrite,
}

impl Effect {
    /// Whether it leaves anything behind.
    pub const fn is_write(self) -> bool {
        matches!(self, Self::Write | Self::LedgerWrite)
    }

    /// Which places it takes.
    pub const fn work(self) -> Work {
        match self {
            Self::Read => Work::Read,
            Self::LedgerRead => Work::Ask,
            Self::Write => Work::Sign,
            Self::LedgerWrite => Work::LedgerWrite,
        }
    }
}

/// What a caller must be allowed: cheqd Studio's name of it, `<verb>:<noun>`, and whether it is given per network, as in
/// `create:did:testnet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Its name without a network.
    pub name: &'static str,
    /// Whether there is one for each network.
    pub per_network: bool,
}

/// One entry of the list.
#[derive(Debug, PartialEq, Eq)]
pub struct Spec {
    /// Its name, `<noun>.<verb>`, for spans and idempotency keys. It never changes: kept keys are bound to it.
    pub name: &'static str,
    /// What it leaves behind.
    pub effect: Effect,
    /// What a caller must be allowed.
    pub needs: Scope,
    /// Whether it takes effect on every network, or on one that its scope does not name: whoever is bound to networks does not do it.
    pub every_network: bool,
}

/// Something that changes something, with all it needs to know.
///
/// Its serialised form is what an idempotency key is bound to: the same act is the same request, whichever door it comes by.
pub trait Act: Serialize + Send + 'static {
    /// What came of it. Its serialised form is kept for repeats, so what is told once is left out of it.
    type Done: Serialize + DeserializeOwned + Send + 'static;

    /// Which act.
    fn spec(&self) -> &'static Spec;

    /// The network it acts on, if it is one: that of the DID acted on, whatever else the request says of networks.
    fn network(&self) -> Option<Network> {
        None
    }

    /// Whether the same act again, once its write has taken effect, does nothing and tells what the first one would have told. It
    /// does not where it looks at what has changed since, or where it may have shared somebody else's write.
    fn tells_its_end(&self) -> bool {
        false
    }

    /// Whether its answer tells nothing of anybody. It is kept even if it comes while a subject is erased: for one, that of the
    /// erasure itself, whose repeat must not erase what came after it.
    fn is_bare(&self) -> bool {
        false
    }

    /// Does it.
    fn run(
        self,
        studio: &Studio,
        call: &Call,
    ) -> impl Future<Output = Result<Written<Self::Done>, Fault>> + Send;
}

/// An act that one function does, here and at once: `act!(CreateKey => KeyRecord: KEY_CREATE, create);`
macro_rules! act {
    ($act:ty => $done:ty: $spec:path, $by:path) => {
        impl $crate::Act for $act {
            type Done = $done;

            fn spec(&self) -> &'static $crate::act::Spec {
                &$spec
            }

            async fn run(
                self,
                studio: &$crate::Studio,
                call: &$crate::Call,
            ) -> Result<$crate::Written<$done>, $crate::Fault> {
                $by(studio, call, self).await.map($crate::Written::Done)
            }
        }
    };
}
pub(crate) use act;

macro_rules! per_network {
    (per network) => {
        true
    };
    ($(every network)?) => {
        false
    };
}

macro_rules! every_network {
    (every network) => {
        true
    };
    ($(per network)?) => {
        false
    };
}

macro_rules! acts {
    ($($(#[doc = $doc:literal])+ $id:ident: $name:literal, $effect:ident, $scope:literal $(($($per:tt)+))?;)+) => {
        $($(#[doc = $doc])+
        pub static $id: Spec = Spec {
            name: $name,
            effect: Effect::$effect,
            needs: Scope { name: $scope, per_network: per_network!($($($per)+)?) },
            every_network: every_network!($($($per)+)?),
        };)+

        /// Every act.
        pub static ACTS: &[&Spec] = &[$(&$id),+];
    };
}

acts! {
    /// The account, its payers and their balances.
    ACCOUNT_READ: "account.read", Read, "read:account";
    /// A new API key.
    API_KEY_CREATE: "api-key.create", Write, "admin:api-key:create";
    /// Another name or end of an API key.
    API_KEY_UPDATE: "api-key.update", Write, "admin:api-key:update";
    /// The end of an API key.
    API_KEY_REVOKE: "api-key.revoke", Write, "admin:api-key:revoke";
    /// A new API key in the place of another.
    API_KEY_ROTATE: "api-key.rotate", Write, "admin:api-key:rotate";
    /// The account's API keys.
    API_KEY_LIST: "api-key.list", Read, "admin:api-key:list";
    /// One API key.
    API_KEY_READ: "api-key.read", Read, "admin:api-key:get";
    /// What the account is called, and how it is reached.
    ORGANISATION_READ: "organisation.read", Read, "admin:organisation:get";
    /// Another name of the account, or another way to reach it.
    ORGANISATION_UPDATE: "organisation.update", Write, "admin:organisation:update";
    /// The account as it was made, for whoever expects to make it.
    ACCOUNT_CREATE: "account.create", Read, "create:account";
    /// The end of one's own membership.
    ACCOUNT_LEAVE: "account.leave", Write, "leave:account";
    /// The account's members.
    MEMBER_LIST: "member.list", Read, "admin:member:list";
    /// Another role of a member.
    MEMBER_UPDATE: "member-role.change", Write, "admin:member:update";
    /// A member's suspension.
    MEMBER_SUSPEND: "member.suspend", Write, "admin:member:suspend";
    /// The end of a member's suspension.
    MEMBER_REINSTATE: "member.reinstate", Write, "admin:member:reinstate";
    /// The end of a membership.
    MEMBER_REMOVE: "member.remove", Write, "admin:member:remove";
    /// An invitation.
    INVITATION_CREATE: "member.invite", Write, "admin:invitation:create";
    /// The account's invitations.
    INVITATION_LIST: "invitation.list", Read, "admin:invitation:list";
    /// The end of an invitation.
    INVITATION_REVOKE: "invitation.revoke", Write, "admin:invitation:revoke";
    /// What a role of the account's own may do.
    ROLE_DEFINE: "role.define", Write, "admin:role:define";
    /// The end of a role of the account's own.
    ROLE_REMOVE: "role.remove", Write, "admin:role:remove";
    /// The roles there are.
    ROLE_LIST: "role.list", Read, "admin:role:list";
    /// A new key in the vault.
    KEY_CREATE: "key.create", Write, "create:key";
    /// A key of the caller's making, taken over into the vault.
    KEY_IMPORT: "key.import", Write, "import:key";
    /// The end of a key, private half and all.
    KEY_DELETE: "key.delete", Write, "delete:key";
    /// One key of the vault.
    KEY_READ: "key.read", Read, "read:key";
    /// The account's keys.
    KEY_LIST: "key.list", Read, "list:key";
    /// A new DID.
    DID_CREATE: "did.create", LedgerWrite, "create:did" (per network);
    /// A DID that was made elsewhere.
    DID_IMPORT: "did.import", Write, "import:did" (per network);
    /// The private keys of a DID, given to its owner.
    DID_EXPORT: "did.export", Write, "export:did" (per network);
    /// A new version of a DID document.
    DID_UPDATE: "did.update", LedgerWrite, "update:did" (per network);
    /// Another name or kind of a DID, here and not on the ledger.
    DID_LABEL: "did.label", Write, "label:did" (per network);
    /// The end of a DID.
    DID_DEACTIVATE: "did.deactivate", LedgerWrite, "deactivate:did" (per network);
    /// The account's DIDs.
    DID_LIST: "did.list", Read, "list:did" (per network);
    /// What a DID or DID URL resolves to.
    DID_RESOLVE: "did.resolve", LedgerRead, "read:did";
    /// A new resource version.
    RESOURCE_CREATE: "resource.create", LedgerWrite, "create:resource" (per network);
    /// The account's resources.
    RESOURCE_LIST: "resource.list", Read, "list:resource" (per network);
    /// The versions of one resource, with who wrote which.
    RESOURCE_READ: "resource.read", LedgerRead, "read:resource" (per network);
    /// Anything of the account's by its id.
    NODE_READ: "node.read", Read, "read:node";
    /// The account's ledger operations.
    OPERATION_LIST: "operation.list", Read, "list:operation";
    /// One ledger operation.
    OPERATION_READ: "operation.read", Read, "read:operation";
    /// Another try of an operation.
    OPERATION_RETRY: "operation.retry", Write, "retry:operation" (every network);
    /// An operation given up.
    OPERATION_SKIP: "operation.skip", Write, "skip:operation" (every network);
    /// An operation ended without effect.
    OPERATION_CANCEL: "operation.cancel", Write, "cancel:operation" (every network);
    /// Acts of the account that wait for signatures from outside.
    JOB_LIST: "job.list", Read, "list:job";
    /// One of them, with what is to be signed.
    JOB_READ: "job.read", Read, "read:job";
    /// A job that is wanted no more.
    JOB_CANCEL: "job.cancel", Write, "cancel:job";
    /// Signatures from outside.
    JOB_SIGN: "signatures.submit", LedgerWrite, "sign:job";
    /// What the account did.
    EVENT_LIST: "event.list", Read, "list:event" (per network);
    /// A new status list.
    STATUS_LIST_CREATE: "status-list.create", LedgerWrite, "create-unencrypted:credential-status" (per network);
    /// Other entries of a status list.
    STATUS_LIST_UPDATE: "status-list.update", LedgerWrite, "update-unencrypted:credential-status" (per network);
    /// What entries of a status list say.
    STATUS_LIST_CHECK: "status-list.check", LedgerRead, "check:credential-status";
    /// The account's status lists.
    STATUS_LIST_LIST: "status-list.list", Read, "list:credential-status" (per network);
    /// A signed credential.
    CREDENTIAL_ISSUE: "credential.issue", Write, "issue:credential" (per network);
    /// A credential's end.
    CREDENTIAL_REVOKE: "credential.revoke", LedgerWrite, "revoke:credential" (per network);
    /// A credential's suspension.
    CREDENTIAL_SUSPEND: "credential.suspend", LedgerWrite, "suspend:credential" (per network);
    /// The end of a credential's suspension.
    CREDENTIAL_REINSTATE: "credential.reinstate", LedgerWrite, "reinstate:credential" (per network);
    /// Whether a credential holds.
    CREDENTIAL_VERIFY: "credential.verify", LedgerRead, "verify:credential";
    /// The account's credentials.
    CREDENTIAL_LIST: "credential.list", Read, "list:credential" (per network);
    /// A presentation of credentials, signed by their holder.
    PRESENTATION_CREATE: "presentation.create", Write, "create:presentation" (per network);
    /// Whether a presentation holds, and every credential in it.
    PRESENTATION_VERIFY: "presentation.verify", LedgerRead, "verify:presentation";
    /// The end of one's own session.
    SESSION_END: "session.end", Write, "end:session";
    /// What is known of a subject, made unreadable.
    SUBJECT_ERASE: "subject.erase", Write, "erase:subject" (every network);
    /// A published accreditation.
    ACCREDITATION_ISSUE: "accreditation.issue", LedgerWrite, "issue-accreditation:trust-registry" (per network);
    /// An accreditation's end.
    ACCREDITATION_REVOKE: "accreditation.revoke", LedgerWrite, "revoke-accreditation:trust-registry" (per network);
    /// An accreditation's suspension.
    ACCREDITATION_SUSPEND: "accreditation.suspend", LedgerWrite, "suspend-accreditation:trust-registry" (per network);
    /// The end of an accreditation's suspension.
    ACCREDITATION_REINSTATE: "accreditation.reinstate", LedgerWrite, "reinstate-accreditation:trust-registry" (per network);
    /// Whether a chain of accreditations holds.
    ACCREDITATION_VERIFY: "accreditation.verify", LedgerRead, "verify-accreditation:trust-registry";
    /// The account's accreditations.
    ACCREDITATION_LIST: "accreditation.list", Read, "list-accreditation:trust-registry" (per network);
    /// The roots that the account trusts.
    ROOTS_READ: "roots.read", Read, "read-roots:trust-registry";
    /// Other roots that the account trusts.
    ROOTS_SET: "roots.set", Write, "update-roots:trust-registry" (every network);
}

#[cfg(test)]
mod tests;
