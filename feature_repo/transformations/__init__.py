"""Typed tables to feature tables: one file a feature view, one Ibis expression each.

Every row's `event_timestamp` is the instant from which the row is known, so that a table built later
and cut to an instant equals the table built at that instant.
"""
