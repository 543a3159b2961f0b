"""The store that all replicas of a deployment share: SQLite on one machine, PostgreSQL on a cluster."""
