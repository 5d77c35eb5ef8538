//! What happened, for `GET /event/list` and timelines: one row per deed. A ledger write is one deed whose row is completed
//! by its outcome. No personal data: ids, names of deeds, times and who acted.

mod deed;
mod queries;
#[cfg(test)]
mod tests;

pub use queries::{Activities, ActivityFilter, KeyUseFilter};

use crate::{
    error::Result,
    model::{Fact, ReadModel, placed},
    page::{Cursor, tag},
    rows::{Rows, Tables},
    table::{Generation, ModelId, Row as _, TableDef, table},
};
use async_trait::async_trait;
use deed::{done, signed_for};
use domain::{
    id::{CustomerId, Instant, KeyId, Network, OperationId},
    ledger::{Inclusion, LedgerFact, LedgerWrite, OperationKind, Rejection},
    register,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Hands the words for what happened, with what they say of themselves, to the macro `$then`: whoever shows them in types of its
/// own has them from here.
#[macro_export]
macro_rules! activity_words {
    ($then:ident) => {
        $then! {
            /// What a deed is about.
            ActivityCategory {
                /// The account.
                Account,
                /// API keys.
                ApiKey,
                /// Members of the account, and who is invited.
                Member,
                /// Roles of the account's own.
                Role,
                /// Users.
                User,
                /// Keys in the vault.
                Key,
                /// DIDs.
                Did,
                /// DID-Linked Resources of their own.
                Resource,
                /// Status lists.
                CredentialStatus,
                /// Credentials.
                Credential,
                /// Accreditations.
                Accreditation,
                /// Acts that wait for signatures from outside.
                Job,
            }
        }
        $then! {
            /// What was done.
            ActivityAction {
                /// The account was registered.
                AccountCreate,
                /// The list of trusted roots was replaced.
                TrustedRootsUpdate,
                /// Personal data was shown to the operator in the clear.
                PersonalDataReveal,
                /// An API key was issued.
                ApiKeyCreate,
                /// An API key got another name or end.
                ApiKeyUpdate,
                /// An API key was revoked.
                ApiKeyRevoke,
                /// It was said that an API key stops working soon.
                ApiKeyEndSoon,
                /// What was kept about a subject was made unreadable.
                SubjectErase,
                /// The account is called or reached otherwise.
                AccountUpdate,
                /// Somebody was invited.
                MemberInvite,
                /// An invitation was taken back.
                InvitationRevoke,
                /// A user became a member.
                MemberJoin,
                /// A member got another role.
                MemberRoleUpdate,
                /// A member was suspended.
                MemberSuspend,
                /// A member's suspension ended.
                MemberReinstate,
                /// A member was removed.
                MemberRemove,
                /// A role was made, or says anew what it may do.
                RoleDefine,
                /// A role was removed.
                RoleRemove,
                /// A user was registered.
                UserRegister,
                /// An e-mail address was verified.
                EmailVerify,
                /// A provider knows a user.
                IdentityLink,
                /// A password was set.
                PasswordChange,
                /// A user has another passkey.
                PasskeyAdd,
                /// A user calls a passkey otherwise.
                PasskeyRename,
                /// A passkey opens nothing any more.
                PasskeyRemove,
                /// A user was suspended by the operator.
                UserSuspend,
                /// A user's suspension ended.
                UserReinstate,
                /// A user signed in.
                SignIn,
                /// Somebody tried to sign in as a user and could not.
                SignInFail,
                /// A key was made in the vault.
                KeyCreate,
                /// A key was imported into the vault.
                KeyImport,
                /// The end of a key of the vault.
                KeyDelete,
                /// The end of a key, taken back.
                KeyRestore,
                /// A DID was created.
                DidCreate,
                /// A DID that was made elsewhere was taken over.
                DidImport,
                /// The private keys of a DID were given to its owner, locked.
                DidExport,
                /// A DID got another name or kind.
                DidLabel,
                /// A DID document was updated.
                DidUpdate,
                /// A DID was deactivated.
                DidDeactivate,
                /// The ledger was found to differ from the log.
                DidDriftFound,
                /// That difference is gone.
                DidDriftResolved,
                /// A resource version was published.
                ResourceCreate,
                /// A status list was published first.
                CredentialStatusCreateUnencrypted,
                /// A new version of a status list was published.
                CredentialStatusUpdateUnencrypted,
                /// A credential was signed.
                CredentialIssue,
                /// A credential was revoked.
                CredentialRevoke,
                /// A credential was suspended.
                CredentialSuspend,
                /// A credential's suspension ended.
                CredentialUnsuspend,
                /// An accreditation was granted.
                AccreditationIssue,
                /// An accreditation was revoked.
                AccreditationRevoke,
                /// An accreditation was suspended.
                AccreditationSuspend,
                /// An accreditation's suspension ended.
                AccreditationUnsuspend,
                /// An act began to wait for signatures.
                JobOpen,
                /// One of them was given.
                JobSign,
                /// An act that waited was refused.
                JobFail,
                /// Its signatures did not come in time.
                JobExpire,
            }
        }
        $then! {
            /// How a deed stands.
            ActivityStatus {
                /// On its way to the ledger.
                Pending,
                /// Done.
                Succeeded,
                /// The ledger refused it.
                Failed,
            }
        }
    };
}

macro_rules! words {
    ($(#[$of:meta])+ $name:ident { $($(#[$doc:meta])+ $word:ident,)+ }) => {
        $(#[$of])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $($(#[$doc])+ $word,)+
        }
    };
}
activity_words!(words);

impl ActivityAction {
    /// Its name, e.g. `did-create`.
    pub fn name(self) -> String {
        tag(&self)
    }

    /// Which ledger writes it is, if it is one.
    pub fn operation(self) -> Option<OperationKind> {
        OperationKind::ALL.iter().copied().find(|kind| Self::of_operation(*kind) == self)
    }

    const fn of_operation(kind: OperationKind) -> Self {
        match kind {
            OperationKind::DidCreate => Self::DidCreate,
            OperationKind::DidUpdate => Self::DidUpdate,
            OperationKind::DidDeactivate => Self::DidDeactivate,
            OperationKind::ResourceCreate => Self::ResourceCreate,
            OperationKind::StatusListCreate => Self::CredentialStatusCreateUnencrypted,
            OperationKind::StatusListUpdate => Self::CredentialStatusUpdateUnencrypted,
            OperationKind::AccreditationPublish => Self::AccreditationIssue,
        }
    }
}

table! {
    /// A deed.
    pub struct ActivityRow {
        /// The ledger operation if it is a ledger write, else the id of the event.
        pub activity: Uuid = "uuid",
        /// Whose it is.
        pub customer: CustomerId = "uuid not null",
        /// What it is about.
        pub category: ActivityCategory = "text not null",
        /// What was done.
        pub action: ActivityAction = "text not null",
        /// Id of the thing: a DID, key id, or UUID.
        pub entity: String = "text not null",
        /// The ledger operation, if it is a ledger write.
        pub operation: Option<OperationId> = "uuid",
        /// The network, if it is a ledger write.
        pub network: Option<Network> = "text",
        /// How it stands.
        pub status: ActivityStatus = "text not null",
        /// Why it failed: a stable slug.
        pub failure: Option<String> = "text",
        /// Upper-case hex of the transaction, once there is one.
        pub tx_hash: Option<String> = "text",
        /// What was paid, ncheq as a string, once it is known.
        pub fee_paid: Option<String> = "text",
        /// Who acted: `{"type": "apiKey" | "operator" | "studio", "id": …}`.
        pub actor: Value = "json not null",
        /// The request it belonged to.
        pub correlation: Uuid = "uuid not null",
        /// When it was done or asked for.
        pub created_at: Instant = "timestamptz not null",
        /// When its outcome was recorded, for a ledger write.
        pub updated_at: Option<Instant> = "timestamptz",
        /// Log position of its (first) event.
        pub position: i64 = "bigint not null",
        /// Log position of its last event: with its outcome, a ledger write moves behind all that happened until then. So
        /// whoever reads on behind the last place he has seen misses nothing.
        pub changed: i64 = "bigint not null",
    }
    key |row| ActivityKey { activity: Uuid = row.activity };
    index "(customer, position)";
    index "(customer, category, position)";
    index "(customer, action, position)";
    index "(customer, status, position)";
    index "(customer, entity, position)";
    index "(customer, changed)";
}

impl ActivityRow {
    /// Its place in the order of changes, for [`Activities::changed_after`].
    pub fn change(&self) -> Cursor {
        Cursor(self.changed)
    }
}

table! {
    /// A use of an identity key of the vault: what it signed for.
    pub struct KeyUseRow in "key_use" {
        /// Whose it is.
        pub customer: CustomerId = "uuid",
        /// The key.
        pub kid: KeyId = "text",
        /// Log position of the event that tells what for.
        pub position: i64 = "bigint",
        /// What that is about.
        pub category: ActivityCategory = "text not null",
        /// What was done with it.
        pub action: ActivityAction = "text not null",
        /// Id of the thing.
        pub entity: String = "text not null",
        /// The ledger operation, if it was for a ledger write.
        pub operation: Option<OperationId> = "uuid",
        /// The network, if it was for a ledger write.
        pub network: Option<Network> = "text",
        /// Who acted.
        pub actor: Value = "json not null",
        /// The request it belonged to.
        pub correlation: Uuid = "uuid not null",
        /// When.
        pub created_at: Instant = "timestamptz not null",
    }
    key |row| KeyUseKey { customer: CustomerId = row.customer, kid: KeyId = row.kid.clone(), position: i64 = row.position };
}

placed!(ActivityRow, KeyUseRow);

/// What an event is among deeds.
enum Deed<'a> {
    /// Done at once.
    Done(ActivityCategory, ActivityAction, String),
    /// Asked of the ledger.
    Asked(ActivityCategory, ActivityAction, String, &'a LedgerWrite),
    /// The ledger did it.
    Succeeded(OperationId, &'a Inclusion),
    /// The ledger refused it.
    Failed(OperationId, &'a Rejection),
    /// Part of another deed.
    Part,
}

fn deed<'a>(fact: &'a Fact<'_>) -> Deed<'a> {
    let write = match fact.event.ledger() {
        Some(LedgerFact::Included { operation, inclusion }) => return Deed::Succeeded(operation, inclusion),
        Some(LedgerFact::Rejected { operation, rejection, .. }) => return Deed::Failed(operation, rejection),
        Some(LedgerFact::Asked { write, .. }) => Some(write),
        None => None,
    };
    match (done(fact), write) {
        (Some((category, action, thing)), Some(write)) => Deed::Asked(category, action, thing, write),
        (Some((category, action, thing)), None) => Deed::Done(category, action, thing),
        (None, _) => Deed::Part,
    }
}

pub(crate) struct Model;

pub(crate) const MODEL: ModelId = ModelId { name: "activity", revision: 4 };

#[async_trait]
impl ReadModel for Model {
    fn id(&self) -> ModelId {
        MODEL
    }
    fn tables(&self) -> &'static [TableDef] {
        &[ActivityRow::TABLE, KeyUseRow::TABLE]
    }
    fn streams(&self) -> &'static [&'static str] {
        register::TYPES
    }

    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()> {
        let settled: BTreeSet<ActivityKey> = facts
            .iter()
            .filter_map(|fact| match deed(fact) {
                Deed::Succeeded(operation, _) | Deed::Failed(operation, _) => {
                    Some(ActivityKey { activity: operation.0 })
                }
                Deed::Done(..) | Deed::Asked(..) | Deed::Part => None,
            })
            .collect();
        let mut rows: Rows<ActivityRow> = Rows::load(db, generation, settled).await?;
        let mut uses: Rows<KeyUseRow> = Rows::load(db, generation, BTreeSet::new()).await?;
        for fact in facts {
            take_in(&mut rows, fact);
            note_uses(&mut uses, fact);
        }
        rows.save(db, generation).await?;
        uses.save(db, generation).await
    }
}

fn take_in(rows: &mut Rows<ActivityRow>, fact: &Fact<'_>) {
    match deed(fact) {
        Deed::Part => {}
        Deed::Done(category, action, entity) => rows.put(new(fact, category, action, entity, None)),
        Deed::Asked(category, action, entity, write) => {
            rows.put(new(fact, category, action, entity, Some(write)));
        }
        Deed::Succeeded(operation, inclusion) => {
            rows.change(&ActivityKey { activity: operation.0 }, |row| {
                row.status = ActivityStatus::Succeeded;
                row.failure = None;
                row.tx_hash.clone_from(&inclusion.tx_hash);
                row.fee_paid = Some(inclusion.fee_paid.to_string());
                row.updated_at = Some(fact.at());
                row.changed = fact.position();
            });
        }
        Deed::Failed(operation, rejection) => {
            rows.change(&ActivityKey { activity: operation.0 }, |row| {
                row.status = ActivityStatus::Failed;
                row.failure = Some(rejection.code.clone());
                row.tx_hash.clone_from(&rejection.tx_hash);
                row.updated_at = Some(fact.at());
                row.changed = fact.position();
            });
        }
    }
}

fn note_uses(uses: &mut Rows<KeyUseRow>, fact: &Fact<'_>) {
    let metadata = &fact.entry.metadata;
    if metadata.keys_used.is_empty() {
        return;
    }
    let Some((category, action, entity)) = signed_for(fact) else { return };
    let write = match fact.event.ledger() {
        Some(LedgerFact::Asked { write, .. }) => Some(write),
        _ => None,
    };
    for kid in &metadata.keys_used {
        uses.put(KeyUseRow {
            customer: metadata.customer,
            kid: kid.clone(),
            position: fact.position(),
            category,
            action,
            entity: entity.clone(),
            operation: write.map(|write| write.operation),
            network: write.map(|write| write.network),
            actor: serde_json::to_value(&metadata.actor).unwrap_or_default(),
            correlation: metadata.correlation_id,
            created_at: metadata.occurred_at,
        });
    }
}

fn new(
    fact: &Fact<'_>,
    category: ActivityCategory,
    action: ActivityAction,
    entity: String,
    write: Option<&LedgerWrite>,
) -> ActivityRow {
    let metadata = &fact.entry.metadata;
    ActivityRow {
        activity: write.map_or(fact.entry.event_id, |write| write.operation.0),
        customer: metadata.customer,
        category,
        action,
        entity,
        operation: write.map(|write| write.operation),
        network: write.map(|write| write.network),
        status: write.map_or(ActivityStatus::Succeeded, |_| ActivityStatus::Pending),
        failure: None,
        tx_hash: None,
        fee_paid: None,
        actor: serde_json::to_value(&metadata.actor).unwrap_or_default(),
        correlation: metadata.correlation_id,
        created_at: metadata.occurred_at,
        updated_at: None,
        position: fact.position(),
        changed: fact.position(),
    }
}
