-- The express lane of ledger_post_v1 for what one person waits for: a single new entry of one leg between active
-- accounts, counted against one limit subject or none, with nothing in its way. It takes the same locks in the same
-- order and posts what the general function would, without arrays and loops: at not much more than half the cost.
-- Returns false, having changed nothing, whenever anything else is the case: the caller then calls the general
-- function in the same transaction, and that decides.
CREATE FUNCTION ledger_post_plain_v1(
    p_call_id uuid, p_id uuid, p_kind text, p_debit bigint, p_credit bigint, p_amount bigint, p_subject bigint, p_counted bigint
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c_max CONSTANT bigint := 4000000000000000000;
    d ledger_account; c ledger_account; s ledger_limit_subject;
    v_booked_at timestamptz;
    v_closed boolean;
    v_raise_d bigint; v_raise_c bigint; v_now_us bigint; v_id uuid;
BEGIN
    IF p_subject IS NOT NULL THEN
        SELECT * INTO s FROM ledger_limit_subject WHERE id = p_subject FOR NO KEY UPDATE;
    END IF;
    IF p_debit < p_credit THEN
        SELECT * INTO d FROM ledger_account WHERE id = p_debit FOR NO KEY UPDATE;
        SELECT * INTO c FROM ledger_account WHERE id = p_credit FOR NO KEY UPDATE;
    ELSE
        SELECT * INTO c FROM ledger_account WHERE id = p_credit FOR NO KEY UPDATE;
        SELECT * INTO d FROM ledger_account WHERE id = p_debit FOR NO KEY UPDATE;
    END IF;
    SELECT clock_timestamp() + k.shift, m.holds_only OR EXISTS (SELECT FROM ledger_entry e WHERE e.id = p_id)
      INTO v_booked_at, v_closed FROM ledger_mode m, base_test_clock k;
    v_raise_d := p_amount * d.normal_side;
    v_raise_c := -p_amount * c.normal_side;
    IF (NOT v_closed AND p_kind ~ '^[a-z][a-z0-9_.]{0,39}$' AND p_amount BETWEEN 1 AND c_max AND p_debit <> p_credit AND d.status = 1 AND c.status = 1 AND d.currency = c.currency
        AND (v_raise_d > 0 OR coalesce(d.balance_minor - d.held_minor - d.floor_minor >= p_amount, true))
        AND (v_raise_c > 0 OR coalesce(c.balance_minor - c.held_minor - c.floor_minor >= p_amount, true))
        AND d.balance_minor + v_raise_d BETWEEN -c_max AND c_max AND c.balance_minor + v_raise_c BETWEEN -c_max AND c_max
       ) IS NOT TRUE THEN
        RETURN false;
    END IF;
    -- The first count of a day goes the general way, where windows begin and end.
    IF p_subject IS NOT NULL AND (s.counted_on >= (v_booked_at AT TIME ZONE s.time_zone)::date
        AND p_counted BETWEEN 1 AND coalesce(s.per_movement_minor, c_max)
        AND s.used_day_minor + p_counted <= coalesce(s.per_day_minor, c_max)
        AND s.used_week_minor + p_counted <= coalesce(s.per_week_minor, c_max)
        AND s.used_month_minor + p_counted <= coalesce(s.per_month_minor, c_max)
        AND s.used_year_minor + p_counted <= coalesce(s.per_year_minor, c_max)) IS NOT TRUE THEN
        RETURN false;
    END IF;
    v_now_us := extract(epoch FROM v_booked_at) * 1000000;
    INSERT INTO ledger_entry (id, booked_at, operation, kind, debit_account_ids, credit_account_ids, amounts_minor,
                              closes_hold, count_subject_ids, count_amounts_minor)
    VALUES (p_id, v_booked_at, 1, p_kind, ARRAY[p_debit], ARRAY[p_credit], ARRAY[p_amount], false,
            CASE WHEN p_subject IS NOT NULL THEN ARRAY[p_subject] END, CASE WHEN p_subject IS NOT NULL THEN ARRAY[p_counted] END)
    ON CONFLICT (id) DO NOTHING RETURNING id INTO v_id;
    IF v_id IS NULL THEN
        RAISE EXCEPTION 'a key was posted meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO ledger_unsealed (id, entry_ids) VALUES (p_call_id, ARRAY[p_id]);
    INSERT INTO ledger_posting (account_id, sequence, entry_id, leg, amount_minor, balance_minor, currency)
    VALUES (p_debit, greatest(d.sequence + 1, v_now_us), p_id, 1, p_amount, d.balance_minor + v_raise_d, d.currency),
           (p_credit, greatest(c.sequence + 1, v_now_us), p_id, 1, -p_amount, c.balance_minor + v_raise_c, c.currency);
    UPDATE ledger_account SET balance_minor = d.balance_minor + v_raise_d, sequence = greatest(d.sequence + 1, v_now_us)
     WHERE id = p_debit AND sequence = d.sequence RETURNING 1 INTO v_raise_d;
    UPDATE ledger_account SET balance_minor = c.balance_minor + v_raise_c, sequence = greatest(c.sequence + 1, v_now_us)
     WHERE id = p_credit AND sequence = c.sequence RETURNING 1 INTO v_raise_c;
    IF p_subject IS NOT NULL THEN
        UPDATE ledger_limit_subject SET used_day_minor = s.used_day_minor + p_counted,
               used_week_minor = s.used_week_minor + p_counted, used_month_minor = s.used_month_minor + p_counted,
               used_year_minor = s.used_year_minor + p_counted, version = s.version + 1
         WHERE id = p_subject AND version = s.version RETURNING 1 INTO p_counted;
    END IF;
    IF v_raise_d IS NULL OR v_raise_c IS NULL OR (p_subject IS NOT NULL AND p_counted IS NULL) THEN
        RAISE EXCEPTION 'an account or limit subject changed meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN true;
END $$;
