-- Which items of a posting list stand in the book already: 1 for the same item, 10 for another one under its id,
-- null for an item that is new. Called by ledger_post_v1 with its own arguments, and only when some id is known.
CREATE FUNCTION ledger_known_v1(
    p_account_ids bigint[], p_subject_ids bigint[], p_hold_ids uuid[], p_original_ids uuid[],
    p_ids uuid[], p_operations smallint[], p_kinds text[],
    p_first_legs int[], p_last_legs int[], p_first_counts int[], p_last_counts int[],
    p_originals int[], p_holds int[], p_hold_accounts int[], p_hold_amounts bigint[],
    p_hold_deadlines timestamptz[], p_finals boolean[],
    p_leg_debits int[], p_leg_credits int[], p_leg_amounts bigint[],
    p_count_subjects int[], p_count_amounts bigint[]
) RETURNS smallint[] LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH item AS (
        SELECT u.*
          FROM unnest(p_ids, p_operations, p_kinds, p_first_legs, p_last_legs, p_first_counts, p_last_counts, p_originals,
                      p_holds, p_hold_accounts, p_hold_amounts, p_hold_deadlines, p_finals) WITH ORDINALITY
               u (id, operation, kind, first_leg, last_leg, first_count, last_count, original, hold, account, amount,
                  deadline, final, position)
    ), leg AS (
        SELECT i.position, array_agg(p_account_ids[p_leg_debits[l]] ORDER BY l) AS debits,
               array_agg(p_account_ids[p_leg_credits[l]] ORDER BY l) AS credits, array_agg(p_leg_amounts[l] ORDER BY l) AS amounts
          FROM item i, generate_series(i.first_leg, i.last_leg) l GROUP BY i.position
    ), counted AS (
        SELECT i.position, array_agg(p_subject_ids[p_count_subjects[c]] ORDER BY c) AS subjects,
               array_agg(p_count_amounts[c] ORDER BY c) AS amounts
          FROM item i, generate_series(i.first_count, i.last_count) c GROUP BY i.position
    )
    SELECT array_agg(CASE
               WHEN e.id IS NULL THEN NULL
               WHEN e.operation <> i.operation OR e.kind <> i.kind THEN 10
               WHEN i.operation = 6 THEN CASE WHEN e.reverses_id = p_original_ids[i.original] THEN 1 ELSE 10 END
               WHEN i.operation IN (4, 5) THEN CASE WHEN e.hold_id = p_hold_ids[i.hold] THEN 1 ELSE 10 END
               WHEN i.operation = 2 AND (h.account_id, h.amount_minor, h.expires_at)
                    IS DISTINCT FROM (p_account_ids[i.account], i.amount, i.deadline) THEN 10
               WHEN i.operation IN (1, 2) AND (e.count_subject_ids, e.count_amounts_minor)
                    IS DISTINCT FROM (counted.subjects, counted.amounts) THEN 10
               WHEN i.operation = 3 AND (e.hold_id, e.closes_hold)
                    IS DISTINCT FROM (p_hold_ids[i.hold], i.final) THEN 10
               WHEN i.operation IN (1, 3) AND (e.debit_account_ids, e.credit_account_ids, e.amounts_minor)
                    IS DISTINCT FROM (leg.debits, leg.credits, leg.amounts) THEN 10
               ELSE 1 END::smallint ORDER BY i.position)
      FROM item i
      LEFT JOIN ledger_entry e ON e.id = i.id
      LEFT JOIN ledger_hold h ON h.id = i.id
      LEFT JOIN leg ON leg.position = i.position
      LEFT JOIN counted ON counted.position = i.position
$$;
