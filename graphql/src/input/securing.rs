//! How a credential is to be secured.

use super::invalid;
use crate::{
    default::OrDefault,
    view::kind::{CredentialFormat, DataModel, Suite},
};
use app::Fault;
use async_graphql::InputObject;
use credentials::format::{self, Disclosure, Securing};
use serde_json::Value;

/// How a credential is secured.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SecuringInput {
    /// Its format.
    #[graphql(default)]
    pub(crate) format: OrDefault<CredentialFormat>,
    /// Of JSON-LD and JWT: its data model; a JWT of 2.0 is a `vc+jwt`. Accreditations are of the data model 1.1.
    #[graphql(default)]
    pub(crate) data_model: OrDefault<DataModel>,
    /// Of JSON-LD: its cryptosuite; by the type of the key's verification method unless told.
    pub(crate) cryptosuite: Option<Suite>,
}

/// What an SD-JWT VC takes.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SdJwtVcInput {
    /// Its type.
    vct: String,
    /// JSON pointers to attributes that its holder may keep back, as `/name` or `/address/street`.
    selectively_disclosable: Option<Vec<String>>,
    /// Digests of nothing, so that their number says less.
    decoys: Option<u16>,
    /// The holder's public key, a JWK, which presentations are bound to.
    holder_key: Option<Value>,
}

/// The same as [`securing`], with what an SD-JWT VC takes.
pub(crate) fn securing_of_credential(
    input: &SecuringInput,
    sd_jwt_vc: Option<SdJwtVcInput>,
) -> Result<Securing, Fault> {
    let disclosure = sd_jwt_vc.map(|asked| {
        Box::new(Disclosure {
            vct: asked.vct,
            selectively_disclosable: asked.selectively_disclosable.unwrap_or_default(),
            decoys: asked.decoys.unwrap_or_default(),
            holder_key: asked.holder_key,
            ..Disclosure::default()
        })
    });
    Ok(Securing { disclosure, ..securing(input)? })
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
        if format != format::CredentialFormat::Jwt && data_model != format::DataModel::default() {
            let sentence = "dataModel is only for credentials in the formats jwt and jsonld";
            return Err(invalid("dataModel", sentence));
        }
        if input.cryptosuite.is_some() {
            let sentence = "cryptosuite is only for credentials in the format jsonld";
            return Err(invalid("cryptosuite", sentence));
        }
    }
    Ok(Securing { data_model, cryptosuite: input.cryptosuite.map(Into::into), ..Securing::of(format) })
}

/// The same for an accreditation.
pub(crate) fn securing_of_accreditation(input: &SecuringInput) -> Result<Securing, Fault> {
    let securing = securing(input)?;
    if securing.data_model != format::DataModel::default() {
        return Err(invalid("dataModel", "Accreditations are of the data model 1.1"));
    }
    Ok(securing)
}
