"""What is known of each epoch of a run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """One pass over the training rows; losses are mean binary cross-entropies in nats."""

    number: int
    training_loss: float
    validation_loss: float
    validation_auc: float
    seconds: float

    @property
    def line(self) -> str:
        """The epoch in one line."""
        return (
            f"epoch {self.number}: training loss {self.training_loss:.4f}, validation loss "
            f"{self.validation_loss:.4f}, validation AUC {self.validation_auc:.4f}, {self.seconds:.1f} s"
        )

    @property
    def figures(self) -> dict[str, float]:
        """The epoch's figures by name."""
        return {
            "epoch": self.number,
            "training_loss": self.training_loss,
            "validation_loss": self.validation_loss,
            "validation_auc": self.validation_auc,
        }


@dataclass(frozen=True)
class History:
    """The epochs of a run in order, and the number of the one whose weights were kept."""

    epochs: tuple[Epoch, ...]
    kept: int

    @property
    def best(self) -> Epoch:
        """The epoch whose weights were kept."""
        return self.epochs[self.kept - 1]
