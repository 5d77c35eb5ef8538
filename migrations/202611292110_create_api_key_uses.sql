-- When API keys were last used, to the minute: a fact of running this Studio, which decides nothing and is in no event.
create table es.api_key_uses (
    api_key         uuid        primary key,
    used_at         timestamptz not null
) with (fillfactor = 80);
