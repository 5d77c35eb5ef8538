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
        /// A key is to change or to be replaced whose maker is suspended.
        ApiKeyHeld => "customer/api-key-held", Conflict, "who made this API key is suspended, and the key with him";
        /// No scopes, or more than there can be.
        ScopesInvalid { limit: usize } => "customer/scopes-invalid", Invalid, "there must be 1 to {limit} scopes";
        /// A key is to be bound to no network at all.
        NetworksMissing => "customer/networks-missing", Invalid, "an API key that is bound to networks is bound to at least one";
        /// More address ranges than are looked through for every request.
        AddressesTooMany { limit: usize } => "customer/addresses-too-many", Invalid, "an API key has at most {limit} address ranges";
        /// No such user belongs to it.
        MemberNotFound => "customer/member-not-found", NotFound, "no such member";
        /// Nobody could let anybody in any more.
        LastOwner => "customer/last-owner", Conflict, "an account keeps at least one owner who is not suspended; make somebody else an owner first";
        /// Who is invited or added belongs to it already.
        AlreadyMember => "customer/already-member", Conflict, "this person is a member already";
        /// It has or had members, and they say who joins.
        HasMembers => "customer/has-members", Conflict, "this account has had members before; one of them must invite you";
        /// Too many belong to it.
        MembersExhausted { limit: usize } => "customer/members-exhausted", PaymentRequired, "the limit of {limit} members is reached";
        /// Too many were invited and have not come.
        InvitationsExhausted { limit: usize } => "customer/invitations-exhausted", PaymentRequired, "the limit of {limit} open invitations is reached; revoke one first";
        /// The invitation does not exist for this customer.
        InvitationNotFound => "customer/invitation-not-found", NotFound, "no such invitation";
        /// It was accepted before, or taken back.
        InvitationEnded => "customer/invitation-ended", Conflict, "this invitation was accepted or revoked before; ask for another one";
        /// It came too late, or would be too late from the beginning.
        InvitationExpired => "customer/invitation-expired", Conflict, "this invitation has expired; ask for another one";
        /// It was bound to another address.
        InvitationForAnother => "customer/invitation-for-another", Conflict, "this invitation was written to another e-mail address: use that one, or ask for an invitation of yours";
        /// What the right of whoever decided was judged by is not so any more.
        RoleChanged => "customer/role-changed", Conflict, "a role that this is about was changed at the same moment; look at it and try again";
        /// Who wrote it does not belong to the customer any more, is suspended, or may not give such a role now.
        InvitationVoid => "customer/invitation-void", Conflict, "who wrote this invitation cannot let anybody in any more; ask for another one";
        /// There is no such role.
        RoleNotFound => "customer/role-not-found", NotFound, "no such role";
        /// The role is everybody's.
        RoleBuiltIn => "customer/role-built-in", Conflict, "owner, admin, issuer and auditor are the same in every account";
        /// Somebody has it, or was invited to it.
        RoleInUse => "customer/role-in-use", Conflict, "a member or an open invitation has this role; give them another one first";
        /// Too many roles.
        RolesExhausted { limit: usize } => "customer/roles-exhausted", PaymentRequired, "the limit of {limit} roles is reached; remove one first";
        /// Too many roots are to be trusted.
        TrustedRootsTooMany { limit: usize } => "customer/roots-too-many", Invalid, "an account trusts at most {limit} roots";
        /// A root is no text that a log should keep.
        TrustedRootInvalid => "customer/root-invalid", Invalid, "a trusted root is a DID, or the DID URL of a root authorisation by id or by name";
        /// Too many keys work at the same time.
        ApiKeysExhausted { limit: usize } => "customer/api-keys-exhausted", PaymentRequired, "the limit of {limit} working API keys is reached; revoke one first";
    }
}
