"""A fake of Kubeflow Pipelines: an HTTP server that records what it is asked and plays a run from a script.

It has the paths of the API that KFP's own client asks, those of the dashboard that hand out a log, and those
of Kubernetes that list pods. It runs no step; what the real one answers was read in its sources (2.17.0).
"""

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

STARTED, ENDED = "2026-01-02T03:04:05Z", "2026-01-02T03:04:17Z"
NEVER = "1970-01-01T00:00:00Z"
WORKFLOW = "training-x7k2p"

type Json = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """A run at one instant: its state, and the states of the tasks that have begun, by their names."""

    state: str
    tasks: dict[str, str] = field(default_factory=dict)
    pods: str = ""


def played(steps: tuple[str, ...], *, last: str = "SUCCEEDED", state: str | None = None) -> list[Frame]:
    """A run whose steps succeed one after the other, but for the last one and the run itself."""
    frames, tasks = [Frame("PENDING")], dict[str, str]()
    for step in steps:
        frames.append(Frame("RUNNING", tasks | {step: "RUNNING"}))
        tasks[step] = last if step == steps[-1] else "SUCCEEDED"
    return [*frames, Frame(state or last, tasks)]


def stuck(step: str) -> list[Frame]:
    """A run whose step never starts, as the API tells of it: running, with a pod that is pending."""
    return [Frame("PENDING"), Frame("RUNNING", {step: "RUNNING"}, pods="PENDING")]


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class RefusalError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class FakeKubeflow:
    """What was uploaded and started, what was asked, and how the next run will go."""

    def __init__(self) -> None:
        self.script: list[Frame] = played(("retrieve-features", "train"))
        self.pods: list[Json] = []
        self.logs: dict[str, str | bytes] = {}
        self.token: str | None = None
        self.cookie: str | None = None
        # By the beginning of a path, with a method behind it or not.
        self.refused: dict[str, int] = {}
        self.failing_runs = 0
        self.when_asked_for_a_run: Callable[[], None] = lambda: None
        self.hidden_lists = 0
        self.multi_user = False
        self.asked: list[Asked] = []
        self.pipelines: list[Json] = []
        self.versions: list[Json] = []
        self.packages: dict[str, str] = {}
        self.experiments: list[Json] = []
        self.runs: list[Json] = []
        self.schedules: list[Json] = []
        self._frames: dict[str, Iterator[Frame]] = {}
        self._lock = threading.Lock()

    def answer(self, asked: Asked) -> Any:
        """What is answered to a request; raises RefusalError."""
        with self._lock:
            self.asked.append(asked)
            self._check(asked)
            for pattern, method, call in ROUTES:
                found = re.fullmatch(pattern, asked.path)
                if found and method == asked.method:
                    return call(self, asked, *found.groups())
            raise RefusalError(404, "")

    def of(self, method: str, path: str) -> list[Asked]:
        """The requests of one kind."""
        return [asked for asked in self.asked if (asked.method, asked.path) == (method, path)]

    def _check(self, asked: Asked) -> None:
        for place, status in self.refused.items():
            path, _, method = place.partition(" ")
            if asked.path.startswith(path) and method in {"", asked.method}:
                raise RefusalError(status, "" if status == 404 else "this is not allowed")
        wanted = None if self.token is None or asked.path.startswith("/api/v1/") else f"Bearer {self.token}"
        if wanted is not None and asked.headers.get("authorization") != wanted:
            raise RefusalError(401, "Unauthenticated")

    def healthz(self, _: Asked) -> Json:
        return {"commit_sha": "fake", "tag_name": "fake", "multi_user": self.multi_user}

    def list_pipelines(self, _: Asked) -> Json:
        # What another has made just after the list was read.
        self.hidden_lists, hidden = max(0, self.hidden_lists - 1), self.hidden_lists
        return {"pipelines": [] if hidden else self.pipelines}

    def create_pipeline(self, asked: Asked) -> Json:
        name = asked.body["display_name"]
        if any(pipeline["display_name"] == name for pipeline in self.pipelines):
            raise RefusalError(409, f"Failed to create a new pipeline. The name {name} already exist.")
        made = {"pipeline_id": f"pipeline-{len(self.pipelines) + 1}", "display_name": name}
        self.pipelines.append(made)
        return made

    def list_versions(self, _: Asked, pipeline_id: str) -> Json:
        return {"pipeline_versions": [v for v in self.versions if v["pipeline_id"] == pipeline_id]}

    def upload_version(self, asked: Asked) -> Json:
        name, pipeline_id = asked.query["name"], asked.query["pipelineid"]
        if any((v["pipeline_id"], v["display_name"]) == (pipeline_id, name) for v in self.versions):
            raise RefusalError(409, "Failed to create a pipeline version")
        version_id = f"version-{len(self.versions) + 1}"
        made = {"pipeline_id": pipeline_id, "pipeline_version_id": version_id, "display_name": name}
        self.versions.append(made)
        self.packages[version_id] = asked.body
        return made

    def list_experiments(self, asked: Asked) -> Json:
        predicates = json.loads(asked.query.get("filter", "{}")).get("predicates", [])
        names = {predicate["stringValue"] for predicate in predicates}
        return {"experiments": [e for e in self.experiments if not names or e["display_name"] in names]}

    def create_experiment(self, asked: Asked) -> Json:
        made = asked.body | {"experiment_id": f"experiment-{len(self.experiments) + 1}"}
        self.experiments.append(made)
        return made

    def create_run(self, asked: Asked) -> Json:
        self._check_parameters(asked.body)
        run_id = f"00000000-0000-4000-8000-{len(self.runs) + 1:012}"
        made = asked.body | {"run_id": run_id, "state": "PENDING", "created_at": STARTED}
        self.runs.append(made)
        self._frames[run_id] = iter(self.script)
        return made

    def list_runs(self, _: Asked) -> Json:
        return {"runs": self.runs[::-1]}

    def get_run(self, _: Asked, run_id: str) -> Json:
        run = self._run(run_id)
        self.when_asked_for_a_run()
        if self.failing_runs:
            self.failing_runs -= 1
            raise RefusalError(503, "no healthy upstream")
        # The last frame stays.
        frame = next(self._frames[run_id], None)
        if frame is not None:
            run |= {"state": frame.state, "run_details": {"task_details": nodes(frame)}}
        return run

    def terminate_run(self, _: Asked, run_id: str) -> Json:
        self._run(run_id)["state"] = "FAILED"
        self._frames[run_id] = iter(())
        return {}

    def create_schedule(self, asked: Asked) -> Json:
        self._check_parameters(asked.body)
        made = asked.body | {"recurring_run_id": f"schedule-{len(asked.path) + len(self.asked)}"}
        made |= {"status": "ENABLED", "created_at": STARTED}
        self.schedules.append(made)
        return made

    def list_schedules(self, _: Asked) -> Json:
        return {"recurringRuns": self.schedules}

    def delete_schedule(self, _: Asked, schedule_id: str) -> Json:
        self.schedules = [item for item in self.schedules if item["recurring_run_id"] != schedule_id]
        return {}

    def dashboard_log(self, asked: Asked) -> bytes:
        return self._log(asked.query["podname"])

    def api_log(self, _: Asked, _run_id: str, pod: str) -> bytes:
        return self._log(pod)

    def list_pods(self, _: Asked) -> Json:
        return {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": self.pods}

    def pod_log(self, _: Asked, pod: str) -> bytes:
        return self._log(pod)

    def _log(self, pod: str) -> bytes:
        if pod not in self.logs:
            raise RefusalError(500, f"Could not get main container logs: no pod {pod}")
        log = self.logs[pod]
        return log.encode() if isinstance(log, str) else log

    def _run(self, run_id: str) -> Json:
        for run in self.runs:
            if run["run_id"] == run_id:
                return run
        raise RefusalError(404, f"Run {run_id} not found")

    def _check_parameters(self, body: Json) -> None:
        package = self.packages[body["pipeline_version_reference"]["pipeline_version_id"]]
        root = next(iter(yaml.safe_load_all(package)))["root"]
        known = root.get("inputDefinitions", {}).get("parameters", {})
        for name in body["runtime_config"].get("parameters", {}):
            if name not in known:
                raise RefusalError(400, f"Invalid input error: parameter {name} is not in the pipeline")


def nodes(frame: Frame) -> list[Json]:
    """The nodes of a workflow as the API tells of them: a step is a driver, a group and a pod in it."""
    found = [_node("root-driver", "SUCCEEDED")] if frame.tasks else []
    for number, (task, state) in enumerate(frame.tasks.items()):
        found.append(_node(f"{task}-driver", "SUCCEEDED"))
        found.append(_node(task, state, child=f"{WORKFLOW}-{1000 + number}"))
        if state != "SKIPPED":
            found.append(_node("executor", frame.pods if frame.pods and state == "RUNNING" else state))
    return found


def _node(name: str, state: str, child: str | None = None) -> Json:
    ended = NEVER if state in {"RUNNING", "PENDING"} else ENDED
    node: Json = {"display_name": name, "state": state, "start_time": STARTED, "end_time": ended}
    return node | ({"child_tasks": [{"pod_name": child}]} if child else {})


type Call = Callable[..., Any]
BASE = "/apis/v2beta1"
ROUTES: list[tuple[str, str, Call]] = [
    (f"{BASE}/healthz", "GET", FakeKubeflow.healthz),
    (f"{BASE}/pipelines", "GET", FakeKubeflow.list_pipelines),
    (f"{BASE}/pipelines", "POST", FakeKubeflow.create_pipeline),
    (f"{BASE}/pipelines/upload_version", "POST", FakeKubeflow.upload_version),
    (f"{BASE}/pipelines/([^/]+)/versions", "GET", FakeKubeflow.list_versions),
    (f"{BASE}/experiments", "GET", FakeKubeflow.list_experiments),
    (f"{BASE}/experiments", "POST", FakeKubeflow.create_experiment),
    (f"{BASE}/runs", "GET", FakeKubeflow.list_runs),
    (f"{BASE}/runs", "POST", FakeKubeflow.create_run),
    (f"{BASE}/runs/([^/:]+)", "GET", FakeKubeflow.get_run),
    (f"{BASE}/runs/([^/:]+):terminate", "POST", FakeKubeflow.terminate_run),
    (f"{BASE}/recurringruns", "GET", FakeKubeflow.list_schedules),
    (f"{BASE}/recurringruns", "POST", FakeKubeflow.create_schedule),
    (f"{BASE}/recurringruns/([^/]+)", "DELETE", FakeKubeflow.delete_schedule),
    ("/k8s/pod/logs", "GET", FakeKubeflow.dashboard_log),
    ("/apis/v1alpha1/runs/([^/]+)/nodes/([^/]+)/log", "GET", FakeKubeflow.api_log),
    ("/api/v1/namespaces/[^/]+/pods", "GET", FakeKubeflow.list_pods),
    ("/api/v1/namespaces/[^/]+/pods/([^/]+)/log", "GET", FakeKubeflow.pod_log),
]


class Server(ThreadingHTTPServer):
    """Serves a fake on a free port of this machine, in threads of its own."""

    daemon_threads = True

    def __init__(self, fake: FakeKubeflow) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def serving(fake: FakeKubeflow) -> Iterator[Server]:
    """Serve a fake while this block runs."""
    server = Server(fake)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the standard library's name
        """Say nothing: what was asked is recorded."""

    def _answer(self) -> None:
        fake = self.server.fake
        asked = self._asked()
        if fake.cookie is not None and asked.headers.get("cookie") != fake.cookie:
            # What Dex answers once the redirect to it is followed.
            self._send(200, "text/html", "<html>Log in to Your Account</html>")
            return
        try:
            answer = fake.answer(asked)
        except RefusalError as refusal:
            document = {"error": refusal.message, "message": refusal.message, "code": 3}
            text = json.dumps(document) if refusal.message else "404 page not found"
            self._send(refusal.status, "application/json", text)
            return
        if isinstance(answer, bytes):
            self._send(200, "text/plain", answer)
        else:
            self._send(200, "application/json", json.dumps(answer))

    def _asked(self) -> Asked:
        split = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        content = self.rfile.read(int(headers.get("content-length", 0)))
        return Asked(
            self.command, split.path, query, headers, _body(headers.get("content-type", ""), content)
        )

    def _send(self, status: int, kind: str, text: str | bytes) -> None:
        content = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        # Who asked may have been stopped meanwhile.
        with contextlib.suppress(ConnectionError):
            self.end_headers()
            self.wfile.write(content)


def _body(kind: str, content: bytes) -> Any:
    if kind.startswith("multipart/"):
        message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + content)
        (part,) = (part for part in message.walk() if not part.is_multipart())
        return str(part.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]  # Bytes, of a part.
    return json.loads(content) if content else None
