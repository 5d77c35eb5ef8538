//! Fee grants.

use crate::bech32::decode_account;
use crate::failure::{Outcome, fail, sdk};
use crate::kv::Ctx;
use crate::state::{accounts, grants};
use proto::cosmos::feegrant::v1beta1::{
    BasicAllowance, MsgGrantAllowance, MsgGrantAllowanceResponse, MsgRevokeAllowance,
    MsgRevokeAllowanceResponse,
};
use proto::google::protobuf::Any;
use proto::{from_any, to_any};

fn pair(granter: &str, receiver: &str) -> Outcome<(Vec<u8>, Vec<u8>)> {
    let decode = |text: &str| decode_account(text).map_err(|e| sdk(7, e));
    if granter == receiver {
        return Err(sdk(7, "cannot self-grant fee authorization"));
    }
    Ok((decode(granter)?, decode(receiver)?))
}

/// `MsgGrantAllowance` with a basic allowance; other kinds of allowance are not supported here.
pub fn grant(ctx: &mut Ctx<'_>, msg: &MsgGrantAllowance) -> Outcome<Any> {
    let (granter, receiver) = pair(&msg.granter, &msg.grantee)?;
    let any = msg.allowance.as_ref().ok_or_else(|| sdk(18, "allowance cannot be empty"))?;
    let allowance: BasicAllowance =
        from_any(any).map_err(|_| sdk(18, "the devnet supports basic allowances only"))?;
    if grants::exists(ctx, &granter, &receiver)? {
        return Err(fail("feegrant", 5, "fee allowance already exists: fee allowance already exists"));
    }
    accounts::ensure(ctx, &receiver)?;
    grants::set(ctx, &granter, &receiver, &allowance)?;
    ctx.emit("set_feegrant", vec![("granter", msg.granter.clone()), ("grantee", msg.grantee.clone())]);
    Ok(to_any(&MsgGrantAllowanceResponse {}))
}

/// `MsgRevokeAllowance`.
pub fn revoke(ctx: &mut Ctx<'_>, msg: &MsgRevokeAllowance) -> Outcome<Any> {
    let (granter, receiver) = pair(&msg.granter, &msg.grantee)?;
    if !grants::exists(ctx, &granter, &receiver)? {
        return Err(sdk(38, "fee-grant not found"));
    }
    grants::remove(ctx, &granter, &receiver)?;
    ctx.emit("revoke_feegrant", vec![("granter", msg.granter.clone()), ("grantee", msg.grantee.clone())]);
    Ok(to_any(&MsgRevokeAllowanceResponse {}))
}
