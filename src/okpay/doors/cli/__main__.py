"""`python -m okpay.doors.cli` is the command `okpay`."""

import sys

from okpay.doors.cli.main import main

sys.exit(main())
