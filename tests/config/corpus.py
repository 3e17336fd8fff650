"""What logs must not hold, and what they should: published numbers of test cards, fictional people."""

CARDS = (
    "4242424242424242", "4000056655665556", "4111111111111111", "4012888888881881", "5555555555554444",
    "2223003122003222", "5200828282828210", "5105105105105100", "378282246310005", "371449635398431",
    "370000000000002", "6011111111111117", "6011000990139424", "6011981111111113", "3056930009020004",
    "36227206271667", "30569309025904", "38520000023237", "3566002020360505", "3530111333300000",
    "6200000000000005", "6200000000000047", "6205500000000000004", "6555900000604105", "4000000000000002",
    "4000000000003220", "4222222222222",
)  # fmt: skip
"""13 to 19 digits, Luhn true."""

NO_CARDS = (
    "4242424242424241",  # wrong check digit
    "79927398713",  # Luhn true, too short
    "424242424242",  # too short
    "42424242424242424242",  # too long
    "0193a1b2-4242-4242-8242-424242424242",  # an id
    "2026-11-26 06:00:00",
)

PEOPLE = (
    "anna@example.com", "anna.smith+okpay@mail.example.co.uk", "ANNA@EXAMPLE.COM", "anna＠example.com",
    "anna%40example.com", "安娜@例子.example", "anna@[192.0.2.1]", "anna@localhost", '"anna"@example.com',
    "+1 202 555 0142", "+12025550142", "+86 154 0000 0042", "+86-154-0000-0042", "＋8615400000042", "0012025550142",
    "15400000042", "154 0000 0042", "(202) 555-0142", "202-555-0142", "+44 (0)20 7946 0018",
)  # fmt: skip

SECRETS = (
    ("/account/recover/Mg:1xW2PQ:is899WdWuGYU4im1", "1xW2PQ"),
    ("/account/confirm-email/Mg:1xW2PQ:is899WdWuGYU4im1/", "1xW2PQ"),
    ("/account/password/reset/key/2x-c9f3ab-1xW2PQ/", "1xW2PQ"),
    ("https://wallet.example.com/account/recover/1xW2PQis899WdWuGYU4im1 was asked for", "1xW2PQ"),
    ("Authorization: Bearer 1xW2PQis899", "1xW2PQ"),
    ("the key okp_live_1xW2PQis899-ab_c was refused", "1xW2PQ"),
    ("Authorization: Basic 1xW2PQis899=", "1xW2PQ"),
    ("{'Cookie': 'okpay_session=1xW2PQis899; a=b'}", "1xW2PQ"),
    ("okpay_session=1xW2PQis899", "1xW2PQ"),
    ("password=1xW2PQ", "1xW2PQ"),
    ('{"new_password": "1xW2PQ"}', "1xW2PQ"),
    ("api_key: 1xW2PQ", "1xW2PQ"),
    ("csrfmiddlewaretoken=1xW2PQ", "1xW2PQ"),
    ("postgresql://okpay_app:1xW2PQ@127.0.0.1/okpay", "1xW2PQ"),
    ("https://sms.example.com/send?to=1xW2PQ#1xW2PQ", "1xW2PQ"),
    ("your code 482913 is valid", "482913"),
    ("code=482913", "482913"),
    ("cvc: 123", "123"),
)
"""A text, and the part of it that must not be left."""

CONTROLS = (
    "a\r\nb",
    "a\nlevel: error",
    "a\x1b[31mb",
    "a\x00b",
    "a\x9b31mb",
    "a\u2028b",
    "a\u202eb",
    "a\x7fb",
    "a\ud800b",
)
