"""The laws that hold for every row of the book at any time, asked of the tables in plain SQL."""

from okpay.base.database import execute_prepared
from okpay.ledger.verification import Progress, verify

LAWS = {
    "the balances of a currency sum to zero": """
        SELECT currency, sum(balance_minor * normal_side) FROM ledger_account
         GROUP BY currency HAVING sum(balance_minor * normal_side) <> 0""",
    "a balance is the sum of its postings": """
        SELECT a.id FROM ledger_account a LEFT JOIN ledger_posting p ON p.account_id = a.id
         GROUP BY a.id HAVING a.balance_minor <> coalesce(sum(p.amount_minor), 0) * a.normal_side""",
    "what is held is the sum of the open holds": """
        SELECT a.id FROM ledger_account a LEFT JOIN ledger_hold h ON h.account_id = a.id AND h.status = 1
         GROUP BY a.id HAVING a.held_minor <> coalesce(sum(h.amount_minor - h.captured_minor), 0)""",
    "no account is below its floor": """
        SELECT id FROM ledger_account WHERE balance_minor - held_minor < floor_minor""",
    "every posting has its entry, and is of its account's currency": """
        SELECT p.account_id, p.sequence FROM ledger_posting p LEFT JOIN ledger_entry e ON e.id = p.entry_id
          LEFT JOIN ledger_account a ON a.id = p.account_id
         WHERE e.id IS NULL OR a.currency IS DISTINCT FROM p.currency""",
    "every leg is two postings": """
        SELECT e.id FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
         GROUP BY e.id HAVING count(p.leg) <> 2 * cardinality(e.amounts_minor)
             OR coalesce(sum(abs(p.amount_minor)), 0) <>
                2 * (SELECT coalesce(sum(u), 0) FROM unnest(e.amounts_minor) u)""",
    "what was captured of a hold is at most the hold": """
        SELECT id FROM ledger_hold WHERE captured_minor NOT BETWEEN 0 AND amount_minor""",
    "an entry is reversed once": """
        SELECT reverses_id FROM ledger_entry WHERE reverses_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1""",
}


def broken_laws(progress: Progress = lambda check, done, total: None) -> list[str]:
    """Return the laws that do not hold, and what `verify()` found, each with the first row that shows it."""
    broken = []
    for number, (law, query) in enumerate(LAWS.items(), 1):
        row = execute_prepared(query).fetchone()
        if row is not None:
            broken.append(f"{law}, but not {row}")
        progress("the laws in plain SQL", number, len(LAWS))
    return broken + [
        f"verify, {problem.check}: {problem.row}: {problem.detail}" for problem in verify(progress).problems
    ]
