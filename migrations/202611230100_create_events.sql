-- The write side: events, their global order and hash chain, command idempotency, followers, snapshots, saved replies.

create schema es;

-- CACHE 1: an event whose writer saw another one must have the higher number.
create sequence es.ingest_seq as bigint cache 1;

-- The first seven columns are postgres-es's and are written by it. `json`, not `jsonb`: the stored text is what the chain hashes.
create table es.events (
  aggregate_type text not null,
  aggregate_id text not null,
  sequence bigint not null check (sequence > 0),
  event_type text not null,
  event_version text not null,
  payload json not null,
  metadata json not null,
  ingest_id bigint not null default nextval('es.ingest_seq') unique,
  event_id uuid not null generated always as ((metadata ->> 'eventId')::uuid) stored unique,
  tenant uuid not null generated always as ((metadata ->> 'customer')::uuid) stored,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (aggregate_type, aggregate_id, sequence)
);
create index events_by_tenant on es.events (tenant, ingest_id);

-- Committed but not sequenced yet. Always small; vacuumed by count because its size says nothing.
create table es.pending (ingest_id bigint primary key)
  with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_insert_scale_factor = 0);

-- One row per command that had an effect on a stream.
create table es.commands (
  aggregate_type text not null,
  aggregate_id text not null,
  command_id uuid not null,
  first_sequence bigint not null,
  primary key (aggregate_type, aggregate_id, command_id)
);

-- The global order: dense positions from 1, each with the hash of everything up to it (store/src/chain.rs).
create table es.log (
  position bigint primary key check (position > 0),
  ingest_id bigint not null unique,
  chain bytea not null check (octet_length(chain) = 32)
);

-- The end of the log, and who may extend it.
create table es.head (
  one boolean primary key default true check (one),
  position bigint not null,
  chain bytea not null check (octet_length(chain) = 32),
  leader text,
  fence bigint not null default 0,
  lease_until timestamptz
) with (fillfactor = 10);
insert into es.head (position, chain) values (0, decode(repeat('00', 32), 'hex'));

-- How far each follower has come. `version` names a generation of its tables; one generation per name is live.
create table es.checkpoints (
  name text not null,
  version integer not null,
  position bigint not null default 0,
  live boolean not null default false,
  status text not null default 'running' check (status in ('running', 'failed')),
  last_error text,
  owner text,
  fence bigint not null default 0,
  lease_until timestamptz,
  primary key (name, version)
) with (fillfactor = 10);
create unique index one_live_checkpoint on es.checkpoints (name) where live;

-- A shortcut for loading; never a source of truth.
create table es.snapshots (
  aggregate_type text not null,
  aggregate_id text not null,
  version bigint not null,
  schema_hash text not null,
  state json not null,
  primary key (aggregate_type, aggregate_id)
);

-- Idempotency keys of requests and the answers kept for their repeats.
create table es.replies (
  customer uuid not null,
  idempotency_key text not null,
  request_hash text not null,
  claimed_until timestamptz,
  status integer,
  body text,
  location text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (customer, idempotency_key)
);
create index replies_by_age on es.replies (created_at);

-- Runs in the append's own transaction: no lock beyond the new rows, no notification, no counter.
create function es.on_event_insert() returns trigger language plpgsql as $$
declare
  command uuid := (new.metadata ->> 'commandId')::uuid;
  index integer := (new.metadata ->> 'commandIndex')::integer;
begin
  if command is null or index is null then
    raise exception 'event % %/% has no command in its metadata', new.aggregate_type, new.aggregate_id, new.sequence
      using errcode = 'ES003';
  end if;
  if new.sequence > 1 and not exists (
    select from es.events
    where aggregate_type = new.aggregate_type and aggregate_id = new.aggregate_id and sequence = new.sequence - 1
  ) then
    raise exception 'event % %/% would leave a gap in its stream', new.aggregate_type, new.aggregate_id, new.sequence
      using errcode = 'ES001';
  end if;
  if index = 0 then
    insert into es.commands (aggregate_type, aggregate_id, command_id, first_sequence)
      values (new.aggregate_type, new.aggregate_id, command, new.sequence)
      on conflict do nothing;
    if not found then
      raise exception 'command % was appended to % % before', command, new.aggregate_type, new.aggregate_id
        using errcode = 'ES002';
    end if;
  elsif not exists (
    select from es.commands
    where aggregate_type = new.aggregate_type and aggregate_id = new.aggregate_id and command_id = command
      and first_sequence = new.sequence - index
  ) then
    raise exception 'event % %/% is not number % of its command', new.aggregate_type, new.aggregate_id, new.sequence, index
      using errcode = 'ES003';
  end if;
  insert into es.pending (ingest_id) values (new.ingest_id);
  return null;
end $$;
create trigger on_event_insert after insert on es.events for each row execute function es.on_event_insert();

create function es.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on %.% is refused: it is append-only', tg_op, tg_table_schema, tg_table_name using errcode = 'ES900';
end $$;
create trigger append_only before update or delete or truncate on es.events
  for each statement execute function es.refuse_change();
create trigger append_only before update or delete or truncate on es.log
  for each statement execute function es.refuse_change();
