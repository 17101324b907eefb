"""What tools of dashboards do, request by request, with nothing but the standard library: the sidecar that writes files and asks
for a reload, the Terraform provider, and command line tools that treat dashboards as resources. Ends with 0 when all went well.

    dashboard_tools.py URL FOLDER     the UI's door, and the folder that it provisions
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL, FOLDER = sys.argv[1].rstrip("/"), sys.argv[2]
BASIC = {"Authorization": "Basic " + base64.b64encode(b"admin:admin").decode()}
BEARER = {"Authorization": "Bearer glsa_anything"}


def ask(method, path, body=None, headers=None, expect=200):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("Accept", "application/json")
    for name, value in (headers or BEARER).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            status, text = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    assert status == expect, f"{method} {path}: {status} instead of {expect}: {text[:500]}"
    return json.loads(text) if text else None


def write(name, value):
    path = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)


def sidecar():
    """Writes what a ConfigMap holds, asks for a reload, removes it again."""
    assert ask("GET", "/api/health")["database"] == "ok"
    write("team/node.json", {"title": "From a ConfigMap", "uid": "from-configmap", "tags": ["sidecar"], "panels": []})
    said = ask("POST", "/api/admin/provisioning/dashboards/reload", headers=BASIC)
    assert said["message"] == "Dashboards config reloaded" and said["failed"] == [], said
    found = ask("GET", "/api/search?tag=sidecar&type=dash-db")
    assert [one["folderTitle"] for one in found] == ["team"], found
    read = ask("GET", "/api/dashboards/uid/from-configmap")
    assert read["meta"]["provisioned"] is True, read["meta"]
    ask("POST", "/api/dashboards/db", {"dashboard": read["dashboard"], "overwrite": True}, expect=400)
    write("team/node.json", {"title": "Changed", "uid": "from-configmap", "tags": ["sidecar"], "panels": []})
    # Without a reload too: files are watched.
    for _ in range(100):
        if ask("GET", "/api/dashboards/uid/from-configmap")["dashboard"]["title"] == "Changed":
            break
        time.sleep(0.2)
    else:
        raise AssertionError("a changed file was not seen")
    os.remove(os.path.join(FOLDER, "team/node.json"))
    assert ask("POST", "/api/admin/provisioning/dashboards/reload", headers=BASIC)["deleted"] == 1
    ask("GET", "/api/dashboards/uid/from-configmap", expect=404)


def terraform():
    """Creates, reads, updates and deletes each resource as the provider does; what was declared reads back."""
    ask("GET", "/api/org")
    folder = ask("POST", "/api/folders", {"title": "Terraform", "uid": "tf"})
    assert ask("GET", "/api/folders/tf")["title"] == "Terraform" and folder["uid"] == "tf"
    inner = ask("POST", "/api/folders", {"title": "Inner", "uid": "tf-in", "parentUid": "tf"})
    assert inner["parentUid"] == "tf"
    assert ask("PUT", "/api/folders/tf", {"title": "Terraform!", "overwrite": True})["title"] == "Terraform!"

    board = {"title": "By Terraform", "uid": "tf-board", "panels": [{"id": 1, "type": "stat", "libraryPanel": {"uid": "tf-lib", "name": "Lib"}}]}
    model = {"type": "stat", "title": "Lib", "targets": [{"expr": "up"}]}
    panel = ask("POST", "/api/library-elements", {"uid": "tf-lib", "name": "Lib", "kind": 1, "folderUid": "tf", "model": model})
    assert panel["result"]["model"] == model
    saved = ask("POST", "/api/dashboards/db", {"dashboard": board, "folderUid": "tf-in", "overwrite": True, "message": "apply"})
    assert saved["status"] == "success" and saved["version"] == 1
    read = ask("GET", "/api/dashboards/uid/tf-board")
    assert read["meta"]["folderUid"] == "tf-in" and read["dashboard"]["id"] == saved["id"]
    # A second apply sends the version it knows and no `overwrite`.
    board["title"], board["version"] = "Twice", 1
    again = ask("POST", "/api/dashboards/db", {"dashboard": board, "folderUid": "tf-in", "overwrite": False})
    assert again["version"] == 2
    stale = ask("POST", "/api/dashboards/db", {"dashboard": board, "folderUid": "tf-in"}, expect=412)
    assert stale["status"] == "version-mismatch"
    read = ask("GET", "/api/library-elements/tf-lib")["result"]
    assert read["meta"]["connectedDashboards"] == 1 and read["folderUid"] == "tf"
    changed = ask("PATCH", "/api/library-elements/tf-lib", {"name": "Lib 2", "kind": 1, "model": model, "version": read["version"]})
    assert changed["result"]["version"] == read["version"] + 1

    note = ask("POST", "/api/annotations", {"dashboardUID": "tf-board", "panelId": 1, "time": 1000, "timeEnd": 2000, "text": "deploy", "tags": ["tf"]})
    assert ask("GET", f"/api/annotations/{note['id']}")["text"] == "deploy"
    ask("PUT", f"/api/annotations/{note['id']}", {"text": "deployed", "tags": ["tf", "v2"], "time": 1000})
    assert ask("GET", "/api/annotations?tags=v2&dashboardUID=tf-board")[0]["text"] == "deployed"

    source = {"name": "tf-prom", "type": "prometheus", "url": "http://prometheus:9090", "access": "proxy", "jsonData": {"httpMethod": "POST"}, "secureJsonData": {"password": "x"}}
    made = ask("POST", "/api/datasources", source)["datasource"]
    assert ask("GET", f"/api/datasources/uid/{made['uid']}")["jsonData"] == {"httpMethod": "POST"}
    ask("PUT", f"/api/datasources/uid/{made['uid']}", {**source, "url": "http://other:9090"})
    query = urllib.parse.urlencode({"query": "1+1"})
    answer = ask("GET", f"/api/datasources/proxy/uid/{made['uid']}/api/v1/query?{query}")
    assert answer["data"]["result"][1] == "2"

    robot = ask("POST", "/api/serviceaccounts", {"name": "ci", "role": "Editor"}, expect=201)
    token = ask("POST", f"/api/serviceaccounts/{robot['id']}/tokens", {"name": "one", "secondsToLive": 3600})
    assert token["key"].startswith("glsa_")
    assert ask("GET", f"/api/serviceaccounts/{robot['id']}/tokens")[0]["name"] == "one"
    ask("PUT", "/api/org/preferences", {"theme": "dark", "homeDashboardUID": "tf-board"})
    assert ask("GET", "/api/org/preferences")["theme"] == "dark"
    items = {"items": [{"role": "Viewer", "permission": 1}, {"role": "Editor", "permission": 2}]}
    ask("POST", "/api/folders/tf/permissions", items)
    assert len(ask("GET", "/api/folders/tf/permissions")) == 2

    # Destroy, in the reverse order.
    ask("DELETE", f"/api/serviceaccounts/{robot['id']}/tokens/{token['id']}")
    ask("DELETE", f"/api/serviceaccounts/{robot['id']}")
    ask("DELETE", f"/api/datasources/uid/{made['uid']}")
    ask("DELETE", f"/api/annotations/{note['id']}")
    ask("DELETE", "/api/library-elements/tf-lib", expect=403)
    ask("DELETE", "/api/dashboards/uid/tf-board")
    ask("DELETE", "/api/library-elements/tf-lib")
    ask("DELETE", "/api/folders/tf?forceDeleteRules=true")
    ask("GET", "/api/folders/tf-in", expect=404)


def resources():
    """Finds out what there is, then pushes, pulls and deletes dashboards and folders as resources."""
    groups = {group["name"]: group["preferredVersion"]["version"] for group in ask("GET", "/apis")["groups"]}
    folders = f"/apis/folder.grafana.app/{groups['folder.grafana.app']}/namespaces/default/folders"
    boards = "/apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards"
    kinds = ask("GET", "/apis/dashboard.grafana.app/v1beta1")["resources"]
    assert [kind["name"] for kind in kinds] == ["dashboards"] and "patch" in kinds[0]["verbs"]
    ask("POST", folders, {"apiVersion": "folder.grafana.app/v1", "kind": "Folder", "metadata": {"name": "res"}, "spec": {"title": "Resources"}}, expect=201)
    one = {
        "apiVersion": "dashboard.grafana.app/v1beta1",
        "kind": "Dashboard",
        "metadata": {"name": "res-a", "annotations": {"grafana.app/folder": "res"}},
        "spec": {"title": "As a resource", "schemaVersion": 41, "panels": []},
    }
    ask("POST", boards + "?fieldManager=tool", one, expect=201)
    read = ask("GET", f"{boards}/res-a")
    assert read["spec"] == one["spec"] and read["metadata"]["annotations"]["grafana.app/folder"] == "res"
    read["spec"]["title"] = "Pushed again"
    written = ask("PUT", f"{boards}/res-a", read)
    assert written["metadata"]["resourceVersion"] != read["metadata"]["resourceVersion"]
    ask("PUT", f"{boards}/res-a", read, expect=409)
    patch = [{"op": "replace", "path": "/spec/title", "value": "Patched"}]
    patched = ask("PATCH", f"{boards}/res-a", patch, {"Content-Type": "application/json-patch+json"})
    assert patched["spec"]["title"] == "Patched"
    names, page = [], {"continue": None}
    while page["continue"] != "":
        more = "" if page["continue"] is None else "&continue=" + urllib.parse.quote(page["continue"])
        listed = ask("GET", f"{boards}?limit=2{more}")
        page = listed["metadata"]
        names += [item["metadata"]["name"] for item in listed["items"]]
    assert "res-a" in names and len(names) == len(set(names)), names
    assert ask("GET", "/api/dashboards/uid/res-a")["dashboard"]["title"] == "Patched"
    ask("DELETE", f"{boards}/res-a")
    assert ask("GET", f"{boards}/res-a", expect=404)["reason"] == "NotFound"
    ask("DELETE", f"{folders}/res")


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing, so that the redirect itself is seen."""

    def redirect_request(self, *_):
        return None


def leads_to(url):
    try:
        urllib.request.build_opener(Stay).open(url, timeout=20)
    except urllib.error.HTTPError as error:
        assert error.code == 302, error
        return error.headers["Location"]
    raise AssertionError(f"{url} leads nowhere")


def people():
    """Teams, preferences of each, snapshots and short addresses, as scripts of operators make them."""
    team = ask("POST", "/api/teams", {"name": "Operators", "email": "ops@localhost"})
    ask("POST", "/api/teams", {"name": "Operators"}, expect=409)
    ask("POST", f"/api/teams/{team['teamId']}/members", {"userId": ask("GET", "/api/user")["id"]})
    assert ask("GET", "/api/teams/search?query=oper")["teams"][0]["memberCount"] == 1
    ask("PUT", f"/api/teams/{team['teamId']}/preferences", {"theme": "light"})
    ask("PUT", "/api/user/preferences", {"timezone": "utc"})
    ask("PATCH", "/api/user/preferences", {"weekStart": "monday"})
    own = ask("GET", "/api/user/preferences")
    assert (own["timezone"], own["weekStart"], own["theme"]) == ("utc", "monday", ""), own
    ask("DELETE", f"/api/teams/{team['teamId']}")
    shot = ask("POST", "/api/snapshots", {"dashboard": {"title": "Then", "panels": []}, "name": "Then", "expires": 60})
    assert ask("GET", f"/api/snapshots/{shot['key']}")["dashboard"]["title"] == "Then"
    assert [one["key"] for one in ask("GET", "/api/dashboard/snapshots")] == [shot["key"]]
    ask("GET", f"/api/snapshots-delete/{shot['deleteKey']}")
    ask("GET", f"/api/snapshots/{shot['key']}", expect=404)
    short = ask("POST", "/api/short-urls", {"path": "explore?left=1"})
    assert leads_to(short["url"]) == "/explore?left=1"
    ask("POST", "/api/health", expect=405)
    ask("POST", "/api/nothing", {}, expect=404)


def page():
    """Queries of a page: as data frames, and as frames of columns in one stream."""
    query = {"refId": "A", "datasource": {"type": "prometheus", "uid": "oriel-metrics"}, "expr": "vector(2)", "instant": True}
    answer = ask("POST", "/api/ds/query", {"queries": [query], "from": "now-5m", "to": "now"})
    assert answer["results"]["A"]["frames"][0]["data"]["values"][1] == [2], answer
    now = int(time.time() * 1000) // 1000 * 1000
    one = {"signal": "metrics", "mode": "range", "start": now - 60_000, "end": now, "step": 1000}
    queries = [{"id": str(n), "query": f"vector({n})", **one} for n in range(100)]
    request = urllib.request.Request(URL + "/api/oriel/v1/query", json.dumps({"queries": queries}).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        stream, kinds = response.read(), []
    while stream:
        length, header = (int.from_bytes(stream[at : at + 4], "little") for at in (0, 4))
        head = json.loads(stream[8 : 8 + header])
        kinds.append(head["kind"])
        assert head["kind"] != "grid" or length == 4 + header + 61 * 8, head
        stream = stream[4 + length :]
    assert kinds == ["grid"] * 100 + ["end"], kinds
    assert ask("GET", "/api/oriel/v1/queries")["running"] == []
    assert ask("GET", "/api/oriel/v1/blocks?signal=metrics")["count"] >= 0
    ask("DELETE", "/api/oriel/v1/queries/1", expect=404)


for part in (sidecar, terraform, resources, people, page):
    part()
    print(part.__name__, "ok")
