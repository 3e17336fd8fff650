"""The terminal: the command `okpay`.

Owns how the program is started and what an operator types. Each subcommand is a module with
`register(subparsers)`,
listed in `main.COMMANDS`. `checkout` sets up a checkout for `./okpay` and needs the standard library only.
"""
