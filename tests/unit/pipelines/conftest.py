"""A compiled pipeline, written out: two steps, the second behind a condition."""

from pathlib import Path

import pytest

COMPILED = """
pipelineInfo: {name: small, description: Does little.}
components:
  comp-judge: {executorLabel: exec-judge}
  comp-hand-over: {executorLabel: exec-hand-over}
  comp-condition-1:
    dag: {tasks: {hand-over: {componentRef: {name: comp-hand-over}}}}
deploymentSpec:
  executors:
    exec-judge: {container: {image: "registry.example/team/ontime-training:1"}}
    exec-hand-over: {container: {image: "registry.example/team/ontime-serving:1"}}
root:
  dag:
    tasks:
      condition-1:
        componentRef: {name: comp-condition-1}
        dependentTasks: [judge]
        inputs:
          parameters:
            pipelinechannel--judge-promoted:
              taskOutputParameter: {producerTask: judge, outputParameterKey: promoted}
        triggerPolicy: {condition: "inputs.parameter_values['pipelinechannel--judge-promoted'] == true"}
      judge: {componentRef: {name: comp-judge}}
  inputDefinitions:
    parameters:
      as_of: {parameterType: STRING, defaultValue: "", description: The instant.}
      epochs: {parameterType: NUMBER_INTEGER, defaultValue: 8.0, description: "How\\noften."}
      device: {parameterType: STRING, defaultValue: auto}
      learning_rate: {parameterType: NUMBER_DOUBLE, defaultValue: 0.001}
      verbose: {parameterType: BOOLEAN, defaultValue: false}
      title: {parameterType: STRING}
"""


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(COMPILED, encoding="utf-8")
    return path
