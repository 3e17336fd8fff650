"""Receipts to try with, in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from okpay.base.money import Money
from okpay.statements.records import Moment, Party, Receipt, ReceiptWords, Tone

ENGLISH = ReceiptWords(
    title="Receipt",
    kind="Transfer",
    state="Completed",
    test_money="TEST MONEY",
    test_money_sentence="This is a receipt for test money. It is worth nothing and proves no payment.",
    payer="From",
    payee="To",
    amount="Amount",
    fee="Fee",
    total="Total",
    reference="Reference",
    created="Created",
    completed="Completed",
    note="Note",
    timeline="Timeline",
    zone="Times are those of Europe/Berlin.",
    page="Page {page} of {pages}",
)
CHINESE = ReceiptWords(
    title="凭证",
    kind="转账",
    state="已完成",
    test_money="测试资金",
    test_money_sentence="本凭证记录的是测试资金，没有实际价值，不能作为付款证明。",
    payer="付款人",
    payee="收款人",
    amount="金额",
    fee="手续费",
    total="合计",
    reference="编号",
    created="创建时间",
    completed="完成时间",
    note="附言",
    timeline="进度",
    zone="时间均为 Asia/Shanghai 时区。",
    page="第 {page} 页，共 {pages} 页",
)
WORDS = {"en": ENGLISH, "zh-hans": CHINESE}
_CREATED = datetime(2026, 11, 24, 6, 5, 9, 123456, tzinfo=UTC)
_COMPLETED = datetime(2026, 11, 25, 7, 30, 0, 654321, tzinfo=UTC)

IN_ENGLISH = Receipt(
    reference="0193a5c2-7f4e-7b3a-9c1d-2e5f8a6b4c10",
    tone=Tone.DONE,
    amount=Money(123450, "EUR"),
    fee=Money(125, "EUR"),
    total=Money(123575, "EUR"),
    payer=Party("Anna Schmidt", "anna@example.com"),
    payee=Party("J*** Müller", "j***@example.com"),
    note="Rent for December",
    created_at=_CREATED,
    completed_at=_COMPLETED,
    timeline=(
        Moment(_CREATED, "Sent. The address was not registered yet."),
        Moment(datetime(2026, 11, 25, 7, 29, 58, tzinfo=UTC), "The recipient proved the address."),
        Moment(_COMPLETED, "The money arrived."),
    ),
    operator="Example Wallet GmbH",
    language="en",
    zone=ZoneInfo("Europe/Berlin"),
    is_test_money=True,
)
IN_CHINESE = replace(
    IN_ENGLISH,
    amount=Money(888800, "CNY"),
    fee=Money(0, "CNY"),
    total=Money(888800, "CNY"),
    payer=Party("张伟", "zhangwei@example.com"),
    payee=Party("*芳", "+86 138****0000"),
    note="十二月房租，谢谢！",
    timeline=(
        Moment(_CREATED, "已转出，对方地址尚未注册。"),
        Moment(_COMPLETED, "资金已到账。"),
    ),
    operator="示例钱包有限公司",
    language="zh-hans",
    zone=ZoneInfo("Asia/Shanghai"),
)
SAMPLES = {"en": IN_ENGLISH, "zh-hans": IN_CHINESE}


def with_text(text: str, **other: Any) -> Receipt:
    """Return a receipt that has one text wherever a person or an operator can put theirs."""
    return replace(
        IN_ENGLISH,
        payer=Party(text, text),
        payee=Party(text, text),
        note=text,
        operator=text,
        timeline=(Moment(_CREATED, text),),
        **other,
    )
