//! Why a command to it is refused.

crate::refusals! {
    /// Refusals of [`super::User`].
    UserRefusal {
        /// He does not exist.
        NotFound => "user/not-found", NotFound, "no such user";
        /// The stream is that of another user.
        AlreadyRegistered => "user/already-registered", Conflict, "this user is already registered";
        /// Too many providers know him.
        IdentitiesExhausted { limit: usize } => "user/identities-exhausted", PaymentRequired, "a user is known by at most {limit} identities";
    }
}
