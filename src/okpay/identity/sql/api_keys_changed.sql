-- The time of the statement, which the index can be asked with; clock_timestamp() changes while it runs.
SELECT id FROM identity_api_key WHERE changed_at > statement_timestamp() - make_interval(secs => %s::float8)
