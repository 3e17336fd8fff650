"""What a movement costs: fee schedules as data, and the quote that people see before they confirm.

Owns the schedules (`schedules/`, TOML files, or the folder that the operator names in OKPAY_PRICING) and the rules
by which one is chosen and worked out. A schedule without a source is refused, two that say something about the same
movement are refused, and every movement that a country offers must have one: a fee is never guessed. Holds no
tables and moves no money: whoever moves it posts the fee of the quote as a leg of its own.
"""
