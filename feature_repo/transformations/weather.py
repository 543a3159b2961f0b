"""The weather at an origin, as last reported."""

from ibis.expr.types import Table

from feature_repo.transformations.inputs import Inputs


def weather(inputs: Inputs) -> Table:
    """One row an hour and origin, known an hour after the observation's stamp."""
    return inputs.weather.select(
        "origin",
        "temperature_fahrenheit",
        "dew_point_fahrenheit",
        "humidity_percent",
        "wind_speed_mph",
        "precipitation_inches",
        "pressure_millibars",
        "visibility_miles",
        event_timestamp=inputs.weather.known_at,
    )
