//! Why a command to it is refused.

crate::refusals! {
    /// Refusals of [`super::Job`].
    JobRefusal {
        /// It does not exist, or not for this customer.
        NotFound => "job/not-found", NotFound, "no such job";
        /// The request that opened it asks for something else now.
        AlreadyOpen => "job/already-open", Conflict, "this request has already opened another job";
        /// The job wants no signature of this number.
        UnknownSigner => "job/unknown-signer", Invalid, "this job wants no such signature";
        /// Not everybody who must sign has signed.
        SignaturesMissing => "job/signatures-missing", Conflict, "signatures are still missing";
        /// Everybody has signed: it is being carried out.
        AllSigned => "job/all-signed", Conflict, "everybody has signed: this job cannot be cancelled any more";
        /// It was carried out.
        Finished => "job/finished", Conflict, "this job was carried out already: it takes no more signatures";
        /// It was refused for good.
        Failed => "job/failed", Conflict, "this job has failed: open a new one";
        /// Its time is over.
        Expired => "job/expired", Conflict, "the signatures of this job did not come in time: open a new one";
        /// More signatures than a job can wait for.
        TooMany => "job/too-many-signatures", Invalid, "this act wants more signatures than a job can wait for";
    }
}
