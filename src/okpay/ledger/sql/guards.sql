-- Guards in the database besides the posting function: who may do what, append-only, and the two laws of a posting.

-- 1. Privileges. The running program reads everything and writes money through the posting function only.
REVOKE INSERT, UPDATE, DELETE ON ledger_account, ledger_account_code, ledger_entry, ledger_posting, ledger_hold,
    ledger_limit_subject, ledger_reversal, ledger_mode, ledger_unsealed, ledger_seal FROM okpay_app;
GRANT INSERT (id, currency, normal_side, purpose, floor_minor, opened_at), UPDATE (status, floor_minor)
    ON ledger_account TO okpay_app;
GRANT INSERT ON ledger_account_code TO okpay_app;
GRANT INSERT (id, currency, time_zone, per_movement_minor, per_day_minor, per_week_minor, per_month_minor, per_year_minor),
    UPDATE (per_movement_minor, per_day_minor, per_week_minor, per_month_minor, per_year_minor)
    ON ledger_limit_subject TO okpay_app;
GRANT UPDATE (holds_only) ON ledger_mode TO okpay_app;
GRANT DELETE ON ledger_unsealed TO okpay_app;
GRANT INSERT ON ledger_seal TO okpay_app;
REVOKE EXECUTE ON FUNCTION ledger_post_v1, ledger_post_plain_v1, ledger_known_v1 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post_v1, ledger_post_plain_v1 TO okpay_app;

-- 2. Append-only, also for the role that owns the tables.
CREATE FUNCTION ledger_refuse_change_v1() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: write a new entry instead', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1();
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1();
CREATE TRIGGER ledger_reversal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1();
CREATE TRIGGER ledger_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1();

-- 3. A statement that writes postings writes whole entries that sum to zero per currency, in their accounts' currency.
CREATE FUNCTION ledger_check_postings_v1() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_entry uuid;
BEGIN
    SELECT p.entry_id INTO v_entry FROM written p LEFT JOIN ledger_account a ON a.id = p.account_id
     GROUP BY p.entry_id, p.currency
    HAVING sum(p.amount_minor) <> 0 OR bool_or(a.currency IS DISTINCT FROM p.currency) LIMIT 1;
    IF v_entry IS NOT NULL THEN
        RAISE EXCEPTION 'the postings of entry % do not sum to zero in the currency of their accounts', v_entry
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_posting_laws AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_postings_v1();

-- 4. What an account can be. Checked where it is set: postings change other columns, and pay nothing for it.
CREATE FUNCTION ledger_refuse_setting_v1() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'account %: there is no such side, status or floor', NEW.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER ledger_account_settings AFTER INSERT OR UPDATE OF normal_side, status, floor_minor ON ledger_account
    FOR EACH ROW WHEN (NEW.normal_side NOT IN (1, -1) OR NEW.status NOT BETWEEN 1 AND 4
        OR NEW.floor_minor NOT BETWEEN -4000000000000000000 AND 4000000000000000000)
    EXECUTE FUNCTION ledger_refuse_setting_v1();

-- 5. A seal continues the chain, so that nobody can end it with a number that has none after it.
CREATE FUNCTION ledger_check_seal_v1() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_last ledger_seal;
BEGIN
    SELECT * INTO v_last FROM ledger_seal ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(v_last.number, 0) + 1
       OR NEW.previous_hash <> coalesce(v_last.hash, decode(repeat('00', 32), 'hex')) THEN
        RAISE EXCEPTION 'seal % does not continue the chain', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_seal_chain BEFORE INSERT ON ledger_seal FOR EACH ROW EXECUTE FUNCTION ledger_check_seal_v1();

-- 6. Rows that are updated all the time keep room on their page, so that an update touches no index.
ALTER TABLE ledger_account SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE ledger_limit_subject SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE ledger_hold SET (fillfactor = 80);
ALTER TABLE ledger_unsealed SET (autovacuum_vacuum_scale_factor = 0.05);

INSERT INTO ledger_mode (id, holds_only) VALUES (1, false);
