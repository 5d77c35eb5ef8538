-- The outbox: every ledger write on its way, from the event that asked for it to the event that says how it ended.
-- Rows come from the log (by the feeder) and end by the outcome event itself (by the trigger below), so that the state of
-- an operation and the log can never disagree. What is here beside that is memory of attempts.

create schema if not exists outbox;

-- One lane per payer: whoever holds the lease signs for it. `fence` grows with every change of holder.
create table outbox.lanes (
    network      text        not null check (network in ('mainnet', 'testnet')),
    payer        text        not null,
    owner        uuid,                                    -- the worker process that holds it
    fence        bigint      not null default 0,
    lease_until  timestamptz,
    presence     bigint,                                  -- advisory lock its holder keeps while it lives, if it does
    wake_at      timestamptz not null default now(),      -- 'infinity' when there is nothing to do
    bumps        bigint      not null default 0,          -- grows with every new reason to look at the lane
    hold_code    text,                                    -- why nothing moves, e.g. ledger/insufficient-funds
    hold_reason  text,
    held_at      timestamptz,
    failures     integer     not null default 0,          -- holds in a row; sets the length of the next
    primary key (network, payer)
) with (fillfactor = 50);

create index lanes_due on outbox.lanes (wake_at);

-- One signed transaction: its bytes, hash and sequence are durable before the first byte leaves.
create table outbox.txs (
    id              uuid        primary key,
    network         text        not null,
    payer           text        not null,
    sequence        bigint      not null check (sequence >= 0),
    bytes           bytea       not null,
    hash            text        not null check (hash ~ '^[0-9A-F]{64}$'),
    timeout_height  bigint      not null,
    fee_offered     numeric(39) not null,
    fee_expected    numeric(39) not null,
    gas_limit       bigint      not null,
    -- live: may be on its way; included/reverted: in a block, well or not; refused: the node said no to the only sending,
    -- so it is nowhere; retired: given up although it may still be somewhere; expired: provably dead
    state           text        not null default 'live'
                    check (state in ('live', 'included', 'reverted', 'refused', 'retired', 'expired')),
    sends           integer     not null default 1,
    accepted        boolean     not null default false,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    foreign key (network, payer) references outbox.lanes
);

create unique index txs_one_live_per_lane on outbox.txs (network, payer) where state = 'live';

create table outbox.ops (
    operation       uuid        primary key,
    position        bigint      not null,                 -- of the asking event in the log: the order of everything
    customer        uuid        not null,
    aggregate_type  text        not null,
    aggregate_id    text        not null,
    kind            text        not null,
    event_id        uuid        not null,
    correlation_id  uuid        not null,
    traceparent     text,
    network         text        not null,
    payer           text        not null,
    ordering_key    text        not null,
    type_url        text        not null,
    value           bytea       not null,
    effect          json        not null,
    effect_key      text        not null,
    fee_max         numeric(39),
    -- queued → in_tx → settling → confirmed | failed | cancelled; dead waits for an operator
    state           text        not null default 'queued'
                    check (state in ('queued', 'in_tx', 'settling', 'confirmed', 'failed', 'cancelled', 'dead')),
    tx              uuid        references outbox.txs,    -- the newest transaction it was in
    attempts        integer     not null default 0,
    gas_boost       integer     not null default 0,       -- how often it ran out of gas
    run_at          timestamptz not null default now(),
    outcome         json,                                 -- of a settling or settled operation
    fee_quoted      numeric(39),
    fee_paid        numeric(39),
    tx_hash         text,
    height          bigint,
    code            text,                                 -- the last obstacle, or why it failed
    reason          text,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    foreign key (network, payer) references outbox.lanes
) with (fillfactor = 70);

-- An effect can be asked for again only after it provably did not come.
create unique index ops_effect on outbox.ops (network, effect_key) where state not in ('failed', 'cancelled');
create index ops_open_of_lane on outbox.ops (network, payer, position)
    where state in ('queued', 'in_tx', 'settling');
create index ops_moving_of_lane on outbox.ops (network, payer, position) where state in ('in_tx', 'settling');
create index ops_open_of_key on outbox.ops (network, ordering_key, position)
    where state in ('queued', 'in_tx', 'settling', 'dead');
create index ops_heights on outbox.ops (network, ordering_key, height) where state = 'confirmed';
create index ops_of_customer on outbox.ops (customer, position desc);
create index ops_of_customer_did on outbox.ops (customer, ordering_key, position desc);

create table outbox.tx_ops (
    tx         uuid    not null references outbox.txs,
    operation  uuid    not null references outbox.ops,
    index      integer not null,                          -- of its message in the transaction
    primary key (tx, index),
    unique (operation, tx)
);

-- What happened to an operation on its way, for whoever waits for it.
create table outbox.attempts (
    operation    uuid        not null references outbox.ops,
    no           integer     not null,
    at           timestamptz not null default now(),
    code         text        not null,
    reason       text        not null,
    tx_hash      text,
    next_try_at  timestamptz,
    primary key (operation, no)
);

-- An outcome event ends its operation in the same transaction. A pure function of the event.
create function outbox.note_outcome() returns trigger language plpgsql as $$
declare
    body json := new.payload -> new.event_type;
    operation_id uuid;
begin
    if body -> 'inclusion' is not null then
        operation_id := (body ->> 'operation')::uuid;
        update outbox.ops set
            state = 'confirmed', outcome = json_build_object('included', body -> 'inclusion'),
            fee_paid = (body -> 'inclusion' ->> 'feePaid')::numeric,
            tx_hash = coalesce(body -> 'inclusion' ->> 'txHash', tx_hash),
            height = (body -> 'inclusion' ->> 'height')::bigint,
            code = null, reason = null, updated_at = now()
        where operation = operation_id and state not in ('confirmed', 'failed', 'cancelled');
    elsif body -> 'rejection' is not null then
        operation_id := (body ->> 'operation')::uuid;
        update outbox.ops set
            state = case when body -> 'rejection' ->> 'code' = 'operation/cancelled' then 'cancelled' else 'failed' end,
            outcome = json_build_object('rejected', body -> 'rejection'),
            tx_hash = coalesce(body -> 'rejection' ->> 'txHash', tx_hash),
            code = body -> 'rejection' ->> 'code', reason = body -> 'rejection' ->> 'reason', updated_at = now()
        where operation = operation_id and state not in ('confirmed', 'failed', 'cancelled');
    end if;
    return null;
end $$;

create trigger outbox_note_outcome after insert on es.events
    for each row execute function outbox.note_outcome();
