"""The course of a replay: round by round what came true is told, and requests are sent to a moved store."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from serving.client.seldon import Answer, Transport
from serving.replay.requests import ReplayedRequest
from serving.replay.rounds import Due, Round


@dataclass(frozen=True)
class Sent:
    """A request that was answered: under which id, over which transport, and what."""

    request: ReplayedRequest
    puid: str
    transport: Transport
    answer: Answer


@dataclass(frozen=True)
class RoundEnded:
    """How far a replay is: where simulated time stands, and what has been sent so far."""

    instant: datetime
    predictions: int
    actuals: int


class Course:
    """Sends requests one by one, over each transport in turn, and tells each outcome when it is known."""

    def __init__(self, transports: Sequence[Transport], move: Callable[[datetime], None]) -> None:
        """`move` brings the online store to an instant."""
        self.sent: list[Sent] = []
        self.actuals = 0
        self._transports = transports
        self._move = move
        self._due: Due[Sent] = Due()

    def run(self, rounds: Iterable[Round], ended: Callable[[RoundEnded], None]) -> None:
        """Go through the rounds; raises RefusedError or StoreNotMovedError where one cannot be done."""
        for turn in rounds:
            # Moves take time, and the monitor closes a window that has got no row for half a minute.
            if turn.requests:
                self._move(turn.instant)
            self.tell(turn.instant)
            for request in turn.requests:
                self.send(request)
            ended(RoundEnded(turn.instant, len(self.sent), self.actuals))

    def send(self, request: ReplayedRequest) -> Sent:
        """Have one request predicted; what comes true of it waits until it is known."""
        transport = self._transports[len(self.sent) % len(self._transports)]
        puid = str(uuid.uuid4())
        sent = Sent(request, puid, transport, transport.predict(request.fields, puid))
        self.sent.append(sent)
        if request.known_at is not None:
            self._due.add(request.known_at, sent)
        return sent

    def tell(self, now: datetime) -> None:
        """Tell what has come true until `now`."""
        for sent in self._due.until(now):
            if sent.request.actual is not None:
                sent.transport.tell(sent.puid, sent.request.actual)
                self.actuals += 1
