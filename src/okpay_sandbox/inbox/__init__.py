"""What arrived, by person: kept in memory and in a file, both bounded. Knows neither HTTP nor SMTP."""
