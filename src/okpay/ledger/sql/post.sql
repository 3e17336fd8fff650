-- The one way in which money moves: post a list of journal entries, each judged as if the ones before it were done.
--
-- Reads like this: lock what is touched, in one global order; find what was posted before; then go through the items
-- on copies in memory, refusing alone what may not be; then write what remains, one statement a table.
-- An item that is refused changes nothing. Codes of outcomes are those of `okpay.ledger.records.Outcome`.
--
-- The caller names everything touched in sorted lists without repetition; items, legs and counts point into these
-- lists by position (from 1), so that nothing has to be looked up in the loop. For a capture, release or expiry the
-- counts are those of its hold, to be given back; for a reversal the legs are the mirror image of its original.
--
-- The happy path is short on purpose: one condition asks whether all is well, and only its failure asks what is wrong.
-- A single plain item may take the express lane before, see post_plain.sql.
--
-- Raises 40001 when somebody else got in between; the caller then tries its whole transaction again.
CREATE OR REPLACE FUNCTION ledger_post_v1(
    p_call_id uuid,
    p_account_ids bigint[], p_subject_ids bigint[], p_hold_ids uuid[], p_original_ids uuid[],
    -- one element an item; its legs and counts are those from first to last
    p_ids uuid[], p_operations smallint[], p_kinds text[],
    p_first_legs int[], p_last_legs int[], p_first_counts int[], p_last_counts int[],
    p_originals int[], p_holds int[], p_hold_accounts int[], p_hold_amounts bigint[],
    p_hold_deadlines timestamptz[], p_finals boolean[],
    -- one element a leg
    p_leg_debits int[], p_leg_credits int[], p_leg_amounts bigint[],
    -- one element a count
    p_count_subjects int[], p_count_amounts bigint[],
    OUT o_outcomes smallint[], OUT o_culprits bigint[], OUT o_remaining bigint[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c_max CONSTANT bigint := 4000000000000000000;
    v_items int := cardinality(p_ids);
    v_holds_only boolean;
    v_booked_at timestamptz;
    v_now_us bigint;
    v_known smallint[];         -- replays (1) and reused keys (10), null where there are none
    v_posted int := 0;
    v_ids uuid[];
    v_rows int;
    v_expected int;
    -- accounts, by position in p_account_ids
    a_place tid[]; a_currency char(3)[]; a_side smallint[]; a_status smallint[];
    a_floor bigint[]; a_balance bigint[]; a_held bigint[]; a_sequence bigint[]; a_old_sequence bigint[];
    -- limit subjects, by position in p_subject_ids
    s_place tid[]; s_zone text[]; s_version bigint[]; s_changed boolean[]; s_today date[]; s_day date[];
    s_per_movement bigint[]; s_per_day bigint[]; s_per_week bigint[]; s_per_month bigint[]; s_per_year bigint[];
    s_used_day bigint[]; s_used_week bigint[]; s_used_month bigint[]; s_used_year bigint[];
    -- holds, by position in p_hold_ids; a status that is null is a hold that does not exist (yet)
    h_account bigint[]; h_amount bigint[]; h_captured bigint[]; h_status smallint[]; h_deadline timestamptz[];
    h_booked_at timestamptz[]; h_new int[]; h_changed boolean[];
    -- originals of reversals, by position in p_original_ids
    r_operation smallint[]; r_reversed boolean[];
    -- legs: what the two postings of each leave behind, and what there was before where it may have to be taken back
    -- (arrays that are written out start at their full length: one that grows from its middle would be out of step)
    l_debit_sequence bigint[]; l_debit_balance bigint[]; l_credit_sequence bigint[]; l_credit_balance bigint[];
    l_debit_before bigint[]; l_credit_before bigint[];
    l_item int[];               -- the item that a leg belongs to, where it stands
    -- per item
    v_kind text; v_operation smallint; v_code smallint; v_culprit bigint; v_left bigint; v_first_leg int; v_last_leg int := 0; v_last_count int := 0; v_done_leg int;
    d int; c int; s int; h int; a int;
    v_amount bigint; v_raise_d bigint; v_raise_c bigint; v_taken bigint; v_back bigint; v_date date;
    v_zone text; v_today date;
BEGIN
    -- 0. Is the call laid out as it must be? Whoever breaks this has a fault, and gets nothing posted.
    IF p_account_ids IS DISTINCT FROM ARRAY(SELECT DISTINCT u FROM unnest(p_account_ids) u WHERE u IS NOT NULL ORDER BY u)
       OR p_subject_ids IS DISTINCT FROM ARRAY(SELECT DISTINCT u FROM unnest(p_subject_ids) u WHERE u IS NOT NULL ORDER BY u) THEN
        RAISE EXCEPTION 'accounts and subjects must be sorted and distinct' USING ERRCODE = 'check_violation';
    END IF;
    IF (p_hold_ids <> '{}' OR p_original_ids <> '{}')
       AND (p_hold_ids IS DISTINCT FROM ARRAY(SELECT DISTINCT u FROM unnest(p_hold_ids) u WHERE u IS NOT NULL ORDER BY u)
            OR p_original_ids IS DISTINCT FROM ARRAY(SELECT DISTINCT u FROM unnest(p_original_ids) u WHERE u IS NOT NULL ORDER BY u)) THEN
        RAISE EXCEPTION 'holds and originals must be sorted and distinct' USING ERRCODE = 'check_violation';
    END IF;
    IF 0 >= ANY (p_leg_amounts) OR c_max < ANY (p_leg_amounts) OR 0 >= ANY (p_count_amounts) OR c_max < ANY (p_count_amounts)
       OR 0 >= ANY (p_hold_amounts) OR c_max < ANY (p_hold_amounts) THEN
        RAISE EXCEPTION 'an amount is out of range' USING ERRCODE = 'check_violation';
    END IF;

    -- 1. Locks in the one global order: holds, limit subjects, accounts, each by id. Then the time of booking.
    IF p_hold_ids <> '{}' THEN
        PERFORM FROM ledger_hold WHERE id = ANY (p_hold_ids) ORDER BY id FOR NO KEY UPDATE;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        SELECT array_agg(x.account_id ORDER BY u.o), array_agg(x.amount_minor ORDER BY u.o),
               array_agg(x.captured_minor ORDER BY u.o), array_agg(x.status ORDER BY u.o),
               array_agg(x.expires_at ORDER BY u.o), array_agg(x.booked_at ORDER BY u.o),
               array_agg(NULL::int), array_agg(false)
          INTO h_account, h_amount, h_captured, h_status, h_deadline, h_booked_at, h_new, h_changed
          FROM unnest(p_hold_ids) WITH ORDINALITY u (id, o) LEFT JOIN ledger_hold x ON x.id = u.id;
        IF v_rows <> cardinality(array_remove(h_status, NULL)) THEN
            RAISE EXCEPTION 'a hold was reserved meanwhile, and is not locked' USING ERRCODE = 'serialization_failure';
        END IF;
        IF EXISTS (SELECT FROM unnest(p_operations, p_holds, p_hold_accounts, p_first_counts, p_last_counts)
                               i (operation, hold, account, first_count, last_count)
                     JOIN ledger_hold x ON x.id = p_hold_ids[i.hold]
                    WHERE i.operation IN (3, 4, 5) AND i.account IS NOT NULL
                      AND (coalesce(x.count_subject_ids, '{}'), coalesce(x.count_amounts_minor, '{}')) IS DISTINCT FROM
                          (ARRAY(SELECT p_subject_ids[p_count_subjects[u]] FROM generate_series(i.first_count, i.last_count) u),
                           ARRAY(SELECT p_count_amounts[u] FROM generate_series(i.first_count, i.last_count) u))) THEN
            RAISE EXCEPTION 'the counts given back are not those of the hold' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF p_subject_ids <> '{}' THEN
        s_changed := array_fill(false, ARRAY[cardinality(p_subject_ids)]);
        s_today := array_fill(NULL::date, ARRAY[cardinality(p_subject_ids)]);
        SELECT array_agg(q.ctid), array_agg(q.time_zone), array_agg(q.version), array_agg(q.counted_on), array_agg(q.per_movement_minor),
               array_agg(q.per_day_minor), array_agg(q.per_week_minor), array_agg(q.per_month_minor),
               array_agg(q.per_year_minor), array_agg(q.used_day_minor), array_agg(q.used_week_minor),
               array_agg(q.used_month_minor), array_agg(q.used_year_minor)
          INTO s_place, s_zone, s_version, s_day, s_per_movement, s_per_day, s_per_week, s_per_month, s_per_year,
               s_used_day, s_used_week, s_used_month, s_used_year
          FROM (SELECT ctid, * FROM ledger_limit_subject WHERE id = ANY (p_subject_ids) ORDER BY id FOR NO KEY UPDATE) q;
        IF cardinality(s_zone) IS DISTINCT FROM cardinality(p_subject_ids) THEN
            SELECT array_agg(q.ctid ORDER BY u.o), array_agg(q.time_zone ORDER BY u.o), array_agg(q.version ORDER BY u.o),
                   array_agg(q.counted_on ORDER BY u.o), array_agg(q.per_movement_minor ORDER BY u.o),
                   array_agg(q.per_day_minor ORDER BY u.o), array_agg(q.per_week_minor ORDER BY u.o),
                   array_agg(q.per_month_minor ORDER BY u.o), array_agg(q.per_year_minor ORDER BY u.o),
                   array_agg(q.used_day_minor ORDER BY u.o), array_agg(q.used_week_minor ORDER BY u.o),
                   array_agg(q.used_month_minor ORDER BY u.o), array_agg(q.used_year_minor ORDER BY u.o)
              INTO s_place, s_zone, s_version, s_day, s_per_movement, s_per_day, s_per_week, s_per_month, s_per_year,
                   s_used_day, s_used_week, s_used_month, s_used_year
              FROM unnest(p_subject_ids) WITH ORDINALITY u (id, o) LEFT JOIN ledger_limit_subject q ON q.id = u.id;
        END IF;
    END IF;
    SELECT array_agg(q.ctid), array_agg(q.currency), array_agg(q.normal_side), array_agg(q.status), array_agg(q.floor_minor),
           array_agg(q.balance_minor), array_agg(q.held_minor), array_agg(q.sequence)
      INTO a_place, a_currency, a_side, a_status, a_floor, a_balance, a_held, a_sequence
      FROM (SELECT ctid, * FROM ledger_account WHERE id = ANY (p_account_ids) ORDER BY id FOR NO KEY UPDATE) q;
    IF cardinality(a_side) IS DISTINCT FROM cardinality(p_account_ids) THEN
        SELECT array_agg(q.ctid ORDER BY u.o), array_agg(q.currency ORDER BY u.o), array_agg(q.normal_side ORDER BY u.o),
               array_agg(q.status ORDER BY u.o), array_agg(q.floor_minor ORDER BY u.o),
               array_agg(q.balance_minor ORDER BY u.o), array_agg(q.held_minor ORDER BY u.o),
               array_agg(q.sequence ORDER BY u.o)
          INTO a_place, a_currency, a_side, a_status, a_floor, a_balance, a_held, a_sequence
          FROM unnest(p_account_ids) WITH ORDINALITY u (id, o) LEFT JOIN ledger_account q ON q.id = u.id;
    END IF;
    a_old_sequence := a_sequence;
    -- An array that was assigned to is kept unpacked: otherwise finding an element of it would pass over all before it.
    a_currency[1] := a_currency[1]; a_floor[1] := a_floor[1]; p_kinds[1] := p_kinds[1];
    SELECT q.now, extract(epoch FROM q.now) * 1000000, q.holds_only INTO STRICT v_booked_at, v_now_us, v_holds_only
      FROM (SELECT clock_timestamp() + k.shift AS now, m.holds_only FROM ledger_mode m, base_test_clock k OFFSET 0) q;

    -- 2. What was posted before, now that whoever posts the same has let go of the locks.
    SELECT array_agg(x.id) INTO v_ids FROM ledger_entry x WHERE x.id = ANY (p_ids);
    IF v_ids IS NOT NULL THEN
        v_known := ledger_known_v1(p_account_ids, p_subject_ids, p_hold_ids, p_original_ids, p_ids, p_operations, p_kinds,
            p_first_legs, p_last_legs, p_first_counts, p_last_counts, p_originals, p_holds, p_hold_accounts,
            p_hold_amounts, p_hold_deadlines, p_finals, p_leg_debits, p_leg_credits, p_leg_amounts, p_count_subjects,
            p_count_amounts);
    END IF;
    IF p_original_ids <> '{}' THEN
        SELECT array_agg(x.operation ORDER BY u.o), array_agg(y.entry_id IS NOT NULL ORDER BY u.o)
          INTO r_operation, r_reversed
          FROM unnest(p_original_ids) WITH ORDINALITY u (id, o)
          LEFT JOIN ledger_entry x ON x.id = u.id LEFT JOIN ledger_reversal y ON y.original_id = u.id;
    END IF;

    -- 3. The items, one after another, on the copies.
    o_outcomes := array_fill(0::smallint, ARRAY[v_items]);
    l_debit_sequence := p_leg_amounts; l_debit_balance := p_leg_amounts;
    l_credit_sequence := p_leg_amounts; l_credit_balance := p_leg_amounts;
    l_item := array_fill(NULL::int, ARRAY[cardinality(p_leg_amounts)]);
    FOR i IN 1 .. v_items LOOP
        IF (p_first_legs[i] = v_last_leg + 1 AND p_first_counts[i] = v_last_count + 1 AND p_last_counts[i] >= v_last_count
            AND CASE WHEN p_operations[i] IN (1, 3) THEN p_last_legs[i] > v_last_leg
                     WHEN p_operations[i] IN (2, 4, 5) THEN p_last_legs[i] = v_last_leg
                     WHEN p_operations[i] = 6 THEN p_last_legs[i] >= v_last_leg END
            AND (p_kinds[i] = v_kind OR p_kinds[i] ~ '^[a-z][a-z0-9_.]{0,39}$')) IS NOT TRUE THEN
            RAISE EXCEPTION 'item % is malformed', i USING ERRCODE = 'check_violation';
        END IF;
        v_kind := p_kinds[i];   -- most lists are of one kind, which is then matched once
        v_first_leg := p_first_legs[i]; v_last_leg := p_last_legs[i]; v_last_count := p_last_counts[i];
        IF v_known[i] IS NOT NULL THEN o_outcomes[i] := v_known[i]; CONTINUE; END IF;
        v_operation := p_operations[i]; v_code := 0;

        -- 3a. All but a plain posting: does the mode let it in, may the original be reversed, is the hold open?
        --     What a capture takes out of its hold is free for its legs.
        IF v_operation <> 1 OR v_holds_only THEN
            v_culprit := NULL; v_left := NULL; v_taken := 0;
            h := p_holds[i]; a := p_hold_accounts[i];
            IF v_holds_only AND v_operation IN (1, 3, 6) THEN v_code := 14;
            ELSIF v_operation = 6 THEN
                d := p_originals[i];
                IF r_operation[d] IS NULL THEN v_code := 40;
                ELSIF r_operation[d] NOT IN (1, 3) THEN v_code := 41;
                ELSIF r_reversed[d] THEN v_code := 42;
                ELSIF v_last_leg < v_first_leg THEN v_code := 40;   -- not there yet when the caller read its legs
                ELSIF NOT EXISTS (SELECT FROM ledger_entry x WHERE x.id = p_original_ids[d]
                    AND x.debit_account_ids = ARRAY(SELECT p_account_ids[p_leg_credits[l]] FROM generate_series(v_last_leg, v_first_leg, -1) l)
                    AND x.credit_account_ids = ARRAY(SELECT p_account_ids[p_leg_debits[l]] FROM generate_series(v_last_leg, v_first_leg, -1) l)
                    AND x.amounts_minor = ARRAY(SELECT p_leg_amounts[l] FROM generate_series(v_last_leg, v_first_leg, -1) l)) THEN
                    RAISE EXCEPTION 'item % is not the mirror image of its original', i USING ERRCODE = 'check_violation';
                END IF;
            ELSIF v_operation <> 2 THEN
                IF h_status[h] IS NULL OR a IS NULL THEN v_code := 30;  -- or not there yet when the caller looked
                ELSIF h_status[h] <> 1 THEN v_code := 31;
                ELSIF v_operation = 3 AND h_deadline[h] <= v_booked_at THEN v_code := 32;
                ELSIF v_operation = 5 AND h_deadline[h] > v_booked_at THEN v_code := 33;
                ELSE
                    IF h_account[h] IS DISTINCT FROM p_account_ids[a] THEN
                        RAISE EXCEPTION 'hold % is on another account than the caller says', p_hold_ids[h];
                    END IF;
                    IF v_operation = 3 THEN
                        FOR l IN v_first_leg .. v_last_leg LOOP
                            IF (p_leg_debits[l] = a AND a_side[a] = -1) OR (p_leg_credits[l] = a AND a_side[a] = 1) THEN
                                v_taken := least(v_taken + p_leg_amounts[l], c_max + 1);
                            END IF;
                        END LOOP;
                        IF v_taken = 0 THEN v_code := 35; v_culprit := h_account[h];
                        ELSIF v_taken > h_amount[h] - h_captured[h] THEN
                            v_code := 34; v_culprit := h_account[h]; v_left := h_amount[h] - h_captured[h];
                        ELSE a_held[a] := a_held[a] - v_taken;
                        END IF;
                    END IF;
                END IF;
            END IF;
        END IF;

        -- 3b. Limits: asked here, counted when the item stands. A window that ended counts from zero again.
        IF v_operation <= 2 AND v_code = 0 THEN
            FOR x IN p_first_counts[i] .. p_last_counts[i] LOOP
                s := p_count_subjects[x];
                IF s_today[s] IS NULL THEN
                    IF s_zone[s] IS DISTINCT FROM v_zone THEN
                        v_zone := s_zone[s];
                        v_today := (v_booked_at AT TIME ZONE v_zone)::date;
                    END IF;
                    s_today[s] := v_today;
                    IF (s_today[s] <= s_day[s]) IS NOT TRUE THEN
                        v_date := s_today[s];
                        s_used_day[s] := 0;
                        IF (date_trunc('week', v_date) = date_trunc('week', s_day[s])) IS NOT TRUE THEN s_used_week[s] := 0; END IF;
                        IF (date_trunc('month', v_date) = date_trunc('month', s_day[s])) IS NOT TRUE THEN s_used_month[s] := 0; END IF;
                        IF (date_trunc('year', v_date) = date_trunc('year', s_day[s])) IS NOT TRUE THEN s_used_year[s] := 0; END IF;
                        s_day[s] := v_date;
                    END IF;
                END IF;
                v_amount := p_count_amounts[x];
                IF (v_amount <= coalesce(s_per_movement[s], c_max)
                    AND s_used_day[s] + v_amount <= coalesce(s_per_day[s], c_max)
                    AND s_used_week[s] + v_amount <= coalesce(s_per_week[s], c_max)
                    AND s_used_month[s] + v_amount <= coalesce(s_per_month[s], c_max)
                    AND s_used_year[s] + v_amount <= coalesce(s_per_year[s], c_max)
                    AND s_version[s] IS NOT NULL) IS NOT TRUE THEN
                    v_culprit := p_subject_ids[s]; v_left := NULL;
                    IF s_version[s] IS NULL THEN v_code := 50; EXIT; END IF;
                    SELECT q.code, greatest(q.most - q.used, 0) INTO v_code, v_left
                      FROM (VALUES (51, s_per_movement[s], 0::bigint), (52, s_per_day[s], s_used_day[s]),
                                   (53, s_per_week[s], s_used_week[s]), (54, s_per_month[s], s_used_month[s]),
                                   (55, s_per_year[s], s_used_year[s])) w (code, maximum, used),
                           LATERAL (SELECT w.code, w.used, coalesce(w.maximum, c_max) AS most) q
                     WHERE q.used + v_amount > q.most ORDER BY q.code LIMIT 1;
                    EXIT;
                END IF;
            END LOOP;
        END IF;

        -- 3c. The legs, one after another. The debited account rises where debit is its normal side.
        IF v_code = 0 THEN
            FOR l IN v_first_leg .. v_last_leg LOOP
                d := p_leg_debits[l]; c := p_leg_credits[l]; v_amount := p_leg_amounts[l];
                v_raise_d := v_amount * a_side[d]; v_raise_c := -v_amount * a_side[c];
                IF (a_status[d] = 1 AND a_status[c] = 1 AND d <> c AND a_currency[d] = a_currency[c]
                    AND (v_raise_d > 0 OR coalesce(a_balance[d] - a_held[d] - a_floor[d] >= v_amount, true))
                    AND (v_raise_c > 0 OR coalesce(a_balance[c] - a_held[c] - a_floor[c] >= v_amount, true))
                    AND a_balance[d] + v_raise_d BETWEEN -c_max AND c_max
                    AND a_balance[c] + v_raise_c BETWEEN -c_max AND c_max) IS NOT TRUE THEN
                    v_culprit := p_account_ids[d]; v_left := NULL; v_done_leg := l - 1;
                    IF a_status[d] IS NULL THEN v_code := 20;
                    ELSIF a_status[c] IS NULL THEN v_code := 20; v_culprit := p_account_ids[c];
                    ELSIF d = c THEN v_code := 13;
                    ELSIF a_currency[d] <> a_currency[c] THEN v_code := 24; v_culprit := p_account_ids[c];
                    ELSIF a_status[d] = 4 THEN v_code := 21;
                    ELSIF a_status[d] = 3 THEN v_code := 22;
                    ELSIF v_raise_d < 0 AND a_status[d] = 2 THEN v_code := 23;
                    ELSIF v_raise_d < 0 AND a_balance[d] - a_held[d] - a_floor[d] < v_amount THEN
                        v_code := 25; v_left := a_balance[d] - a_held[d] - a_floor[d];
                    ELSIF a_balance[d] + v_raise_d NOT BETWEEN -c_max AND c_max THEN v_code := 26;
                    ELSE
                        v_culprit := p_account_ids[c];
                        IF a_status[c] = 4 THEN v_code := 21;
                        ELSIF a_status[c] = 3 THEN v_code := 22;
                        ELSIF v_raise_c < 0 AND a_status[c] = 2 THEN v_code := 23;
                        ELSIF v_raise_c < 0 AND a_balance[c] - a_held[c] - a_floor[c] < v_amount THEN
                            v_code := 25; v_left := a_balance[c] - a_held[c] - a_floor[c];
                        ELSIF a_balance[c] + v_raise_c NOT BETWEEN -c_max AND c_max THEN v_code := 26;
                        END IF;
                    END IF;
                    EXIT WHEN v_code <> 0;
                END IF;
                IF v_first_leg < v_last_leg THEN l_debit_before[l] := a_sequence[d]; l_credit_before[l] := a_sequence[c]; END IF;
                a_sequence[d] := greatest(a_sequence[d] + 1, v_now_us); l_debit_sequence[l] := a_sequence[d];
                a_balance[d] := a_balance[d] + v_raise_d; l_debit_balance[l] := a_balance[d];
                a_sequence[c] := greatest(a_sequence[c] + 1, v_now_us); l_credit_sequence[l] := a_sequence[c];
                a_balance[c] := a_balance[c] + v_raise_c; l_credit_balance[l] := a_balance[c];
            END LOOP;

            -- 3d. A reservation is judged like a leg that lowers its account.
            IF v_operation = 2 THEN
                v_amount := p_hold_amounts[i];
                IF (p_hold_ids[h] = p_ids[i] AND v_amount > 0 AND p_hold_deadlines[i] IS NOT NULL) IS NOT TRUE THEN
                    RAISE EXCEPTION 'item % is malformed', i USING ERRCODE = 'check_violation';
                END IF;
                IF a_status[a] IS NULL THEN v_code := 20;
                ELSIF a_status[a] > 1 THEN v_code := CASE a_status[a] WHEN 4 THEN 21 WHEN 3 THEN 22 ELSE 23 END;
                ELSIF a_balance[a] - a_held[a] - a_floor[a] < v_amount THEN
                    v_code := 25; v_left := a_balance[a] - a_held[a] - a_floor[a];
                ELSIF a_held[a] + v_amount > c_max THEN v_code := 26;
                END IF;
                IF v_code <> 0 THEN v_culprit := p_account_ids[a];
                ELSE
                    a_held[a] := a_held[a] + v_amount;
                    a_sequence[a] := greatest(a_sequence[a] + 1, v_now_us);
                    h_account[h] := p_account_ids[a]; h_amount[h] := v_amount; h_captured[h] := 0; h_status[h] := 1;
                    h_deadline[h] := p_hold_deadlines[i]; h_booked_at[h] := v_booked_at; h_new[h] := i;
                END IF;
            END IF;

            -- 3e. A leg was refused: take back the legs before it, and what a capture took out of its hold.
            IF v_code <> 0 AND v_operation <> 2 THEN
                FOR l IN REVERSE v_done_leg .. v_first_leg LOOP
                    d := p_leg_debits[l]; c := p_leg_credits[l]; v_amount := p_leg_amounts[l];
                    a_balance[c] := a_balance[c] + v_amount * a_side[c]; a_sequence[c] := l_credit_before[l];
                    a_balance[d] := a_balance[d] - v_amount * a_side[d]; a_sequence[d] := l_debit_before[l];
                END LOOP;
                IF v_operation = 3 THEN a_held[a] := a_held[a] + v_taken; END IF;
            END IF;
        END IF;
        IF v_code <> 0 THEN
            IF o_culprits IS NULL THEN
                o_culprits := array_fill(NULL::bigint, ARRAY[v_items]);
                o_remaining := array_fill(NULL::bigint, ARRAY[v_items]);
            END IF;
            o_outcomes[i] := v_code; o_culprits[i] := v_culprit; o_remaining[i] := v_left;
            CONTINUE;
        END IF;

        -- 3f. The item stands: count it, or mark what it changed besides accounts.
        v_posted := v_posted + 1;
        FOR l IN v_first_leg .. v_last_leg LOOP l_item[l] := i; END LOOP;
        IF v_operation <= 2 THEN
            FOR x IN p_first_counts[i] .. p_last_counts[i] LOOP
                s := p_count_subjects[x]; v_amount := p_count_amounts[x];
                s_used_day[s] := s_used_day[s] + v_amount; s_used_week[s] := s_used_week[s] + v_amount;
                s_used_month[s] := s_used_month[s] + v_amount; s_used_year[s] := s_used_year[s] + v_amount;
                s_changed[s] := true;
            END LOOP;
        ELSIF v_operation = 6 THEN
            r_reversed[p_originals[i]] := true;
        ELSE
            h_captured[h] := h_captured[h] + v_taken;
            IF v_operation > 3 THEN h_status[h] := v_operation - 1;
            ELSIF p_finals[i] OR h_captured[h] = h_amount[h] THEN h_status[h] := 2;
            END IF;
            IF h_status[h] <> 1 THEN
                a_held[a] := a_held[a] - (h_amount[h] - h_captured[h]);
                IF h_new[h] IS NOT NULL AND (p_count_subjects[p_first_counts[i] : p_last_counts[i]], p_count_amounts[p_first_counts[i] : p_last_counts[i]])
                    IS DISTINCT FROM (p_count_subjects[p_first_counts[h_new[h]] : p_last_counts[h_new[h]]],
                                      p_count_amounts[p_first_counts[h_new[h]] : p_last_counts[h_new[h]]]) THEN
                    RAISE EXCEPTION 'the counts given back are not those of the hold' USING ERRCODE = 'check_violation';
                END IF;
                FOR x IN p_first_counts[i] .. p_last_counts[i] LOOP
                    -- What was captured stays counted, rounded up; the rest goes back to the windows it was counted in.
                    s := p_count_subjects[x];
                    v_back := p_count_amounts[x] - ceil(p_count_amounts[x]::numeric * h_captured[h] / h_amount[h])::bigint;
                    v_date := (h_booked_at[h] AT TIME ZONE s_zone[s])::date;
                    IF v_date = s_day[s] THEN s_used_day[s] := s_used_day[s] - v_back; END IF;
                    IF date_trunc('week', v_date) = date_trunc('week', s_day[s]) THEN s_used_week[s] := s_used_week[s] - v_back; END IF;
                    IF date_trunc('month', v_date) = date_trunc('month', s_day[s]) THEN s_used_month[s] := s_used_month[s] - v_back; END IF;
                    IF date_trunc('year', v_date) = date_trunc('year', s_day[s]) THEN s_used_year[s] := s_used_year[s] - v_back; END IF;
                    s_changed[s] := true;
                END LOOP;
            END IF;
            h_changed[h] := true;
            a_sequence[a] := greatest(a_sequence[a] + 1, v_now_us);
        END IF;
    END LOOP;
    IF v_last_leg <> cardinality(p_leg_amounts) OR v_last_leg <> cardinality(p_leg_debits) OR v_last_leg <> cardinality(p_leg_credits)
       OR v_last_count <> cardinality(p_count_amounts) OR v_last_count <> cardinality(p_count_subjects)
       OR v_items <> cardinality(p_operations) THEN
        RAISE EXCEPTION 'legs, counts or items are left over' USING ERRCODE = 'check_violation';
    END IF;
    IF v_posted = 0 THEN RETURN; END IF;

    -- 4. Write what stands, one statement a table. A key that appears only now belongs to a call that touched other
    --    accounts under the same id: it has won, and this call is tried again as a whole.
    --    The arrays are laid flat once: a slice of a variable would copy the whole variable for every row.
    WITH flat AS MATERIALIZED (
        SELECT ARRAY(SELECT p_account_ids[u] FROM unnest(p_leg_debits) u) AS debits,
               ARRAY(SELECT p_account_ids[u] FROM unnest(p_leg_credits) u) AS credits,
               ARRAY(SELECT unnest(p_leg_amounts)) AS amounts,
               ARRAY(SELECT p_subject_ids[u] FROM unnest(p_count_subjects) u) AS subjects,
               ARRAY(SELECT unnest(p_count_amounts)) AS counts
    ), written AS (
        INSERT INTO ledger_entry (id, booked_at, operation, kind, debit_account_ids, credit_account_ids, amounts_minor,
                                  hold_id, closes_hold, reverses_id, count_subject_ids, count_amounts_minor)
        SELECT u.id, v_booked_at, u.operation, u.kind, flat.debits[u.first_leg : u.last_leg],
               flat.credits[u.first_leg : u.last_leg], flat.amounts[u.first_leg : u.last_leg],
               p_hold_ids[u.hold], u.operation IN (4, 5) OR (u.operation = 3 AND u.final), p_original_ids[u.original],
               CASE WHEN u.operation <= 2 AND u.last_count >= u.first_count THEN flat.subjects[u.first_count : u.last_count] END,
               CASE WHEN u.operation <= 2 AND u.last_count >= u.first_count THEN flat.counts[u.first_count : u.last_count] END
          FROM flat, unnest(p_ids, p_operations, p_kinds, o_outcomes, p_first_legs, p_last_legs, p_first_counts,
                            p_last_counts, p_holds, p_finals, p_originals)
               u (id, operation, kind, outcome, first_leg, last_leg, first_count, last_count, hold, final, original)
         WHERE u.outcome = 0
        ON CONFLICT (id) DO NOTHING RETURNING id)
    SELECT array_agg(id) INTO v_ids FROM written;
    IF cardinality(v_ids) IS DISTINCT FROM v_posted THEN
        RAISE EXCEPTION 'a key was posted meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO ledger_unsealed (id, entry_ids) VALUES (p_call_id, v_ids);
    IF p_leg_amounts <> '{}' THEN
        INSERT INTO ledger_posting (account_id, sequence, entry_id, leg, amount_minor, balance_minor, currency)
        SELECT p_account_ids[u.account], u.sequence, p_ids[u.item], u.leg - p_first_legs[u.item] + 1, u.amount, u.balance,
               a_currency[u.account]
          FROM (SELECT * FROM unnest(p_leg_debits, p_leg_amounts, l_debit_sequence, l_debit_balance, l_item)
                       WITH ORDINALITY x (account, amount, sequence, balance, item, leg) UNION ALL
                SELECT x.account, -x.amount, x.sequence, x.balance, x.item, x.leg
                  FROM unnest(p_leg_credits, p_leg_amounts, l_credit_sequence, l_credit_balance, l_item)
                       WITH ORDINALITY x (account, amount, sequence, balance, item, leg)) u
         WHERE u.item IS NOT NULL;
    END IF;
    UPDATE ledger_account x SET balance_minor = u.balance, held_minor = u.held, sequence = u.sequence
      FROM unnest(a_place, a_balance, a_held, a_sequence, a_old_sequence) u (place, balance, held, sequence, old)
     WHERE x.ctid = u.place AND x.sequence = u.old AND u.sequence <> u.old;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_expected := cardinality(p_account_ids);
    IF v_posted < v_items THEN
        SELECT count(*) INTO v_expected FROM unnest(a_sequence, a_old_sequence) u (new, old) WHERE u.new <> u.old;
    END IF;
    IF v_rows <> v_expected THEN
        RAISE EXCEPTION 'an account changed meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    IF s_changed IS NOT NULL THEN
        UPDATE ledger_limit_subject x
           SET used_day_minor = u.d, used_week_minor = u.w, used_month_minor = u.m, used_year_minor = u.y,
               counted_on = u.counted_on, version = x.version + 1
          FROM unnest(s_place, s_used_day, s_used_week, s_used_month, s_used_year, s_day, s_version,
                      s_changed) u (place, d, w, m, y, counted_on, version, changed)
         WHERE x.ctid = u.place AND u.changed AND x.version = u.version;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        SELECT count(*) INTO v_expected FROM unnest(s_changed) u (changed) WHERE u.changed;
        IF v_rows <> v_expected THEN
            RAISE EXCEPTION 'a limit subject changed meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
    IF p_hold_ids <> '{}' THEN
        INSERT INTO ledger_hold (id, account_id, amount_minor, captured_minor, status, booked_at, expires_at,
                                 count_subject_ids, count_amounts_minor)
        SELECT p_ids[u.item], u.account, u.amount, u.captured, u.status, v_booked_at, u.deadline, e.count_subject_ids, e.count_amounts_minor
          FROM unnest(h_account, h_amount, h_captured, h_status, h_deadline, h_new) u (account, amount, captured, status, deadline, item)
          JOIN ledger_entry e ON e.id = p_ids[u.item];
        UPDATE ledger_hold x SET captured_minor = u.captured, status = u.status
          FROM unnest(p_hold_ids, h_captured, h_status, h_new, h_changed) u (id, captured, status, item, changed)
         WHERE x.id = u.id AND u.changed AND u.item IS NULL;
    END IF;
    IF p_original_ids <> '{}' THEN
        WITH written AS (
            INSERT INTO ledger_reversal (original_id, entry_id)
            SELECT p_original_ids[u.original], u.id FROM unnest(p_ids, p_operations, p_originals, o_outcomes)
                   u (id, operation, original, outcome) WHERE u.operation = 6 AND u.outcome = 0
            ON CONFLICT (original_id) DO NOTHING RETURNING 1)
        SELECT count(*) INTO v_rows FROM written;
        IF v_rows <> (SELECT count(*) FROM unnest(p_operations, o_outcomes) u (operation, outcome)
                       WHERE u.operation = 6 AND u.outcome = 0) THEN
            RAISE EXCEPTION 'an entry was reversed meanwhile' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
END $$;
