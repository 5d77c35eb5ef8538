//! Compiles the `.proto` files without `protoc`: protox parses, prost-build writes the Rust types.

use std::error::Error;

const FILES: &[&str] = &[
    "cheqd/did.proto",
    "cheqd/resource.proto",
    "cheqd/oracle.proto",
    "feemarket/feemarket.proto",
    "cosmos/abci.proto",
    "cosmos/auth.proto",
    "cosmos/bank.proto",
    "cosmos/base.proto",
    "cosmos/crypto.proto",
    "cosmos/feegrant.proto",
    "cosmos/node.proto",
    "cosmos/query.proto",
    "cosmos/signing.proto",
    "cosmos/staking.proto",
    "cosmos/tx.proto",
    "cosmos/vesting.proto",
    "tendermint/abci.proto",
    "tendermint/p2p.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=protos");
    let files = protox::compile(FILES, ["protos"])?;
    prost_build::Config::new()
        .enable_type_names()
        .type_name_domain(["."], "")
        .compile_well_known_types()
        .disable_comments([".google.protobuf"])
        .compile_fds(files)?;
    Ok(())
}
