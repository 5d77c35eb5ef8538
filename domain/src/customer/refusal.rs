//! Why a command to it is refused.

crate::refusals! {
    /// Refusals of [`super::Customer`].
    CustomerRefusal {
        /// It does not exist.
        NotFound => "customer/not-found", NotFound, "no such customer";
        /// Somebody registered it before, with other payers.
        AlreadyRegistered => "customer/already-registered", Conflict, "this customer is already registered";
        /// A payer list names a network twice.
        DuplicatePayer => "customer/duplicate-payer", Invalid, "a customer has one payer account per network";
        /// The key does not exist for this customer.
        ApiKeyNotFound => "customer/api-key-not-found", NotFound, "no such API key";
        /// The key id was issued before with another secret.
        ApiKeyAlreadyIssued => "customer/api-key-already-issued", Conflict, "an API key with this id was issued before";
        /// The key would never work.
        ApiKeyAlreadyExpired => "customer/api-key-already-expired", Invalid, "the expiry of an API key must lie in the future";
        /// The name is none.
        ApiKeyNameInvalid { limit: usize } => "customer/api-key-name-invalid", Invalid, "the name of an API key has 1 to {limit} printable characters";
        /// A revoked key is to change.
        ApiKeyRevoked => "customer/api-key-revoked", Conflict, "this API key is revoked, which is for good; issue another one";
        /// A key that stopped working is to change.
        ApiKeyExpired => "customer/api-key-expired", Conflict, "this API key has expired; issue or rotate to another one";
        /// Too many roots are to be trusted.
        TrustedRootsTooMany { limit: usize } => "customer/roots-too-many", Invalid, "an account trusts at most {limit} roots";
        /// A root is no text that a log should keep.
        TrustedRootInvalid => "customer/root-invalid", Invalid, "a trusted root is a DID, or the DID URL of a root authorisation by id or by name";
        /// Too many keys work at the same time.
        ApiKeysExhausted { limit: usize } => "customer/api-keys-exhausted", PaymentRequired, "the limit of {limit} working API keys is reached; revoke one first";
    }
}
