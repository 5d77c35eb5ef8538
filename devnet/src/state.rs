//! What the ledger stores, by module. Key layouts follow the node's so that gas comes out alike.

pub mod accounts;
pub mod bank;
pub mod dids;
pub mod grants;
pub mod params;
pub mod resources;

/// Store tags: the first byte of every key.
pub mod store {
    /// Accounts.
    pub const AUTH: u8 = b'a';
    /// Balances and supply.
    pub const BANK: u8 = b'b';
    /// DIDs (module name `cheqd`).
    pub const CHEQD: u8 = b'd';
    /// Fee grants.
    pub const FEEGRANT: u8 = b'g';
    /// Resources.
    pub const RESOURCE: u8 = b'r';
    /// Parameters of the devnet itself: price, fee market, fault counters.
    pub const DEVNET: u8 = b'x';
}
