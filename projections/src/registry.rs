//! Every read model. Models do not know each other, nor this list; whoever keeps all of them up to date does.

use crate::{
    ProjectionError, account, accreditation, activity, credential, did, error::Result, job, model::ReadModel,
    people, resource, status_list, table::BUILDS_PER_REVISION_MAX,
};

macro_rules! models {
    ($($module:ident),+ $(,)?) => {
        const COUNT: usize = [$($module::MODEL),+].len();

        /// Every read model.
        pub(crate) static MODELS: [&dyn ReadModel; COUNT] = [$(&$module::Model),+];

        /// The names of all read models, which are also the names of their followers.
        pub const MODEL_NAMES: [&str; COUNT] = [$($module::MODEL.name),+];
    };
}
models!(account, people, did, resource, status_list, credential, accreditation, job, activity);

/// The model of this name.
pub(crate) fn model(name: &str) -> Result<&'static dyn ReadModel> {
    let found = MODELS.iter().find(|model| model.name() == name);
    found.copied().ok_or_else(|| ProjectionError::UnknownModel { name: name.to_owned(), known: &MODEL_NAMES })
}

/// Whether this version of Studio reads tables of this generation ([`store::FollowerStatus::version`]): those of another
/// revision have other columns.
pub fn is_ours(name: &str, version: i32) -> bool {
    model(name).is_ok_and(|model| version / BUILDS_PER_REVISION_MAX == model.revision())
}
