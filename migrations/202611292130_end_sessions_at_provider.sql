-- Sign-outs that an identity provider tells of, and one link of a kind at a time.

-- What the provider calls the user of a session (as es.identities.subject_hash): who has several identities is not signed out of
-- the sessions of the others.
alter table es.sessions add column subject_hash text check (subject_hash ~ '^[0-9a-f]{64}$');

-- Whom a provider let in before that sign in again: nobody could tell whose session it is.
delete from es.sessions where id_token is not null;

create index sessions_of_subject on es.sessions (subject_hash) where subject_hash is not null;
create index sessions_of_provider on es.sessions (provider_session) where provider_session is not null;

-- Words of a provider that were taken: each is taken once.
create table es.logout_words (
    word            text        primary key check (word ~ '^[0-9a-f]{64}$'),
    until           timestamptz not null
);

create index logout_words_by_end on es.logout_words (until);

-- Of several links that were made at the same moment the last one stays.
delete from es.sign_in_links former using es.sign_in_links later
 where former.purpose = later.purpose
   and coalesce(former.customer, former.user_id) = coalesce(later.customer, later.user_id)
   and (former.created_at, former.hash) < (later.created_at, later.hash);

create unique index one_sign_in_link on es.sign_in_links (purpose, (coalesce(customer, user_id)));
