-- An erasure while a request runs: its answer, which may hold what was erased, is not kept when it comes.
alter table es.replies add column unkept boolean not null default false;
