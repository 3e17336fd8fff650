-- The express lane of ledger_post_v1 for what one person waits for: a single new entry of one leg between active
-- accounts, counted against one limit subject or none, with nothing in its way. It takes the same locks in the same
-- order and posts what the general function would, without arrays and loops: at not much more than half the cost.
-- Returns false, having changed nothing, whenever anything else is the case: the caller then calls the general
-- function in the same transaction, and that decides.
CREATE OR REPLACE FUNCTION ledger_post_plain_v1(
    p_call_id uuid, p_id uuid, p_kind text, p_debit bigint, p_credit bigint, p_amount bigint, p_subject bigint, p_counted bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c_max CONSTANT bigint := 4000000000000000000;
    d_place tid; d_active boolean; d_currency char(3); d_side smallint; d_balance bigint; d_free bigint; d_sequence bigint;
    c_place tid; c_active boolean; c_currency char(3); c_side smallint; c_balance bigint; c_free bigint; c_sequence bigint;
    s_place tid; s_day date; s_zone text; s_version bigint; s_room bigint;
    v_booked_at timestamptz; v_holds_only boolean; v_now_us bigint;
BEGIN
    IF p_subject IS NOT NULL THEN
        SELECT ctid, counted_on, time_zone, version,
               least(per_movement_minor, per_day_minor - used_day_minor, per_week_minor - used_week_minor,
                     per_month_minor - used_month_minor, per_year_minor - used_year_minor, c_max - used_year_minor)
          INTO s_place, s_day, s_zone, s_version, s_room FROM ledger_limit_subject WHERE id = p_subject FOR NO KEY UPDATE;
    END IF;
    IF p_debit < p_credit THEN
        SELECT ctid, status = 1, currency, normal_side, balance_minor, balance_minor - held_minor - floor_minor, sequence
          INTO d_place, d_active, d_currency, d_side, d_balance, d_free, d_sequence
          FROM ledger_account WHERE id = p_debit FOR NO KEY UPDATE;
        SELECT ctid, status = 1, currency, normal_side, balance_minor, balance_minor - held_minor - floor_minor, sequence
          INTO c_place, c_active, c_currency, c_side, c_balance, c_free, c_sequence
          FROM ledger_account WHERE id = p_credit FOR NO KEY UPDATE;
    ELSE
        SELECT ctid, status = 1, currency, normal_side, balance_minor, balance_minor - held_minor - floor_minor, sequence
          INTO c_place, c_active, c_currency, c_side, c_balance, c_free, c_sequence
          FROM ledger_account WHERE id = p_credit FOR NO KEY UPDATE;
        SELECT ctid, status = 1, currency, normal_side, balance_minor, balance_minor - held_minor - floor_minor, sequence
          INTO d_place, d_active, d_currency, d_side, d_balance, d_free, d_sequence
          FROM ledger_account WHERE id = p_debit FOR NO KEY UPDATE;
    END IF;
    SELECT clock_timestamp() + k.shift, m.holds_only INTO v_booked_at, v_holds_only FROM ledger_mode m, base_test_clock k;
    -- The first count of a day goes the general way, where windows begin and end.
    IF (NOT v_holds_only AND d_active AND c_active AND d_currency = c_currency AND p_debit <> p_credit AND p_amount BETWEEN 1 AND c_max
        AND (d_side = 1 OR coalesce(d_free >= p_amount, true)) AND (c_side = -1 OR coalesce(c_free >= p_amount, true))
        AND d_balance + p_amount * d_side BETWEEN -c_max AND c_max AND c_balance - p_amount * c_side BETWEEN -c_max AND c_max
        AND (p_subject IS NULL OR (p_counted BETWEEN 1 AND s_room AND s_day >= (v_booked_at AT TIME ZONE s_zone)::date))
        AND p_kind ~ '^[a-z][a-z0-9_.]{0,39}$') IS NOT TRUE THEN
        RETURN false;
    END IF;
    INSERT INTO ledger_entry (id, booked_at, operation, kind, debit_account_ids, credit_account_ids, amounts_minor,
                              closes_hold, count_subject_ids, count_amounts_minor)
    VALUES (p_id, v_booked_at, 1, p_kind, ARRAY[p_debit], ARRAY[p_credit], ARRAY[p_amount], false,
            CASE WHEN p_subject IS NOT NULL THEN ARRAY[p_subject] END, CASE WHEN p_subject IS NOT NULL THEN ARRAY[p_counted] END)
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;   -- posted before: the general function tells whether it was the same item
    END IF;
    v_now_us := extract(epoch FROM v_booked_at) * 1000000;
    d_balance := d_balance + p_amount * d_side; c_balance := c_balance - p_amount * c_side;
    INSERT INTO ledger_unsealed (id, entry_ids) VALUES (p_call_id, ARRAY[p_id]);
    INSERT INTO ledger_posting (account_id, sequence, entry_id, leg, amount_minor, balance_minor, currency)
    VALUES (p_debit, greatest(d_sequence + 1, v_now_us), p_id, 1, p_amount, d_balance, d_currency),
           (p_credit, greatest(c_sequence + 1, v_now_us), p_id, 1, -p_amount, c_balance, d_currency);
    UPDATE ledger_account SET balance_minor = d_balance, sequence = greatest(d_sequence + 1, v_now_us)
     WHERE ctid = d_place AND sequence = d_sequence;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an account changed meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    UPDATE ledger_account SET balance_minor = c_balance, sequence = greatest(c_sequence + 1, v_now_us)
     WHERE ctid = c_place AND sequence = c_sequence;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an account changed meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    IF p_subject IS NOT NULL THEN
        UPDATE ledger_limit_subject SET used_day_minor = used_day_minor + p_counted, used_week_minor = used_week_minor + p_counted,
               used_month_minor = used_month_minor + p_counted, used_year_minor = used_year_minor + p_counted, version = version + 1
         WHERE ctid = s_place AND version = s_version;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a limit subject changed meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    RETURN true;
END $$;
