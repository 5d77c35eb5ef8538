//! How a credential is to be secured.

use crate::{
    default::OrDefault,
    view::kind::{CredentialFormat, DataModel, Suite},
};
use app::Fault;
use async_graphql::InputObject;
use credentials::format::{self, Securing};

/// How a credential is secured.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SecuringInput {
    /// Its format.
    #[graphql(default)]
    pub(crate) format: OrDefault<CredentialFormat>,
    /// Of JSON-LD: its data model. Accreditations are of the data model 1.1.
    #[graphql(default)]
    pub(crate) data_model: OrDefault<DataModel>,
    /// Of JSON-LD: its cryptosuite; by the type of the key's verification method unless told.
    pub(crate) cryptosuite: Option<Suite>,
}

/// Faults: `credential/format-unsupported`, `request/invalid`.
pub(crate) fn securing(input: &SecuringInput) -> Result<Securing, Fault> {
    let format = format::CredentialFormat::from(input.format.0);
    let data_model = format::DataModel::from(input.data_model.0);
    if !format::CredentialFormat::OFFERED.contains(&format) {
        let sentence = format!(
            "Credentials in the format {} cannot be issued by this version of Studio; use jwt or jsonld.",
            format.name()
        );
        return Err(Fault::invalid("credential/format-unsupported", sentence).with("field", "format"));
    }
    if format != format::CredentialFormat::JsonLd {
        let only = |name: &'static str| {
            Err(super::invalid(name, format!("{name} is only for credentials in the format jsonld")))
        };
        if data_model != format::DataModel::default() {
            return only("dataModel");
        }
        if input.cryptosuite.is_some() {
            return only("cryptosuite");
        }
    }
    Ok(Securing { data_model, cryptosuite: input.cryptosuite.map(Into::into), ..Securing::of(format) })
}

/// The same for an accreditation.
pub(crate) fn securing_of_accreditation(input: &SecuringInput) -> Result<Securing, Fault> {
    let securing = securing(input)?;
    if securing.data_model != format::DataModel::default() {
        return Err(super::invalid("dataModel", "Accreditations are of the data model 1.1"));
    }
    Ok(securing)
}
