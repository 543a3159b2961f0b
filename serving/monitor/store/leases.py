"""Leases: what only one replica does at a time, and another takes over when the first one falls silent.

A lease has a token that grows each time it is taken. Whoever comes back from a long silence with an old
token is refused when it writes its result, so a result is written once, by the holder.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, extract, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from serving.monitor.store.connection import writing
from serving.monitor.store.schema import leases
from serving.monitor.store.writes import upsert


class LostLeaseError(RuntimeError):
    """Another replica has taken the lease since."""


@dataclass(frozen=True)
class Lease:
    """A lease that was taken; `token` is this taking's own."""

    scope: str
    name: str
    token: int


def acquire(engine: Engine, scope: str, name: str, holder: str, seconds: int) -> Lease | None:
    """Take a lease for `seconds`, if nobody holds it."""
    with writing(engine).begin() as connection:
        insert = upsert(connection.dialect.name, leases).values(
            scope=scope, name=name, holder=holder, token=1, expires_at=_clock() + seconds
        )
        statement = insert.on_conflict_do_update(
            index_elements=list(leases.primary_key),
            set_={
                "holder": holder,
                "token": leases.c.token + 1,
                "expires_at": insert.excluded.expires_at,
            },
            where=leases.c.expires_at < _clock(),
        ).returning(leases.c.token)
        token = connection.execute(statement).scalar_one_or_none()
    return None if token is None else Lease(scope, name, token)


def renew(engine: Engine, lease: Lease, seconds: int) -> bool:
    """Hold a lease for `seconds` from now; False where another replica has taken it."""
    return _set_expiry(engine, lease, _clock() + seconds)


def release(engine: Engine, lease: Lease) -> bool:
    """Leave a lease to whoever comes next; False where another replica has taken it."""
    return _set_expiry(engine, lease, _clock() - 1)


def confirm(connection: Connection, lease: Lease) -> None:
    """Hold on to the lease until the transaction ends; raises LostLeaseError where another has taken it."""
    statement = select(leases.c.token).where(*_own(lease)).with_for_update()
    if connection.execute(statement).scalar_one_or_none() is None:
        raise LostLeaseError(f"another replica has taken the lease {lease.name}")


def _set_expiry(engine: Engine, lease: Lease, expires_at: ColumnElement[Any]) -> bool:
    with writing(engine).begin() as connection:
        statement = update(leases).where(*_own(lease)).values(expires_at=expires_at)
        return connection.execute(statement).rowcount == 1


def _own(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return leases.c.scope == lease.scope, leases.c.name == lease.name, leases.c.token == lease.token


def _clock() -> ColumnElement[Any]:
    """The database's clock, the only one that all replicas share; in whole seconds on SQLite."""
    return extract("epoch", func.now())
