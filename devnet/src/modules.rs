//! Accounts that belong to modules of the ledger.

use crate::bech32;
use sha2::{Digest, Sha256};

/// The DID module, which collects identity fees.
pub const DID: &str = "cheqd";
/// Collects what validators are paid.
pub const FEE_COLLECTOR: &str = "fee_collector";
/// The oracle's reward pool.
pub const ORACLE: &str = "oracle";
/// Holds the fees of ordinary transactions.
pub const FEEMARKET_COLLECTOR: &str = "feemarket-fee-collector";

/// Module accounts that exist from the first block, in the order of their account numbers.
pub const AT_GENESIS: [&str; 8] = [
    FEE_COLLECTOR,
    "distribution",
    "bonded_tokens_pool",
    "not_bonded_tokens_pool",
    "gov",
    "mint",
    "feeabs",
    ORACLE,
];

/// Module accounts that cannot be the receiver of a `MsgSend`.
const BLOCKED: [&str; 8] = [
    FEE_COLLECTOR,
    "distribution",
    "bonded_tokens_pool",
    "not_bonded_tokens_pool",
    "mint",
    "feeabs",
    ORACLE,
    DID,
];

/// Address of a module account: the first 20 bytes of SHA-256 of its name.
pub fn address_of(name: &str) -> Vec<u8> {
    Sha256::digest(name.as_bytes()).iter().take(20).copied().collect()
}

/// Whether an address must not receive coins.
pub fn is_blocked(address: &[u8]) -> bool {
    BLOCKED.iter().any(|name| address_of(name) == address)
}

/// Readable address of a module account.
pub fn text_address(name: &str) -> String {
    bech32::account(&address_of(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_ones_of_the_ledger() {
        assert_eq!(text_address(DID), "cheqd1neus3an933cxp7ewuxw6jcuf6j8ka777h32p64");
        assert_eq!(text_address(FEE_COLLECTOR), "cheqd17xpfvakm2amg962yls6f84z3kell8c5l7m0qqv");
        assert_eq!(text_address(ORACLE), "cheqd1jgp27m8fykex4e4jtt0l7ze8q528ux2lln5hxc");
        assert_eq!(text_address(FEEMARKET_COLLECTOR), "cheqd13pxn9n3qw79e03844rdadagmg0nshmwfszqu0g");
    }
}
