"""What a training run may be told, checked before anything is read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Device = Literal["auto", "cpu", "cuda"]


class TrainingParameters(BaseModel):
    """The parameters of one training run; construction raises pydantic.ValidationError.

    - `epochs`: the most passes over the training rows; early stopping may take fewer.
    - `batch_size`: rows an optimizer step.
    - `learning_rate`: the peak of the schedule.
    - `seed`: of the initial weights, the order of the rows and the dropout.
    - `device`: `auto` takes CUDA where there is one.
    - `patience`: epochs without a better validation AUC after which training stops.
    - `weight_decay`: AdamW's, of all weights alike.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    epochs: int = Field(default=8, ge=1, le=1000)
    batch_size: int = Field(default=2048, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0, le=1, allow_inf_nan=False)
    seed: int = Field(default=0, ge=0, lt=2**32)
    device: Device = "auto"
    patience: int = Field(default=4, ge=1)
    weight_decay: float = Field(default=1e-2, ge=0)


class NetworkShape(BaseModel):
    """The size of the network and what regularises it.

    - `hidden`: the widths of the hidden layers.
    - `dropout`: the share of hidden units left out in a training step.
    - `category_dropout`: the share of known codes that training shows as unknown, so that the
      embedding that an unseen code gets is a trained one.
    - `widest_embedding`: an embedding is as wide as the square root of its vocabulary, but no wider.
    - `embedding_scale`: the standard deviation of untrained embeddings.
    - `clip`: standardised numbers are cut at this many standard deviations, so that one absurd value
      cannot carry a prediction away.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hidden: tuple[int, ...] = (64, 32)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    category_dropout: float = Field(default=0.01, ge=0, lt=1)
    widest_embedding: int = Field(default=8, ge=1)
    embedding_scale: float = Field(default=0.1, gt=0)
    clip: float = Field(default=8.0, gt=0)
