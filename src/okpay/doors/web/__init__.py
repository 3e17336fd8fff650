"""The wallet's pages for people: public pages first, the signed-in wallet later."""
