//! Why a transaction or a query was refused: codespace, code and log text of the ledger.

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A registered (or plain Go) error.
    Code {
        /// Codespace, for example `sdk`.
        codespace: &'static str,
        /// Code within the codespace, never 0.
        code: u32,
        /// Full log text.
        log: String,
    },
    /// The gas meter ran over its limit in this place.
    OutOfGas(&'static str),
    /// The node's code panics here; the text is the panic value.
    Panic(String),
}

/// Result with a ledger refusal.
pub type Outcome<T> = Result<T, Failure>;

/// Code of a panic.
pub const PANIC_CODE: u32 = 111_222;
/// Codespace of plain Go errors and panics.
pub const UNDEFINED: &str = "undefined";

fn registered(codespace: &'static str, code: u32) -> &'static str {
    match (codespace, code) {
        ("cheqd", 1100) => "invalid signature detected",
        ("cheqd", 1101) => "signature is required but not found",
        ("cheqd", 1200) => "DID Doc exists",
        ("cheqd", 1201) => "DID Doc not found",
        ("cheqd", 1202) => "verification method not found",
        ("cheqd", 1205) => "basic validation failed",
        ("cheqd", 1206) => "DID namespace validation failed",
        ("cheqd", 1207) => "DID Doc already deactivated",
        ("resource", 2200) => "Resource exists",
        ("cheqd" | "resource", _) => "internal error",
        ("sdk", 2) => "tx parse error",
        ("sdk", 4) => "unauthorized",
        ("sdk", 5) => "insufficient funds",
        ("sdk", 6) => "unknown request",
        ("sdk", 7) => "invalid address",
        ("sdk", 8) => "invalid pubkey",
        ("sdk", 9) => "unknown address",
        ("sdk", 10) => "invalid coins",
        ("sdk", 11) => "out of gas",
        ("sdk", 12) => "memo too large",
        ("sdk", 13) => "insufficient fee",
        ("sdk", 14) => "maximum number of signatures exceeded",
        ("sdk", 15) => "no signatures supplied",
        ("sdk", 18) => "invalid request",
        ("sdk", 22) => "key not found",
        ("sdk", 26) => "invalid height",
        ("sdk", 30) => "tx timeout height",
        ("sdk", 31) => "unknown extension options",
        ("sdk", 32) => "incorrect account sequence",
        ("sdk", 35) => "internal logic error",
        ("sdk", 38) => "not found",
        ("sdk", 41) => "invalid gas limit",
        _ => "",
    }
}

/// A registered error with a detail: the log is `<detail>: <description>`.
pub fn fail(codespace: &'static str, code: u32, detail: impl Into<String>) -> Failure {
    let (detail, description) = (detail.into(), registered(codespace, code));
    let log = if detail.is_empty() { description.to_owned() } else { format!("{detail}: {description}") };
    Failure::Code { codespace, code, log }
}

/// An `sdk` error with a detail.
pub fn sdk(code: u32, detail: impl Into<String>) -> Failure {
    fail("sdk", code, detail)
}

/// A `cheqd` error with a detail.
pub fn cheqd(code: u32, detail: impl Into<String>) -> Failure {
    fail("cheqd", code, detail)
}

/// A plain Go error: code 1 in codespace `undefined`, the log is the text as it is.
pub fn plain(text: impl Into<String>) -> Failure {
    Failure::Code { codespace: UNDEFINED, code: 1, log: text.into() }
}

impl Failure {
    /// Prefixes the log of a coded error (panics and out of gas pass unchanged).
    #[must_use]
    pub fn prefixed(self, prefix: &str) -> Self {
        match self {
            Self::Code { codespace, code, log } => {
                Self::Code { codespace, code, log: format!("{prefix}{log}") }
            }
            other => other,
        }
    }

    /// Codespace, code and log as the node answers them; gas figures are for the out-of-gas text.
    pub fn answer(&self, gas_wanted: u64, gas_used: u64) -> (&'static str, u32, String) {
        match self {
            Self::Code { codespace, code, log } => (codespace, *code, log.clone()),
            Self::OutOfGas(place) => (
                "sdk",
                11,
                format!(
                    "out of gas in location: {place}; gasWanted: {gas_wanted}, gasUsed: {gas_used}: out of gas"
                ),
            ),
            Self::Panic(value) => (
                UNDEFINED,
                PANIC_CODE,
                format!("recovered: {value}\nstack:\n(no stack on the devnet)\n: panic"),
            ),
        }
    }
}
