//! Makes what is known of a person unreadable, for good.

use crate::{
    Act, Call, Fault, Studio, Written,
    act::{SUBJECT_ERASE, Spec},
    credential,
    port::{Execute, commands::Meta, replies::REPLIES_SUBJECT},
    write,
};
use domain::customer::{Customer, CustomerCommand};
use serde::Serialize;

domain::limits! {
    /// Longest DID of a subject whose data is to be erased.
    pub SUBJECT_DID_BYTES_MAX: usize = 4_096, "bytes";
}

/// The DID of a subject to forget.
#[derive(Debug, Clone, Serialize)]
pub struct EraseSubject(pub String);

/// Deletes the key under which the tenant's issued credentials about `subject_did` stand sealed, in the log and everywhere
/// else, and the one under which answers are kept for repeats, because those may hold such a credential too. The events stay,
/// and so does the proof of the log. What was published on the ledger cannot be taken back. Faults: `request/invalid`,
/// `subject/not-found` (nothing was ever sealed about it).
pub async fn erase_subject(studio: &Studio, call: &Call, subject_did: &str) -> Result<(), Fault> {
    // Not held against today's rules of DIDs: what was issued under others must be erasable too.
    if subject_did.len() > SUBJECT_DID_BYTES_MAX || !subject_did.starts_with("did:") {
        return Err(Fault::about("subjectDid", "subjectDid should be the DID of a subject: did:…"));
    }
    let subject = credential::subject(studio, call.who.customer, subject_did).await?;
    let spelled = credential::subject_as_spelled(studio, call.who.customer, subject_did).await?;
    let other = (spelled != subject).then_some(spelled);
    studio.replies.forget_running(call.who.customer).await?;
    // First the keys, then the note: a log that says it is done must be right. A repeat after a death in between deletes
    // nothing more, and writes the note.
    let mut is_known = false;
    for subject in std::iter::once(subject).chain(other) {
        let keys = studio.vault.erase(call.who.customer, &subject).await?;
        if keys > 0 {
            is_known = true;
            studio.vault.erase(call.who.customer, REPLIES_SUBJECT).await?;
            note(studio, call, &subject, keys).await?;
        }
    }
    if is_known {
        Ok(())
    } else {
        Err(Fault::not_found("subject/not-found", "Nothing is kept about this subject."))
    }
}

/// The event of an erasure. How many keys are gone is part of the command: a repeat that found a newer one deleted more.
async fn note(studio: &Studio, call: &Call, subject: &str, keys: u64) -> Result<(), Fault> {
    let hash = subject.rsplit('/').next().unwrap_or_default().to_owned();
    let command = CustomerCommand::NoteErasure { subject: hash, keys, at: call.at };
    let id = call.who.customer.to_string();
    let meta = Meta::of(call, &format!("{subject}/erase/{keys}"));
    let done = Execute::<Customer>::execute(&*studio.commands, &id, command, meta).await?;
    write::visible(studio, done.token).await
}

impl Act for EraseSubject {
    type Done = ();

    fn spec(&self) -> &'static Spec {
        &SUBJECT_ERASE
    }

    fn is_bare(&self) -> bool {
        true
    }

    async fn run(self, studio: &Studio, call: &Call) -> Result<Written<()>, Fault> {
        erase_subject(studio, call, &self.0).await.map(Written::Done)
    }
}
