-- Somebody asked that an operation end without effect. The worker of its lane sees to it, because only it knows, and can find
-- out, whether a transaction of it may still take effect or has.

alter table outbox.ops add column cancel_asked boolean not null default false;
