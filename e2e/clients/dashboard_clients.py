"""Real clients of dashboards against the UI's door: the API client `grafana-client`, dashboards written with `grafanalib` and
with `grafana-foundation-sdk`. Ends with 0 when all went well.

    dashboard_clients.py URL
"""

import json
import sys
import urllib.parse
import urllib.request
from datetime import datetime

from grafana_client import GrafanaApi
from grafana_client.client import GrafanaClientError

URL = sys.argv[1].rstrip("/")
PLACE = urllib.parse.urlsplit(URL)


def connect(token="glsa_anything"):
    return GrafanaApi(auth=token, host=PLACE.hostname, port=PLACE.port, protocol=PLACE.scheme)


def client():
    """What `grafana-client` offers for what is kept here, each made, read, changed and taken away."""
    api = connect()
    api.connect()
    assert api.user.get_actual_user()["login"] and api.organization.get_current_organization()["id"] == 1

    folder = api.folder.create_folder("By a client", uid="client-folder")
    assert folder["uid"] == "client-folder"
    assert api.folder.update_folder("client-folder", title="Renamed", overwrite=True)["title"] == "Renamed"
    assert any(one["uid"] == "client-folder" for one in api.folder.get_all_folders())

    board = {"uid": "client-board", "title": "By a client", "tags": ["client"], "panels": [], "schemaVersion": 39}
    saved = api.dashboard.update_dashboard({"dashboard": board, "folderUid": "client-folder", "message": "first"})
    assert (saved["uid"], saved["status"]) == ("client-board", "success"), saved
    first = saved["version"]
    read = api.dashboard.get_dashboard("client-board")
    assert read["meta"]["folderUid"] == "client-folder" and read["dashboard"]["title"] == "By a client"
    try:
        api.dashboard.update_dashboard({"dashboard": {**board, "version": 0}, "folderUid": "client-folder"})
        raise AssertionError("a stale version was taken")
    except GrafanaClientError as error:
        assert error.status_code == 412, error
    api.dashboard.update_dashboard({"dashboard": {**board, "title": "Second"}, "folderUid": "client-folder", "overwrite": True})
    versions = api.dashboard_versions.get_dashboard_versions_by_uid("client-board")["versions"]
    assert [one["version"] for one in versions][:2] == [first + 1, first], versions
    found = api.search.search_dashboards(tag="client")
    assert [one["title"] for one in found] == ["Second"], found
    api.dashboard.update_permissions_by_uid("client-board", {"items": [{"role": "Viewer", "permission": 1}]})

    api.annotations.add_annotation(dashboard_uid="client-board", tags=["client"], text="a mark")
    marks = api.annotations.get_annotation(tags=["client"])
    assert [one["text"] for one in marks] == ["a mark"], marks
    api.annotations.delete_annotations_by_id(marks[0]["id"])

    model = {"type": "stat", "title": "Shared", "targets": []}
    element = api.libraryelement.create_library_element(model, name="Client's", kind=1, uid="client-lib")
    assert element["result"]["uid"] == "client-lib"
    assert api.libraryelement.get_library_element("client-lib")["result"]["model"] == model
    api.libraryelement.delete_library_element("client-lib")

    sources = {one["uid"]: one for one in api.datasource.list_datasources()}
    assert {"oriel-metrics", "oriel-logs", "oriel-traces"} <= set(sources), sources
    health = api.datasource.health("oriel-metrics")
    assert health["status"] == "OK", health
    metrics = sources["oriel-metrics"]
    answer = api.datasource.smartquery(metrics, "1 + 1")
    frames = answer["results"]["test"]["frames"]
    assert frames[0]["data"]["values"][1][0] == 2, answer

    account = api.serviceaccount.create({"name": "client", "role": "Viewer"})
    token = api.serviceaccount.create_token(account["id"], {"name": "one"})
    assert token["key"].startswith("glsa_"), token
    assert [one["name"] for one in api.serviceaccount.get_tokens(account["id"])] == ["one"]
    api.serviceaccount.delete(account["id"])

    api.dashboard.delete_dashboard("client-board")
    api.folder.delete_folder("client-folder")
    try:
        api.dashboard.get_dashboard("client-board")
        raise AssertionError("a deleted dashboard was read")
    except GrafanaClientError as error:
        assert error.status_code == 404, error


def grafanalib():
    """A dashboard written with `grafanalib` is stored and read back as that library writes it."""
    from grafanalib._gen import DashboardEncoder
    from grafanalib.core import Dashboard, GridPos, Stat, Target, Template, Templating, TimeSeries

    made = Dashboard(
        title="By grafanalib",
        uid="grafanalib",
        tags=["code"],
        timezone="browser",
        templating=Templating(list=[Template(name="job", query="label_values(up, job)", dataSource="oriel-metrics")]),
        panels=[
            TimeSeries(
                title="Up",
                dataSource="oriel-metrics",
                targets=[Target(expr='up{job=~"$job"}', legendFormat="{{job}}", refId="A")],
                gridPos=GridPos(h=8, w=16, x=0, y=0),
            ),
            Stat(
                title="Count",
                dataSource="oriel-metrics",
                targets=[Target(expr="count(up)", refId="A")],
                gridPos=GridPos(h=8, w=8, x=16, y=0),
            ),
        ],
    ).auto_panel_ids()
    written = json.loads(json.dumps(made.to_json_data(), sort_keys=True, cls=DashboardEncoder))
    keep("grafanalib", written)


def foundation_sdk():
    """A dashboard built with `grafana-foundation-sdk`, as its users do."""
    from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    made = (
        dashboard.Dashboard("By the SDK")
        .uid("foundation-sdk")
        .tags(["code"])
        .refresh("30s")
        .time("now-30m", "now")
        .with_variable(dashboard.QueryVariable("job").query("label_values(up, job)"))
        .with_row(dashboard.Row("One row"))
        .with_panel(
            timeseries.Panel()
            .title("Up")
            .unit("short")
            .with_target(prometheus.Dataquery().expr('up{job=~"$job"}').legend_format("{{ job }}"))
        )
        .build()
    )
    keep("foundation-sdk", json.loads(JSONEncoder(sort_keys=True).encode(made)))


def keep(uid, written):
    """Stores a dashboard, reads it as it was sent, and takes it away."""
    api = connect()
    api.dashboard.update_dashboard({"dashboard": written, "overwrite": True, "message": f"built {datetime.now():%F}"})
    with urllib.request.urlopen(f"{URL}/api/oriel/v1/dashboards/{uid}", timeout=20) as response:
        stored = json.load(response)["dashboard"]
    assert stored == written, (stored, written)
    api.dashboard.delete_dashboard(uid)


for name, run in (("client", client), ("grafanalib", grafanalib), ("foundation sdk", foundation_sdk)):
    run()
    print(f"{name} ok", flush=True)
