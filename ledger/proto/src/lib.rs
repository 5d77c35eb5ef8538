//! The protobuf messages of the cheqd ledger (`cheqd.*`, `feemarket.*` and the `cosmos.*` ones around them).
//!
//! Messages only, no services. The `.proto` files under `protos/` are written from the field tables of the ledger
//! notes (section 1); module paths follow the packages, for example `proto::cheqd::did::v2::MsgCreateDidDoc`.
//!
//! Encoding is prost's: ascending field numbers, default values left out. That is byte for byte what the node
//! re-encodes before it checks an identity signature, so `payload.encode_to_vec()` are the identity sign bytes.

pub mod any;

pub use any::{TypeUrl, from_any, to_any};
pub use prost::{DecodeError, Message, Name};

/// Declares a module that holds one generated protobuf package.
macro_rules! package {
    ($(#[$doc:meta])* $name:ident, $file:literal) => {
        $(#[$doc])*
        pub mod $name {
            include!(concat!(env!("OUT_DIR"), "/", $file));
        }
    };
}

/// Packages of the cheqd modules.
pub mod cheqd {
    /// DIDs.
    pub mod did {
        package!(/** `cheqd.did.v2`. */ v2, "cheqd.did.v2.rs");
    }
    /// DID-Linked Resources.
    pub mod resource {
        package!(/** `cheqd.resource.v2`. */ v2, "cheqd.resource.v2.rs");
    }
    /// The price oracle.
    pub mod oracle {
        package!(/** `cheqd.oracle.v2`. */ v2, "cheqd.oracle.v2.rs");
    }
}

/// Packages of the fee market.
pub mod feemarket {
    /// The doubled name is the ledger's.
    #[expect(clippy::module_inception, reason = "mirrors the package name feemarket.feemarket.v1")]
    pub mod feemarket {
        package!(/** `feemarket.feemarket.v1`. */ v1, "feemarket.feemarket.v1.rs");
    }
}

/// Packages of the Cosmos SDK.
pub mod cosmos {
    /// Accounts.
    pub mod auth {
        package!(/** `cosmos.auth.v1beta1`. */ v1beta1, "cosmos.auth.v1beta1.rs");
    }
    /// Balances.
    pub mod bank {
        package!(/** `cosmos.bank.v1beta1`. */ v1beta1, "cosmos.bank.v1beta1.rs");
    }
    /// Shared types.
    pub mod base {
        package!(/** `cosmos.base.v1beta1`. */ v1beta1, "cosmos.base.v1beta1.rs");
        /// Results.
        pub mod abci {
            package!(/** `cosmos.base.abci.v1beta1`. */ v1beta1, "cosmos.base.abci.v1beta1.rs");
        }
        /// Pagination.
        pub mod query {
            package!(/** `cosmos.base.query.v1beta1`. */ v1beta1, "cosmos.base.query.v1beta1.rs");
        }
        /// Node information.
        pub mod tendermint {
            package!(/** `cosmos.base.tendermint.v1beta1`. */ v1beta1, "cosmos.base.tendermint.v1beta1.rs");
        }
    }
    /// Keys.
    pub mod crypto {
        package!(/** `cosmos.crypto.secp256k1`. */ secp256k1, "cosmos.crypto.secp256k1.rs");
    }
    /// Fee allowances.
    pub mod feegrant {
        package!(/** `cosmos.feegrant.v1beta1`. */ v1beta1, "cosmos.feegrant.v1beta1.rs");
    }
    /// Staking.
    pub mod staking {
        package!(/** `cosmos.staking.v1beta1`. */ v1beta1, "cosmos.staking.v1beta1.rs");
    }
    /// Transactions.
    pub mod tx {
        package!(/** `cosmos.tx.v1beta1`. */ v1beta1, "cosmos.tx.v1beta1.rs");
        /// Signing modes.
        pub mod signing {
            package!(/** `cosmos.tx.signing.v1beta1`. */ v1beta1, "cosmos.tx.signing.v1beta1.rs");
        }
    }
    /// Vesting accounts.
    pub mod vesting {
        package!(/** `cosmos.vesting.v1beta1`. */ v1beta1, "cosmos.vesting.v1beta1.rs");
    }
}

/// Packages of CometBFT.
pub mod tendermint {
    package!(/** `tendermint.abci`. */ abci, "tendermint.abci.rs");
    package!(/** `tendermint.p2p`. */ p2p, "tendermint.p2p.rs");
}

/// Well-known protobuf types.
pub mod google {
    package!(/** `google.protobuf`: `Any`, `Duration` and `Timestamp`. */ protobuf, "google.protobuf.rs");
}
