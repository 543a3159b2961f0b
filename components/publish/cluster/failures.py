"""Why a publication to a cluster does not succeed; every message is one that a person can act on."""


class PublicationError(RuntimeError):
    """The model is not published; the message says why, and what was left behind."""


class ClusterCallError(PublicationError):
    """The API server refused a call for good, or gave no answer for as long as was waited."""


class RolloutError(PublicationError):
    """The new version did not come up, or does not answer."""


class ForeignEditError(PublicationError):
    """Someone else changed or removed the deployment meanwhile, so it is no longer this publication's."""


class LostLeaseError(PublicationError):
    """Another publication of the same deployment is under way."""
