//! Presentations: credentials shown by their holder to somebody.

mod create;
mod verify;

pub use create::{CreatePresentation, CreatedPresentation, create};
pub use verify::{GivenPresentation, PresentationVerdict, VerifyPresentation, verify};

domain::limits! {
    /// Credentials in one presentation: each is verified by itself.
    pub CREDENTIALS_MAX: usize = 20, "credentials";
}
