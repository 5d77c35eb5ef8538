-- Streams whose events a follower cannot take in: they wait here, everybody else goes on. A row belongs to one generation of
-- the follower's tables and goes with it.
create table es.parked (
  follower text not null,
  version integer not null,
  -- `<type>-<id>` of the stream, or what else must keep its order (store/src/follow.rs, Follow::group).
  stream text not null,
  tenant uuid not null,
  -- The first event that was not taken in.
  position bigint not null,
  error text not null,
  since timestamptz not null default clock_timestamp(),
  tries integer not null default 1,
  tried_at timestamptz not null default clock_timestamp(),
  primary key (follower, version, stream),
  foreign key (follower, version) references es.checkpoints (name, version) on delete cascade
);
