//! Why a command to it is refused.

crate::refusals! {
    /// Refusals of [`super::Key`].
    KeyRefusal {
        /// It does not exist, or not for this customer.
        NotFound => "key/not-found", NotFound, "no such key";
        /// The key pair is held already: by another customer, or for another purpose.
        AlreadyHeld => "key/already-held", Conflict, "this key pair is already in use";
        /// The public key is not what its algorithm asks for, or not what the key id says.
        Malformed => "key/malformed", Invalid, "the public key must be lower-case hex of 32 bytes (Ed25519) or 33 bytes (compressed secp256k1 or P-256) and equal the key id";
        /// Whoever deletes it loses what is on its account.
        PaysFees => "key/pays-fees", Conflict, "an account on the ledger belongs to this key: it is not deleted";
        /// Ledger transactions are signed with secp256k1 only.
        WrongAlgorithm => "key/wrong-algorithm", Invalid, "a payer account needs a secp256k1 key";
    }
}
