//! Why a command to it is refused.

crate::refusals! {
    /// Refusals of [`super::ResourceLine`].
    ResourceRefusal {
        /// It does not exist, or not for this customer.
        NotFound => "resource/not-found", NotFound, "no such resource";
        /// A resource id can be used only once.
        AlreadyExists => "resource/already-exists", Conflict, "a resource version with this id exists already or is on its way";
        /// The version belongs to another line.
        WrongLine => "resource/wrong-line", Invalid, "all versions of a resource share one DID, name and type";
        /// No such write was ever requested.
        UnknownOperation => "resource/unknown-operation", NotFound, "no such operation was requested for this resource";
        /// The write has ended the other way before.
        OutcomeContradicts => "resource/outcome-contradicts", Conflict, "the operation has ended differently before";
    }
}
