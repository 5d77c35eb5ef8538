-- What a request recorded keeps its idempotency key, whatever it was answered: `since` is the end of the log when the key was
-- first claimed, so that the request's own events are looked for behind it; `bound` keys are not let go any more. A column
-- without default and one with a constant: no rewrite, a short lock.
alter table es.replies add column since bigint, add column bound boolean not null default false;
