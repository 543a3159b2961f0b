"""The model's features, in order: what each is, how it is watched, and what the network derives from them."""

from collections.abc import Sequence

from feast import FeatureService, FeatureView

from feature_repo.request import AIRLINES, AIRPORTS
from feature_repo.schema import Derived, Family, Feature, Kind
from feature_repo.views import VIEWS

FEATURE_SERVICE = "flight_delay_v1"
NUMBER, CATEGORY, CYCLIC = Kind.NUMBER, Kind.CATEGORY, Kind.CYCLIC
STABLE, SEASONAL = Family.STABLE, Family.SEASONAL


def _stored(view: str, column: str, family: Family, *, direct: bool = True) -> Feature:
    """A number of a feature view, under the full name that Feast gives it."""
    ttl = VIEWS[view].ttl
    return Feature(
        name=f"{view}__{column}",
        kind=NUMBER,
        family=family,
        view=view,
        ttl_seconds=None if ttl is None else int(ttl.total_seconds()),
        direct=direct,
    )


FEATURES = (
    Feature(name="carrier_code", kind=CATEGORY, family=STABLE, reference=AIRLINES),
    Feature(name="origin_code", kind=CATEGORY, family=STABLE, reference=AIRPORTS),
    Feature(name="dest_code", kind=CATEGORY, family=STABLE, reference=AIRPORTS),
    Feature(name="departure_hour", kind=CYCLIC, family=STABLE, period=24),
    Feature(name="departure_weekday", kind=CYCLIC, family=STABLE, period=7),
    # The year serves the aircraft's age only: within one year of training it says nothing of its own.
    Feature(name="departure_year", kind=NUMBER, family=SEASONAL, direct=False),
    Feature(name="elapsed_minutes", kind=NUMBER, family=STABLE),
    Feature(name="distance", kind=NUMBER, family=STABLE),
    _stored("planes", "manufactured_year", STABLE, direct=False),
    _stored("planes", "engines", STABLE),
    _stored("planes", "seats", STABLE),
    _stored("weather", "temperature_fahrenheit", SEASONAL),
    _stored("weather", "dew_point_fahrenheit", SEASONAL),
    _stored("weather", "humidity_percent", SEASONAL),
    _stored("weather", "wind_speed_mph", SEASONAL),
    _stored("weather", "precipitation_inches", SEASONAL),
    _stored("weather", "pressure_millibars", SEASONAL),
    _stored("weather", "visibility_miles", SEASONAL),
    _stored("routes", "log_arrivals", SEASONAL),
    _stored("routes", "late_share", SEASONAL),
    _stored("routes", "mean_arrival_delay_minutes", SEASONAL),
    _stored("origins", "log_departures", SEASONAL),
    _stored("origins", "late_share", SEASONAL),
    _stored("origins", "mean_departure_delay_minutes", SEASONAL),
    _stored("origins", "log_overdue", SEASONAL),
    _stored("tails", "last_arrival_delay_minutes", SEASONAL),
    _stored("tails", "mean_arrival_delay_minutes", SEASONAL),
    _stored("tails", "log_arrivals", SEASONAL),
)

DERIVED = (
    Derived(
        name="plane_age_years",
        operation="difference",
        inputs=("departure_year", "planes__manufactured_year"),
    ),
    Derived(name="scheduled_miles_per_minute", operation="ratio", inputs=("distance", "elapsed_minutes")),
)


def feature_service(views: Sequence[FeatureView]) -> FeatureService:
    """The Feast feature service of the model's stored features."""
    stored: dict[str, list[str]] = {}
    for feature in FEATURES:
        if feature.view is not None:
            stored.setdefault(feature.view, []).append(feature.name.removeprefix(f"{feature.view}__"))
    return FeatureService(name=FEATURE_SERVICE, features=[view[stored[view.name]] for view in views])
