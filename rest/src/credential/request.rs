//! Members that requests for signed documents have in common.

use crate::{Input, check, input::invalid};
use app::{
    Fault,
    credential::{EntryRange, GivenCredential, StatusRequest, TEXTS_MAX},
};
use credentials::format::{CredentialFormat, DataModel, Disclosure, Securing, Suite};
use domain::status_list::{ListType, StatusPurpose};
use serde_json::{Map, Value};

/// Members that the signature decides; a caller cannot set them.
const SIGNED_MEMBERS: [&str; 14] = [
    "issuer",
    "credentialSubject",
    "issuanceDate",
    "validFrom",
    "validUntil",
    "proof",
    "vc",
    "iss",
    "sub",
    "nbf",
    "iat",
    "exp",
    "aud",
    "jti",
];
/// Members passed on into the document as they come.
const PASSED_ON: [&str; 3] = ["termsOfUse", "evidence", "refreshService"];

/// `credential`, in any form that is one.
pub(crate) fn given_credential(input: &Input) -> Result<GivenCredential, Fault> {
    GivenCredential::accept(&input.value("credential").unwrap_or_default())
}

/// A text or several; nothing is an empty list.
pub(crate) fn string_list(input: &Input, name: &str) -> Result<Vec<String>, Fault> {
    let sentence = format!("{name} should be a string or an array of strings");
    let texts = match input.raw(name) {
        None => Vec::new(),
        // Only in a form may a text be a list.
        Some(Value::String(text)) => match input.array(name, &sentence) {
            Ok(Some(items)) => check::texts(name, &items, &sentence)?,
            _ => vec![text.clone()],
        },
        Some(_) => {
            let items = input.array(name, &sentence)?.unwrap_or_default();
            check::texts(name, &items, &sentence)?
        }
    };
    if texts.len() > TEXTS_MAX {
        return Err(invalid(name, format!("{name} should have at most {TEXTS_MAX} entries")));
    }
    for text in &texts {
        check::short(name, text)?;
    }
    Ok(texts)
}

/// `attributes`; `None` if absent.
pub(crate) fn attributes(input: &Input) -> Result<Option<Map<String, Value>>, Fault> {
    input.object("attributes", "attributes should be an object")
}

/// `expirationDate` as given.
pub(crate) fn expiration_date(input: &Input) -> Result<Option<String>, Fault> {
    const SENTENCE: &str = "Expect to see ISO8601 date format";
    let text = input.text("expirationDate", SENTENCE)?;
    text.map(|text| check::instant("expirationDate", text, SENTENCE).map(|_| text.to_owned())).transpose()
}

/// `format`, `dataModel` and `cryptosuite`. Formats that exist elsewhere are refused by name, so that nobody gets another format than
/// the one asked for.
pub(crate) fn securing(input: &Input) -> Result<Securing, Fault> {
    let format = accepted_format(input)?;
    let data_model = named(input, "dataModel", "dataModel should be one of 1.1, 2.0", DataModel::named)?;
    let cryptosuite =
        named(input, "cryptosuite", "cryptosuite is not one that is signed with here", Suite::named)?;
    let data_model = data_model.unwrap_or_default();
    if format != CredentialFormat::JsonLd {
        if format != CredentialFormat::Jwt && data_model != DataModel::default() {
            return Err(invalid(
                "dataModel",
                "dataModel is only for credentials in the formats jwt and jsonld",
            ));
        }
        if cryptosuite.is_some() {
            return Err(invalid("cryptosuite", "cryptosuite is only for credentials in the format jsonld"));
        }
    }
    Ok(Securing { data_model, cryptosuite, disclosure: disclosure(input)?, ..Securing::of(format) })
}

/// The same for accreditations, which have one data model.
pub(crate) fn securing_of_accreditation(input: &Input) -> Result<Securing, Fault> {
    let securing = securing(input)?;
    if securing.data_model != DataModel::default() {
        return Err(invalid("dataModel", "Accreditations are of the data model 1.1"));
    }
    Ok(securing)
}

fn named<T>(
    input: &Input,
    name: &str,
    sentence: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let text = input.text(name, sentence)?;
    text.map(|text| read(text).ok_or_else(|| invalid(name, sentence))).transpose()
}

fn accepted_format(input: &Input) -> Result<CredentialFormat, Fault> {
    const SENTENCE: &str = "Invalid credential format";
    let Some(name) = input.text("format", SENTENCE)? else { return Ok(CredentialFormat::default()) };
    if let "json-ld" | "lds" = name {
        return Ok(CredentialFormat::JsonLd);
    }
    if let Some(format) = CredentialFormat::OFFERED.into_iter().find(|format| format.name() == name) {
        return Ok(format);
    }
    match name {
        other @ "anoncreds" => Err(Fault::invalid(
            "credential/format-unsupported",
            format!(
                "Credentials in the format {other} cannot be issued by this version of Studio; use jwt, jsonld or sd-jwt-vc."
            ),
        )
        .with("field", "format")),
        _ => Err(invalid("format", SENTENCE)),
    }
}

/// What an SD-JWT VC takes; whether another format may have it, the use case says.
fn disclosure(input: &Input) -> Result<Option<Box<Disclosure>>, Fault> {
    const POINTERS: &str = "selectivelyDisclosable";
    let vct = input.text("vct", "vct: should be a string")?;
    let pointers = input.array(POINTERS, "selectivelyDisclosable: should be an array of JSON pointers")?;
    let decoys = input.number("decoys", "decoys: should be a number")?;
    let holder_key = input.object("holderKey", "holderKey: should be a JWK")?;
    if vct.is_none() && pointers.is_none() && decoys.is_none() && holder_key.is_none() {
        return Ok(None);
    }
    let pointers = pointers.map(|items| {
        check::texts(POINTERS, &items, "selectivelyDisclosable: should be an array of JSON pointers")
    });
    let decoys = u16::try_from(decoys.unwrap_or_default());
    Ok(Some(Box::new(Disclosure {
        vct: vct.unwrap_or_default().to_owned(),
        selectively_disclosable: pointers.transpose()?.unwrap_or_default(),
        decoys: decoys.map_err(|_| invalid("decoys", "decoys: there are too many"))?,
        holder_key: holder_key.map(Value::Object),
        ..Disclosure::default()
    })))
}

/// Refuses members that only the signature decides.
pub(crate) fn reserved(input: &Input) -> Result<(), Fault> {
    match SIGNED_MEMBERS.iter().find(|name| input.has(name)) {
        None => Ok(()),
        Some(name) => Err(invalid(name, format!("{name} cannot be set by the caller"))),
    }
}

/// `termsOfUse`, `evidence` and `refreshService`: each an object or an array.
pub(crate) fn structured(input: &Input) -> Result<Map<String, Value>, Fault> {
    let mut members = Map::new();
    for name in PASSED_ON {
        match input.value(name) {
            None => {}
            Some(value @ (Value::Object(_) | Value::Array(_))) => {
                members.insert(name.to_owned(), value);
            }
            Some(_) => return Err(invalid(name, format!("{name} should be an object or an array"))),
        }
    }
    Ok(members)
}

/// `credentialStatus` of an issue request.
pub(crate) fn status_request(input: &Input) -> Result<Option<StatusRequest>, Fault> {
    let Some(status) = input.nested("credentialStatus", "credentialStatus should be an object")? else {
        return Ok(None);
    };
    let list_name = status.text("statusListName", "credentialStatus.statusListName should be a string")?;
    let list_name = check::required(
        "credentialStatus",
        list_name.filter(|name| !name.is_empty()),
        "credentialStatus.statusListName is required",
    )?;
    Ok(Some(StatusRequest {
        list_name: list_name.to_owned(),
        list_type: list_type_of(&status)?,
        purpose: purpose_of(&status)?,
        index: index_of(&status, "statusListIndex")?,
        range: EntryRange::of(
            index_of(&status, "statusListRangeStart")?,
            index_of(&status, "statusListRangeEnd")?,
            excluded(&status)?,
        ),
    }))
}

fn list_type_of(status: &Input) -> Result<Option<ListType>, Fault> {
    const SENTENCE: &str = "credentialStatus.statusListType should be one of BitstringStatusList, StatusList2021, TokenStatusList";
    status
        .text("statusListType", SENTENCE)?
        .map(|text| ListType::named(text).ok_or_else(|| invalid("credentialStatus", SENTENCE)))
        .transpose()
}

fn purpose_of(status: &Input) -> Result<Option<StatusPurpose>, Fault> {
    const SENTENCE: &str =
        "credentialStatus.statusPurpose must be one of refresh, revocation, suspension, message";
    let text = status.text("statusPurpose", SENTENCE)?;
    text.map(|text| StatusPurpose::named(text).ok_or_else(|| invalid("credentialStatus", SENTENCE)))
        .transpose()
}

/// The index is a decimal text in credentials, so it is read as text and as number; 0 is an index like any other.
fn index_of(status: &Input, name: &str) -> Result<Option<u32>, Fault> {
    let index = match status.raw(name) {
        None => return Ok(None),
        Some(Value::String(digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        Some(Value::Number(number)) => number.as_u64().and_then(|index| u32::try_from(index).ok()),
        Some(_) => None,
    };
    let sentence = || format!("credentialStatus.{name} should be a whole number");
    index.map(Some).ok_or_else(|| invalid("credentialStatus", sentence()))
}

fn excluded(status: &Input) -> Result<Vec<u32>, Fault> {
    const SENTENCE: &str = "credentialStatus.indexNotIn should be an array of whole numbers";
    let items = status.array("indexNotIn", SENTENCE)?.unwrap_or_default();
    let read = items.iter().map(|item| item.as_u64().and_then(|index| u32::try_from(index).ok()));
    read.collect::<Option<_>>().ok_or_else(|| invalid("credentialStatus", SENTENCE))
}
