//! What can go wrong with a provider and with what it sends, as the port tells it (docs/errors/auth.md).

use app::{Fault, FaultKind};
use std::fmt;

/// The provider is away, or what answers is none.
pub(crate) fn unreachable(detail: impl fmt::Display) -> Fault {
    let sentence = "The identity provider cannot be reached. Try again soon; API keys work meanwhile.";
    Fault::unavailable("auth/provider-unreachable", sentence, detail)
}

/// The provider does not know Studio as it is configured.
pub(crate) fn refuses_studio(detail: impl fmt::Display) -> Fault {
    let sentence =
        "The identity provider does not accept this Studio. Its operator has to look at the configuration.";
    Fault::unavailable("auth/provider-refuses-studio", sentence, detail)
}

/// The answer that a browser brought is not for the sign-in that it began.
pub(crate) fn mismatch(detail: impl fmt::Display) -> Fault {
    let sentence = "This is not the answer to a sign-in that began in this browser. Please sign in again.";
    Fault::invalid("auth/sign-in-mismatch", sentence).because(detail)
}

/// The provider said no, or not any more.
pub(crate) fn refused(detail: impl fmt::Display) -> Fault {
    let sentence = "The identity provider did not let you in. Please sign in again.";
    Fault::new(FaultKind::Unauthenticated, "auth/sign-in-refused", sentence).because(detail)
}

/// A token that proves nothing.
pub(crate) fn invalid_token(detail: impl fmt::Display) -> Fault {
    let sentence = "The token is not one that the identity provider made for this Studio.";
    Fault::new(FaultKind::Unauthenticated, "auth/token-invalid", sentence).because(detail)
}
