-- The safe. Every `wrapped` column is `24 bytes nonce || XChaCha20-Poly1305 ciphertext and tag`, with the row's identity
-- as associated data, so that no row's bytes open in another row's place. A dump of these tables is useless without the
-- master key, which is never stored in the database.

create schema if not exists vault;

-- One row: which master key this database belongs to, and the secret under which API keys are hashed.
create table vault.master (
    singleton       boolean     primary key default true check (singleton),
    version         integer     not null check (version > 0),             -- goes up by one with each rotation
    key_check       bytea       not null check (length(key_check) = 32),  -- derived from the master key; tells keys apart
    api_key_secret  bytea       not null check (length(api_key_secret) = 72),
    created_at      timestamptz not null default now(),
    rotated_at      timestamptz
);

-- The data key of each customer, wrapped under the master key of that version.
create table vault.customer_keys (
    customer        uuid        primary key,
    master_version  integer     not null,
    wrapped         bytea       not null check (length(wrapped) = 72),
    created_at      timestamptz not null default now()
);

-- The data key of each subject of personal data, wrapped under its customer's key. Erasing a subject empties `wrapped`;
-- the empty row stays, so that an erased text and a damaged one can be told apart. The subject stands here only as a
-- keyed hash.
create table vault.subject_keys (
    id              uuid        primary key,
    customer        uuid        not null references vault.customer_keys (customer),
    subject_hash    bytea       not null check (length(subject_hash) = 32),
    wrapped         bytea       check (length(wrapped) = 72),
    created_at      timestamptz not null default now(),
    erased_at       timestamptz,
    check ((wrapped is null) = (erased_at is not null))
);

-- An erased key lives on in the dead version of its row until vacuum takes it: have that happen soon.
alter table vault.subject_keys set (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);

create unique index subject_keys_live on vault.subject_keys (customer, subject_hash) where wrapped is not null;

-- Key pairs. The private bytes are wrapped under the customer's key. The key id is unique within a customer only: whether
-- somebody else holds the same key is nobody's business.
create table vault.keys (
    customer        uuid        not null references vault.customer_keys (customer),
    kid             text        not null check (kid ~ '^[0-9a-f]{64}([0-9a-f]{2})?$'),
    request         uuid        not null,
    algorithm       text        not null check (algorithm in ('ed25519', 'secp256k1')),
    purpose         text        not null check (purpose in ('identity', 'payer')),
    wrapped         bytea       not null check (length(wrapped) = 72),
    created_at      timestamptz not null default now(),
    primary key (customer, kid),
    unique (customer, request)
);
