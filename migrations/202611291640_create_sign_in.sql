-- Signing in. What is here comes and goes and decides nothing by itself; the facts about users and members are events. Hashes are
-- keyed by the vault: nobody can make one, or tell from one what it is of, with a dump of these tables.

-- Who somebody is, by what providers call them and by their verified e-mail address. The id is reserved here before the first
-- event of a user, so that two sign-ins at once make one user.
create table es.identities (
    issuer          text        not null,
    subject_hash    text        not null check (subject_hash ~ '^[0-9a-f]{64}$'),
    user_id         uuid        not null,
    created_at      timestamptz not null default now(),
    primary key (issuer, subject_hash)
);

create index identities_of_user on es.identities (user_id);

create table es.emails (
    email_hash      text        primary key check (email_hash ~ '^[0-9a-f]{64}$'),
    user_id         uuid        not null,
    created_at      timestamptz not null default now()
);

create index emails_of_user on es.emails (user_id);

-- Browsers that are signed in. A session that ended has no row.
create table es.sessions (
    id              uuid        primary key,
    hash            text        not null unique check (hash ~ '^[0-9a-f]{64}$'),  -- of what the cookie holds
    former_hash     text        unique,                   -- of what it held before it was last changed
    rotated_at      timestamptz,
    user_id         uuid        not null,
    customer        uuid        not null,                 -- for which tenant the user acts
    role_mark       text        not null,                 -- what they might do when the cookie was last changed
    created_at      timestamptz not null,
    last_seen_at    timestamptz not null,
    absolute_until  timestamptz not null,
    user_agent      text,
    address         text,
    id_token        text,                                 -- of the provider, sealed by the vault
    provider_session text
) with (fillfactor = 80);

create index sessions_of_user on es.sessions (user_id, last_seen_at);
create index sessions_by_end on es.sessions (absolute_until);

-- Failed tries of accounts and networks, existing or not.
create table es.sign_in_attempts (
    subject         text        primary key check (subject ~ '^[0-9a-f]{64}$'),
    failures        integer     not null,
    since           timestamptz not null
) with (fillfactor = 80);

create index sign_in_attempts_by_time on es.sign_in_attempts (since);

-- Links that work once.
create table es.sign_in_links (
    hash            text        primary key check (hash ~ '^[0-9a-f]{64}$'),
    purpose         text        not null check (purpose in ('set-up', 'reset')),
    user_id         uuid        not null,
    customer        uuid,                                 -- whose owner the user becomes
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null,
    check ((purpose = 'set-up') = (customer is not null))
);

-- Passwords: the slow hash (Argon2id, in its text form) as `24 bytes nonce || XChaCha20-Poly1305 ciphertext and tag`, with the
-- user as associated data. Deleting the row is the erasure; the dead version goes with the next vacuum.
create table vault.passwords (
    user_id         uuid        primary key,
    sealed          bytea       not null,
    set_at          timestamptz not null default now()
);

alter table vault.passwords set (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);
