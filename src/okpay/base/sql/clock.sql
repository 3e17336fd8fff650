-- The one test clock: a row that says how far the present has been shifted. Zero in production, for ever.
CREATE TABLE base_test_clock (
    only_row boolean NOT NULL DEFAULT true,
    shift interval NOT NULL DEFAULT interval '0',
    CONSTRAINT base_test_clock_pkey PRIMARY KEY (only_row),
    CONSTRAINT base_test_clock_has_one_row CHECK (only_row),
    CONSTRAINT base_test_clock_not_negative CHECK (shift >= interval '0')
);
INSERT INTO base_test_clock DEFAULT VALUES;
REVOKE INSERT, DELETE ON base_test_clock FROM okpay_app;

CREATE FUNCTION base_test_clock_only_forward_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.shift < OLD.shift THEN
        RAISE EXCEPTION 'the test clock only goes forward' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER base_test_clock_only_forward BEFORE UPDATE ON base_test_clock
    FOR EACH ROW EXECUTE FUNCTION base_test_clock_only_forward_v1();

-- Booking time. VOLATILE and clock_timestamp(): the time when a batch is decided, after it waited for its locks,
-- not the time when its transaction began. PL/pgSQL, because it keeps the plan; an SQL function with a
-- sub-select is neither inlined nor cached.
CREATE FUNCTION base_now_v1() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    shifted interval;
BEGIN
    SELECT c.shift INTO shifted FROM base_test_clock c;
    RETURN clock_timestamp() + coalesce(shifted, interval '0');
END $$;
