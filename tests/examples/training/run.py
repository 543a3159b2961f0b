"""The steps run on the example's files: where those files are."""

from dataclasses import dataclass
from pathlib import Path

from components.train import training
from components.validate import validation
from tests.examples.training import evidence, example


@dataclass(frozen=True)
class Run:
    """A directory with what the steps read; the network is there once it was trained."""

    directory: Path

    @property
    def network(self) -> Path:
        """Where training writes."""
        return self.directory / "network"

    @property
    def training(self) -> training.Sources:
        """What training reads."""
        return training.Sources(
            self.directory / "train.parquet",
            self.directory / "validation.parquet",
            self.directory / "contract",
        )

    @property
    def validation(self) -> validation.Sources:
        """What validation reads."""
        return validation.Sources(
            training_frame=self.directory / "train.parquet",
            validation_frame=self.directory / "validation.parquet",
            test_frame=self.directory / "test.parquet",
            contract=self.directory / "contract",
            network=self.network,
            detectors=self.directory / "detectors",
        )

    def write_inputs(self) -> None:
        """Write everything but the network."""
        example.write_frames(self.directory)
        example.write_contract(self.directory / "contract")
        evidence.write_detectors(self.directory / "detectors")
