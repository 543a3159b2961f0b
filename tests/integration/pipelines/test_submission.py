"""KFP's own client over HTTP to a fake of Kubeflow: what is uploaded and started, how a run is followed."""

import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kfp import components
from kubernetes.client import ApiClient, Configuration, CoreV1Api
from rich.console import Console
from urllib3.exceptions import ProtocolError

from pipelines.specification import Value
from pipelines.submission import following
from pipelines.submission.connection import Client, connect
from pipelines.submission.errors import KubeflowError, UnreachableError
from pipelines.submission.following import Patience
from pipelines.submission.logs import step_log
from pipelines.submission.packages import Package, read_package
from pipelines.submission.pods import HOPELESS, NODE_NAME, Pods
from pipelines.submission.scheduling import schedule
from pipelines.submission.settings import KubeflowSettings
from pipelines.submission.submitting import Submitted, submit, upload
from pipelines.submission.tasks import read_text
from pipelines.submission.watching import Watch
from tests.examples.pipelines.fake_kubeflow import (
    WORKFLOW,
    FakeKubeflow,
    Frame,
    Server,
    played,
    stuck,
)

EXAMPLES = Path(__file__).parents[2] / "examples" / "pipelines"
STEPS = ("gather", "judge", "hand-over")
FOREVER = Patience(3600)
# The pod of hand-over, as Kubernetes has it and as Kubeflow is asked for it.
IN_KUBERNETES, IN_KUBEFLOW = "hand-over-1", f"{WORKFLOW}-system-container-impl-1002"
# Where Kubernetes is not at hand.
NO_PODS = Pods(None, "kubeflow", "run-1")


@pytest.fixture
def settings(server: Server) -> KubeflowSettings:
    return KubeflowSettings(host=server.address, poll_seconds=0.01)


@pytest.fixture
def client(settings: KubeflowSettings) -> Client:
    return connect(settings)


@pytest.fixture(scope="module")
def package(small_pipeline: Path) -> Package:
    return read_package(small_pipeline, lambda image: image)


def submitted(
    client: Client, settings: KubeflowSettings, package: Package, arguments: dict[str, Value] | None = None
) -> Submitted:
    uploaded = upload(client, settings, package)
    return submit(
        client, settings, uploaded, experiment="trials", name="a trial", arguments=arguments or {"count": 2}
    )


type Watching = Callable[..., tuple[int, str]]


@pytest.fixture
def watching(client: Client, settings: KubeflowSettings, package: Package) -> Watching:
    """Starts a run and watches it to its end: the exit code, and what was printed."""

    def watch(core: CoreV1Api | None = None, patience: Patience = FOREVER) -> tuple[int, str]:
        output = io.StringIO()
        console = Console(file=output, width=110)
        run = submitted(client, settings, package)
        code = Watch(client, settings, run, console, core).to_the_end(read_text(package.text), patience)
        return code, output.getvalue()

    return watch


@pytest.fixture
def core(server: Server) -> CoreV1Api:
    """Kubernetes' API, whose part the same server plays."""
    return CoreV1Api(ApiClient(Configuration(host=server.address)))


@pytest.fixture
def nowhere() -> str:
    """An address where nothing listens."""
    unused = Server(FakeKubeflow())
    unused.server_close()
    return unused.address


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No trouble of a pod is taken for one that passes."""
    for reason in HOPELESS:
        monkeypatch.setitem(HOPELESS, reason, 0)


class TestUpload:
    def test_the_version_is_named_by_the_content_of_what_is_uploaded(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        uploaded = upload(client, settings, package)
        assert fake.packages == {uploaded.version_id: package.text}
        assert [version["display_name"] for version in fake.versions] == [package.version]

    def test_kfp_reads_what_is_uploaded(self, package: Package) -> None:
        component = components.load_component_from_text(package.text)
        assert sorted(component.pipeline_spec.deployment_spec["executors"]) == [
            "exec-gather",
            "exec-hand-over",
            "exec-judge",
        ]
        assert "kubernetes" in component.platform_spec.platforms

    def test_the_same_content_is_uploaded_once(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        first, second = (upload(client, settings, package) for _ in range(2))
        assert (first.version_id, first.new, second.new) == (second.version_id, True, False)
        assert len(fake.versions) == 1

    def test_other_content_of_the_same_name_is_a_new_version_of_the_same_pipeline(
        self, client: Client, settings: KubeflowSettings, package: Package
    ) -> None:
        first = upload(client, settings, package)
        second = upload(client, settings, Package(package.name, "another", package.text))
        assert first.pipeline_id == second.pipeline_id
        assert first.version_id != second.version_id

    def test_a_name_that_another_submission_took_meanwhile_is_used(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        fake.pipelines.append({"pipeline_id": "theirs", "display_name": package.name})
        hidden, fake.hidden_lists = fake.pipelines, 1
        assert upload(client, settings, package).pipeline_id == hidden[0]["pipeline_id"]


class TestSubmit:
    def test_the_run_names_the_version_the_experiment_and_the_arguments(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        submitted(client, settings, package, {"count": 2, "outcome": "promoted"})
        (run,) = fake.runs
        assert run["pipeline_version_reference"] == {
            "pipeline_id": "pipeline-1",
            "pipeline_version_id": "version-1",
        }
        assert run["runtime_config"]["parameters"] == {"count": 2, "outcome": "promoted"}
        assert [experiment["display_name"] for experiment in fake.experiments] == ["trials"]

    def test_the_experiment_is_made_once(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        for _ in range(2):
            submitted(client, settings, package)
        assert len(fake.experiments) == 1

    def test_the_link_leads_to_the_run_in_the_dashboard(
        self, client: Client, server: Server, package: Package
    ) -> None:
        settings = KubeflowSettings(host=server.address, dashboard="https://kubeflow.example/pipeline/")
        run = submitted(client, settings, package)
        assert run.link == f"https://kubeflow.example/pipeline/#/runs/details/{run.run_id}"

    def test_a_parameter_that_the_pipeline_lacks_is_refused_in_one_sentence(
        self, client: Client, settings: KubeflowSettings, package: Package
    ) -> None:
        with pytest.raises(
            KubeflowError, match=r"refused this \(400\): .* parameter colour is not in"
        ) as error:
            submitted(client, settings, package, {"colour": "red"})
        assert len(str(error.value).splitlines()) == 1


class TestWatching:
    def test_a_run_that_succeeds_ends_with_0_and_a_line_for_every_change(
        self, fake: FakeKubeflow, watching: Watching
    ) -> None:
        fake.script = played(STEPS)
        code, output = watching()
        changes = [line.split()[1:3] for line in output.splitlines()[:-1]]
        assert code == 0
        assert changes == [[step, state] for step in STEPS for state in ("running", "succeeded")]

    def test_a_run_that_fails_ends_with_1_and_the_failing_steps_last_lines(
        self, fake: FakeKubeflow, watching: Watching
    ) -> None:
        fake.script = played(STEPS[:2], last="FAILED")
        fake.logs[f"{WORKFLOW}-system-container-impl-1001"] = "judged\nValueError: torn\n"
        code, output = watching()
        assert code == 1
        assert output.endswith("judge failed. Its last lines:\n  judged\n  ValueError: torn\n")

    def test_a_run_that_is_canceled_ends_with_4(self, fake: FakeKubeflow, watching: Watching) -> None:
        fake.script = played(STEPS[:1], state="CANCELED")
        code, output = watching()
        assert (code, output.splitlines()[-1]) == (4, "The run was canceled.")

    def test_what_the_gate_refused_ends_with_3(self, fake: FakeKubeflow, watching: Watching) -> None:
        tasks = {"gather": "SUCCEEDED", "judge": "SUCCEEDED", "condition-1": "SKIPPED"}
        fake.script = [Frame("RUNNING", {"gather": "RUNNING"}), Frame("SUCCEEDED", tasks)]
        code, output = watching()
        assert code == 3
        assert "hand-over  skipped" in output

    @pytest.mark.usefixtures("hasty")
    @pytest.mark.parametrize(
        ("pod", "reason"),
        [
            ("image-not-pulled", "ErrImagePull: failed to pull and unpack image"),
            ("no-accelerator", "Unschedulable: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu."),
            ("invalid-image", "InvalidImageName: Failed to apply default image tag"),
        ],
    )
    def test_a_step_that_can_never_start_ends_with_5_and_kubernetes_reason(
        self, fake: FakeKubeflow, watching: Watching, core: CoreV1Api, pod: str, reason: str
    ) -> None:
        fake.script = stuck("gather")
        # As a real kubelet and scheduler told of them.
        fake.pods = [json.loads((EXAMPLES / "pods.json").read_text(encoding="utf-8"))[pod]]
        code, output = watching(core)
        assert code == 5
        assert f"train cannot start: {reason}" in output

    def test_without_kubernetes_a_run_that_does_nothing_ends_with_5(
        self, fake: FakeKubeflow, watching: Watching
    ) -> None:
        fake.script = stuck("gather")
        code, output = watching(patience=Patience(0.2))
        assert code == 5
        assert "nothing has changed for 0 s, and no pod is running" in output

    def test_a_run_is_followed_where_kubernetes_does_not_show_its_pods(
        self, fake: FakeKubeflow, watching: Watching, core: CoreV1Api
    ) -> None:
        fake.refused["/api/v1/"] = 403
        fake.script = played(STEPS)
        code, output = watching(core)
        assert code == 0
        assert output.count("Kubernetes does not show the pods of kubeflow (403)") == 1

    def test_an_api_that_is_away_for_a_moment_is_asked_again(
        self, fake: FakeKubeflow, watching: Watching
    ) -> None:
        fake.script = played(STEPS)
        fake.failing_runs = 3
        assert watching()[0] == 0

    def test_an_api_that_stays_away_ends_with_5_and_where_the_run_is(
        self, fake: FakeKubeflow, watching: Watching, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(following, "AWAY_SECONDS", 0.05)
        fake.failing_runs = 1_000_000
        code, output = watching()
        assert code == 5
        assert "failed (503): no healthy upstream; the run may go on: http" in output.replace("\n", " ")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_the_watch_with_130_and_not_the_run(
        self, fake: FakeKubeflow, watching: Watching, number: signal.Signals
    ) -> None:
        fake.script = stuck("gather")
        fake.when_asked_for_a_run = lambda: os.kill(os.getpid(), number)
        code, output = watching()
        assert code == 130
        assert "No longer watched; the run goes on: http" in output
        assert fake.runs[0]["state"] != "FAILED"

    def test_a_blocked_run_can_be_ended(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        run = submitted(client, settings, package)
        Watch(client, settings, run, Console(file=io.StringIO())).terminate()
        assert len(fake.of("POST", f"/apis/v2beta1/runs/{run.run_id}:terminate")) == 1


class TestSchedule:
    def scheduled(self, client: Client, settings: KubeflowSettings, package: Package, cron: str) -> Any:
        uploaded = upload(client, settings, package)
        return schedule(
            client, settings, uploaded, experiment="trials", name="nightly", cron=cron, arguments={"count": 2}
        )

    def test_one_run_at_a_time_and_none_is_made_up_for(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        self.scheduled(client, settings, package, "0 0 6 * * *")
        (made,) = fake.schedules
        assert (made["max_concurrency"], made["no_catchup"], made["mode"]) == (1, True, "ENABLE")
        assert made["trigger"] == {"cron_schedule": {"cron": "0 0 6 * * *"}}

    def test_a_schedule_takes_the_place_of_the_one_of_its_name(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        self.scheduled(client, settings, package, "0 0 6 * * *")
        second = self.scheduled(client, settings, package, "0 0 7 * * *")
        assert [item["recurring_run_id"] for item in fake.schedules] == [second.schedule_id]

    def test_a_schedule_that_cannot_be_made_leaves_the_former_one(
        self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package
    ) -> None:
        self.scheduled(client, settings, package, "0 0 6 * * *")
        fake.refused["/apis/v2beta1/recurringruns POST"] = 403
        with pytest.raises(KubeflowError):
            self.scheduled(client, settings, package, "0 0 7 * * *")
        assert [item["trigger"]["cron_schedule"]["cron"] for item in fake.schedules] == ["0 0 6 * * *"]


class TestLogs:
    @pytest.fixture
    def run(self, client: Client, settings: KubeflowSettings, fake: FakeKubeflow, package: Package) -> Any:
        fake.script = played(STEPS)[-1:]
        return client.get_run(submitted(client, settings, package).run_id)

    @pytest.fixture
    def handing_over(self, settings: KubeflowSettings, fake: FakeKubeflow, core: CoreV1Api, run: Any) -> Pods:
        """The pods of the run; that of hand-over is still there."""
        pod = json.loads((EXAMPLES / "pods.json").read_text(encoding="utf-8"))["no-accelerator"]
        pod["metadata"]["annotations"][NODE_NAME] = "training-x.root.hand-over.executor"
        pod["metadata"]["name"] = IN_KUBERNETES
        fake.pods = [pod]
        return Pods(core, settings.steps_namespace, run.run_id)

    # By the dashboard, and where only the API's own port is forwarded.
    @pytest.mark.parametrize("refused", ["/apis/v1alpha1/", "/k8s/"])
    def test_either_way_of_kubeflow_hands_a_steps_log_out(
        self, settings: KubeflowSettings, fake: FakeKubeflow, run: Any, refused: str
    ) -> None:
        fake.refused[refused] = 404
        fake.logs[IN_KUBEFLOW] = "handed over\n"
        assert step_log(settings, run, "hand-over", NO_PODS) == "handed over\n"

    def test_a_pod_that_is_still_there_is_asked_first(
        self, settings: KubeflowSettings, fake: FakeKubeflow, core: CoreV1Api, run: Any
    ) -> None:
        fake.pods = [json.loads((EXAMPLES / "pods.json").read_text(encoding="utf-8"))["no-accelerator"]]
        fake.logs[fake.pods[0]["metadata"]["name"]] = "of the pod\n"
        pods = Pods(core, settings.steps_namespace, run.run_id)
        assert step_log(settings, run, "train", pods) == "of the pod\n"

    def test_a_log_that_is_no_text_is_shown_as_far_as_it_is(
        self, settings: KubeflowSettings, fake: FakeKubeflow, run: Any, handing_over: Pods
    ) -> None:
        for pod in (IN_KUBERNETES, IN_KUBEFLOW):
            fake.logs[pod] = "naïve\n".encode() + b"\xff\n"
        for pods in (handing_over, NO_PODS):
            assert step_log(settings, run, "hand-over", pods) == "naïve\n\ufffd\n"

    def test_a_log_that_a_kubelet_cleared_away_is_left_to_kubeflow(
        self, settings: KubeflowSettings, fake: FakeKubeflow, run: Any, handing_over: Pods
    ) -> None:
        fake.logs[IN_KUBERNETES] = "unable to retrieve container logs for containerd://0"
        fake.logs[IN_KUBEFLOW] = "handed over\n"
        assert step_log(settings, run, "hand-over", handing_over) == "handed over\n"

    def test_a_pod_that_breaks_off_leaves_the_log_to_kubeflow(
        self,
        settings: KubeflowSettings,
        fake: FakeKubeflow,
        run: Any,
        handing_over: Pods,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def broken(*_: Any, **__: Any) -> str:
            raise ProtocolError("Connection broken")

        monkeypatch.setattr(CoreV1Api, "read_namespaced_pod_log", broken)
        fake.logs[IN_KUBEFLOW] = "handed over\n"
        assert step_log(settings, run, "hand-over", handing_over) == "handed over\n"

    def test_a_dashboard_that_is_not_reached_leaves_the_log_to_the_api(
        self, settings: KubeflowSettings, fake: FakeKubeflow, run: Any, nowhere: str
    ) -> None:
        fake.logs[IN_KUBEFLOW] = "handed over\n"
        apart = settings.model_copy(update={"dashboard": nowhere})
        assert step_log(apart, run, "hand-over", NO_PODS) == "handed over\n"

    def test_a_dashboard_that_is_not_reached_is_told_of_where_the_api_has_no_log(
        self, settings: KubeflowSettings, run: Any, nowhere: str
    ) -> None:
        apart = settings.model_copy(update={"dashboard": nowhere})
        with pytest.raises(UnreachableError, match=f"{nowhere} is not reached"):
            step_log(apart, run, "hand-over", NO_PODS)

    def test_a_step_without_a_log_is_told_of(self, settings: KubeflowSettings, run: Any) -> None:
        with pytest.raises(KubeflowError, match="does not hand out the log of gather"):
            step_log(settings, run, "gather", NO_PODS)


class TestConnecting:
    def test_a_token_is_sent_with_every_request(self, server: Server, fake: FakeKubeflow) -> None:
        fake.token = "a-token"
        connect(KubeflowSettings(host=server.address, token="a-token"))
        assert {asked.headers["authorization"] for asked in fake.asked} == {"Bearer a-token"}

    def test_the_token_of_a_file_is_read_again_for_every_request(
        self, server: Server, fake: FakeKubeflow, tmp_path: Path
    ) -> None:
        path = tmp_path / "token"
        for fake.token in ("first", "second"):
            path.write_text(f"{fake.token}\n", encoding="utf-8")
            if fake.token == "first":
                client = connect(KubeflowSettings(host=server.address, token_path=path))
        client.get_kfp_healthz()
        assert fake.asked[-1].headers["authorization"] == "Bearer second"

    def test_the_session_of_a_browser_is_sent_as_its_cookie(self, server: Server, fake: FakeKubeflow) -> None:
        fake.cookie = "authservice_session=abc"
        connect(KubeflowSettings(host=server.address, cookies="authservice_session=abc"))
        assert {asked.headers["cookie"] for asked in fake.asked} == {fake.cookie}

    def test_a_profile_is_the_namespace_of_what_is_made(
        self, server: Server, fake: FakeKubeflow, package: Package
    ) -> None:
        fake.multi_user = True
        settings = KubeflowSettings(host=server.address, profile="team-a")
        submitted(connect(settings), settings, package)
        assert [item["namespace"] for item in (*fake.experiments,)] == ["team-a"]

    def test_a_wrong_token_is_told_in_one_sentence_that_does_not_show_it(
        self, server: Server, fake: FakeKubeflow
    ) -> None:
        fake.token = "right"
        with pytest.raises(KubeflowError, match=r"does not know who asks \(401\)") as error:
            connect(KubeflowSettings(host=server.address, token="wrong-one"))
        assert "wrong-one" not in str(error.value)

    @pytest.mark.parametrize(
        ("status", "sentence"), [(403, r"does not allow this \(403\)"), (404, "no such API")]
    )
    def test_a_refusal_is_told_in_one_sentence(
        self, server: Server, package: Package, status: int, sentence: str
    ) -> None:
        settings = KubeflowSettings(host=server.address)
        client = connect(settings)
        server.fake.refused["/apis/v2beta1/pipelines"] = status
        with pytest.raises(KubeflowError, match=sentence):
            upload(client, settings, package)

    def test_a_sign_in_page_is_not_taken_for_kubeflow(self, server: Server, fake: FakeKubeflow) -> None:
        fake.cookie = "authservice_session=abc"
        with pytest.raises(KubeflowError, match="not as Kubeflow Pipelines does"):
            connect(KubeflowSettings(host=server.address))

    def test_several_users_want_to_know_whose_namespace(self, server: Server, fake: FakeKubeflow) -> None:
        fake.multi_user = True
        with pytest.raises(KubeflowError, match="--profile"):
            connect(KubeflowSettings(host=server.address))

    def test_an_address_where_nothing_listens_is_told_of(self, nowhere: str) -> None:
        with pytest.raises(UnreachableError, match=r"is not reached: Failed to .*: \[Errno 111\]"):
            connect(KubeflowSettings(host=nowhere))
