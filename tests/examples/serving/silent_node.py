"""A node of the graph that never becomes ready, for tests of what happens before all are."""

import signal

if __name__ == "__main__":
    signal.pause()
