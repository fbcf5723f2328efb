"""``kdisco explain``: manifests and dumps, exit status, JSON, and one clear line for what is not Kubernetes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from broken import application

from kdisco import Cluster
from kdisco.shell import cli

BROKEN = application(selector="app: wbe")


def written(path: Path, text: str) -> str:
    """A file with a text; gives its name."""
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_healthy_manifests_exit_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", written(tmp_path / "web.yaml", application())]) == 0
    assert capsys.readouterr().out == "1 Service: 0 with findings, 1 without\n"


def test_findings_are_printed_with_remedy_and_exit_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [written(tmp_path / "web.yaml", BROKEN), written(tmp_path / "db.yaml", application().replace("web", "db"))]
    assert cli.main(["explain", *files]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "service/default/web: 1 finding"
    assert lines[1].startswith("1. wrong-selector: The selector app=wbe finds no Pod in namespace default")
    assert any(line.strip().startswith("remedy:   kubectl patch service web") for line in lines)
    assert lines[-1] == "2 Services: 1 with findings, 1 without"


def test_a_dump_is_taken_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = Cluster()
    cluster.create(BROKEN)
    cluster.settle()
    kinds = ("pods", "services", "endpointslices", "deployments", "replicasets", "nodes")
    items = [each.to_dict() for kind in kinds for each in cluster.list(kind)]
    path = written(tmp_path / "dump.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    assert cli.main(["explain", path]) == 1
    assert "3 Services: 1 with findings, 2 without" in capsys.readouterr().out


def test_json_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "--json", written(tmp_path / "web.yaml", BROKEN)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["healthy"] is False
    [service] = told["services"]
    assert service["target"] == "service/default/web"
    [finding] = service["findings"]
    assert finding["code"] == "wrong-selector"
    assert finding["objects"][0] == "service/default/web"
    assert set(finding) == {"code", "cause", "evidence", "remedy", "objects", "document"}


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(application()))
    assert cli.main(["explain", "-"]) == 0
    assert "1 without" in capsys.readouterr().out


def test_what_the_api_server_refuses_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "web.yaml", application(port="port: 0"))
    assert cli.main(["explain", path]) == 1
    assert "manifest-refused: The API server refuses service/default/web." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}', "no Kubernetes object: kind and apiVersion not set"),
        ("kind: Service\n", "no Kubernetes object: apiVersion not set"),
        ("hello\n", "cannot unmarshal string"),
        ("[1, 2]\n", "cannot unmarshal array"),
        ("a: [1\n", "error converting YAML to JSON"),
        ("", "no Kubernetes object in it"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: no}\n", "cannot be handled as a Service"),
    ],
)
def test_what_is_not_kubernetes_is_one_line_and_exits_with_2(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["explain", written(tmp_path / "file.yaml", text)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("kdisco explain: ")
    assert told.err.count("\n") == 1
    assert words in told.err


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", str(tmp_path / "nothing.yaml")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"kdisco explain: error reading {tmp_path}: Is a directory\n"


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        (None, "-: the standard input is closed"),
        (io.TextIOWrapper(io.BytesIO(b"a: \xff"), encoding="utf-8"), "error reading STDIN: not UTF-8 text at byte 3"),
        (io.StringIO(""), "-: no Kubernetes object in it"),
    ],
    ids=["closed", "bytes", "empty"],
)
def test_standard_input_that_holds_nothing_is_one_line(
    stdin: io.TextIOBase | None, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    assert cli.main(["explain", "-"]) == 2
    assert capsys.readouterr().err == f"kdisco explain: {words}\n"


def test_bytes_that_are_no_text_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dump.yaml").write_bytes(b"\xff\x00\x80")
    assert cli.main(["explain", str(tmp_path / "dump.yaml")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_no_file_is_an_error_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["explain"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: kdisco explain")
