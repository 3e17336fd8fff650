"""What `./okpay` does in a checkout before the program itself can start. Standard library only."""
