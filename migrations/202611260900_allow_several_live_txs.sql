-- A lane may have several transactions on their way, one sequence after the other (ADR 11); never two with the same
-- sequence.

create unique index txs_one_live_per_sequence on outbox.txs (network, payer, sequence) where state = 'live';
drop index outbox.txs_one_live_per_lane;
