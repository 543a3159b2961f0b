"""The things that features are about: the join keys of the feature views."""

from feast import Entity, ValueType

ENTITIES = {
    key: Entity(name=key, join_keys=[key], value_type=ValueType.STRING, description=description)
    for key, description in {
        "carrier": "the airline's two-character code",
        "origin": "the airport of departure",
        "dest": "the airport of arrival",
        "tailnum": "the aircraft's registration",
    }.items()
}
