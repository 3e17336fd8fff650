-- What may be forgotten: counters of rate limits, shared by all processes. Not logged: a crash empties it.
CREATE UNLOGGED TABLE base_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX base_cache_expires ON base_cache (expires);
