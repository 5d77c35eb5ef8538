-- Passkeys: what opens an account beside the password. That there is one is an event; what is here comes and goes with it. The
-- public key is no secret, and the authenticator's name for it tells nobody who has it.
create table es.passkeys (
    id              uuid        primary key,
    user_id         uuid        not null,
    credential      bytea       not null unique check (octet_length(credential) between 1 and 1023),
    public_key      bytea       not null,                 -- a COSE_Key, as the authenticator wrote it
    counter         bigint      not null,                 -- how often it has signed; 0 if it does not count
    backup_eligible boolean     not null,
    backed_up       boolean     not null,
    name            text        not null,                 -- sealed by the vault
    created_at      timestamptz not null,
    last_used_at    timestamptz
);

create index passkeys_of_user on es.passkeys (user_id, created_at);

-- Challenges that were answered with a good signature, until nobody takes another answer to them.
create table es.passkey_challenges (
    hash            text        primary key check (hash ~ '^[0-9a-f]{64}$'),
    until           timestamptz not null
);

create index passkey_challenges_by_end on es.passkey_challenges (until);
