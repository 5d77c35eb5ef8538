-- Whose claim an idempotency key is: the advisory lock its process holds while it lives. Adds a nullable column: no rewrite,
-- a short lock.
alter table es.replies add column presence bigint;
