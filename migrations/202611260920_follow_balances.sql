-- What payers had when they were last looked at, and when money was last asked for on their behalf.

create table outbox.balances (
    network      text        not null check (network in ('mainnet', 'testnet')),
    payer        text        not null,
    ncheq        numeric(39) not null check (ncheq >= 0),
    low          boolean     not null,                    -- under the operator's minimum
    seen_at      timestamptz not null default now(),
    topup_at     timestamptz,                             -- when a faucet was last asked
    topup_error  text,                                    -- what it said, if it did not give
    primary key (network, payer)
);
