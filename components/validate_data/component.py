"""The KFP component of this step: translates artifacts and parameters, nothing else."""

from kfp import dsl

from components.images import image


@dsl.component(base_image=image("features"), install_kfp_package=False)
def validate_data(tables: dsl.Input[dsl.Dataset], report: dsl.Output[dsl.HTML]) -> None:
    """Check the typed tables against their contracts and report what they hold."""
    from pathlib import Path

    from components.validate_data.report import validation_report
    from serving.staging import replace_file

    replace_file(Path(report.path), validation_report(Path(tables.path)))
