"""The long proofs, which take minutes to hours: `./okpay prove NAME`. Their results are committed, misses and all."""
