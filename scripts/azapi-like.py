#!/usr/bin/env python3
"""Makes the workspace of the benchmark in the local cloud as azapi would, and lets Ringfence take it over.

    scripts/azapi-like.py [-bin=PATH] [-config=FOLDER] [-keep]

  -bin     the binary; else the newest of target/{dist,release,debug}/ringfence
  -config  the folder with workspace.tf; else bench in $RINGFENCE_SHARED or ../shared; without either the configuration is
           written from the table here
  -keep    keep the working folder and say where it is

The wire is azapi's, written from its documentation and none of our code (Python's standard library): GET, which must answer 404; PUT;
polls of Azure-AsyncOperation, else of Location, until the end; GET. Then `ringfence plan -adopt` must import all 40 resources and
change nothing, and after `apply -adopt` the plan must be empty. The exit code is 1 where one of this is not so.
"""
import json
import os
import pathlib
import shutil
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "clients.d"))
import served  # noqa: E402

PREFIX, LOCATION = "rfbase", "eastus"
TAGS = {"env": "prod", "owner": "ml-platform", "cost_center": "4711"}
SUB = "/subscriptions/{subscription}"
GROUP = f"{SUB}/resourceGroups/rg-{PREFIX}"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
VNET = f"{NETWORK}/virtualNetworks/vnet-{PREFIX}"
NSG = f"{NETWORK}/networkSecurityGroups/nsg-{PREFIX}"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{PREFIX}"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-{PREFIX}"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st{PREFIX}001"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/acr{PREFIX}"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-{PREFIX}"
INSIGHTS = f"{GROUP}/providers/Microsoft.Insights/components/appi-{PREFIX}"
COSMOS = f"{GROUP}/providers/Microsoft.DocumentDB/databaseAccounts/cosmos-{PREFIX}"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-{PREFIX}"
ROLE = f"{SUB}/providers/Microsoft.Authorization/roleDefinitions"

ZONES = {
    "vault": "privatelink.vaultcore.azure.net",
    "blob": "privatelink.blob.core.windows.net",
    "acr": "privatelink.azurecr.io",
    "ml": "privatelink.api.azureml.ms",
    "notebooks": "privatelink.notebooks.azure.net",
    "cosmos": "privatelink.documents.azure.com",
}
ENDPOINTS = {
    "kv": (VAULT, "vault", ["vault"]),
    "sa": (STORAGE, "blob", ["blob"]),
    "acr": (REGISTRY, "registry", ["acr"]),
    "cosmos": (COSMOS, "Sql", ["cosmos"]),
    "mlw": (WORKSPACE, "amlworkspace", ["ml", "notebooks"]),
}
GRANTS = {
    "kv_admin": (VAULT, "00482a5a-887f-4fb3-b363-3b7fe8e74483"),
    "sa_blob": (STORAGE, "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
    "acr_pull": (REGISTRY, "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
    "rg_contrib": (GROUP, "b24988ac-6180-42a0-ab88-20f7382dd24c"),
}


def rule(name, **properties):
    return {"name": name, "properties": {"sourcePortRange": "*", **properties}}


def zone_id(key):
    return f"{NETWORK}/privateDnsZones/{ZONES[key]}"


def tracked(location=LOCATION, **body):
    return {"location": location, "tags": TAGS, **body}


def resources():
    """Label, id, api version and body in an order in which each can be made. `{…}` is filled in when it is known."""
    yield "rg", GROUP, "2025-04-01", tracked()
    yield "nsg", NSG, "2025-05-01", tracked(properties={"securityRules": [
        rule("DenyInternetInbound", priority=4000, direction="Inbound", access="Deny", protocol="*", sourceAddressPrefix="Internet",
             destinationAddressPrefix="*", destinationPortRange="*"),
        rule("AllowAmlInbound", priority=200, direction="Inbound", access="Allow", protocol="Tcp",
             sourceAddressPrefix="AzureMachineLearning", destinationAddressPrefix="VirtualNetwork", destinationPortRange="44224"),
    ]})
    yield "vnet", VNET, "2025-05-01", tracked(properties={"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}})
    yield "snet_pe", f"{VNET}/subnets/snet-pe", "2025-05-01", {"properties": {
        "addressPrefix": "10.20.1.0/24", "privateEndpointNetworkPolicies": "Disabled", "networkSecurityGroup": {"id": NSG}}}
    yield "snet_compute", f"{VNET}/subnets/snet-compute", "2025-05-01", {"properties": {
        "addressPrefix": "10.20.2.0/24", "defaultOutboundAccess": False, "networkSecurityGroup": {"id": NSG}}}
    yield "uai", IDENTITY, "2024-11-30", tracked()
    yield "kv", VAULT, "2024-11-01", tracked(properties={
        "tenantId": "{tenant}", "sku": {"family": "A", "name": "premium"}, "enableRbacAuthorization": True, "enablePurgeProtection": True,
        "enableSoftDelete": True, "softDeleteRetentionInDays": 90, "publicNetworkAccess": "Disabled",
        "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}})
    yield "sa", STORAGE, "2025-06-01", tracked(kind="StorageV2", sku={"name": "Standard_ZRS"}, properties={
        "accessTier": "Hot", "allowBlobPublicAccess": False, "allowSharedKeyAccess": False, "allowCrossTenantReplication": False,
        "defaultToOAuthAuthentication": True, "minimumTlsVersion": "TLS1_2", "publicNetworkAccess": "Disabled",
        "supportsHttpsTrafficOnly": True, "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"},
        "encryption": {"requireInfrastructureEncryption": True, "keySource": "Microsoft.Storage",
                       "services": {"blob": {"enabled": True}, "file": {"enabled": True}}}})
    yield "acr", REGISTRY, "2025-04-01", tracked(sku={"name": "Premium"}, properties={
        "adminUserEnabled": False, "anonymousPullEnabled": False, "publicNetworkAccess": "Disabled",
        "networkRuleBypassOptions": "AzureServices", "zoneRedundancy": "Enabled"})
    yield "law", LOGS, "2025-02-01", tracked(properties={
        "sku": {"name": "PerGB2018"}, "retentionInDays": 90, "features": {"disableLocalAuth": True}})
    yield "appi", INSIGHTS, "2020-02-02", tracked(kind="web", properties={
        "Application_Type": "web", "WorkspaceResourceId": LOGS, "IngestionMode": "LogAnalytics", "DisableLocalAuth": True})
    yield "cosmos", COSMOS, "2025-04-15", tracked(kind="GlobalDocumentDB", properties={
        "databaseAccountOfferType": "Standard", "disableLocalAuth": True, "publicNetworkAccess": "Disabled", "minimalTlsVersion": "Tls12",
        "consistencyPolicy": {"defaultConsistencyLevel": "Session"}, "isVirtualNetworkFilterEnabled": False,
        "locations": [{"locationName": LOCATION, "failoverPriority": 0, "isZoneRedundant": False}]})
    for key, (scope, role) in GRANTS.items():
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{PREFIX}/{key}")
        yield f"grant {key}", f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}", "2022-04-01", {"properties": {
            "roleDefinitionId": f"{ROLE}/{role}", "principalId": "{principal}", "principalType": "ServicePrincipal"}}
    yield "mlw", WORKSPACE, "2025-12-01", tracked(
        kind="Default", sku={"name": "Basic", "tier": "Basic"}, identity={"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        properties={
            "friendlyName": "Secured workspace", "storageAccount": STORAGE, "keyVault": VAULT, "containerRegistry": REGISTRY,
            "applicationInsights": INSIGHTS, "primaryUserAssignedIdentity": IDENTITY, "publicNetworkAccess": "Disabled",
            "systemDatastoresAuthMode": "identity", "hbiWorkspace": True, "v1LegacyMode": False,
            "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}})
    for key in ZONES:
        yield f"zone {key}", zone_id(key), "2024-06-01", tracked("global")
    for key in ZONES:
        yield f"link {key}", f"{zone_id(key)}/virtualNetworkLinks/link-{PREFIX}", "2024-06-01", {
            "location": "global", "properties": {"registrationEnabled": False, "virtualNetwork": {"id": VNET}}}
    for key, (target, group, _) in ENDPOINTS.items():
        yield f"pe {key}", f"{NETWORK}/privateEndpoints/pe-{key}", "2025-05-01", tracked(properties={
            "subnet": {"id": f"{VNET}/subnets/snet-pe"},
            "privateLinkServiceConnections": [
                {"name": f"plsc-{key}", "properties": {"privateLinkServiceId": target, "groupIds": [group]}}]})
    for key, (_, _, zones) in ENDPOINTS.items():
        configs = [{"name": ZONES[z].replace(".", "-"), "properties": {"privateDnsZoneId": zone_id(z)}} for z in zones]
        yield (f"zonegroup {key}", f"{NETWORK}/privateEndpoints/pe-{key}/privateDnsZoneGroups/default", "2025-05-01",
               {"properties": {"privateDnsZoneConfigs": configs}})
    yield "lock", f"{GROUP}/providers/Microsoft.Authorization/locks/lock-{PREFIX}", "2020-05-01", {
        "properties": {"level": "CanNotDelete", "notes": "protected"}}


def filled(value, known):
    """A value with what is in braces replaced, in keys as well."""
    if isinstance(value, dict):
        return {filled(k, known): filled(v, known) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, known) for v in value]
    if isinstance(value, str):
        for name, text in known.items():
            value = value.replace(f"{{{name}}}", text)
    return value


class Client:
    """azapi's requests."""

    def __init__(self, cloud):
        context = ssl.create_default_context(cafile=str(cloud.ca))
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({}))
        self.endpoint, self.requests = cloud.endpoint, 0
        form = {"grant_type": "client_credentials", "client_id": cloud.client, "client_secret": cloud.secret,
                "scope": f"{cloud.endpoint}/.default"}
        self.token = None
        _, _, answer = self.send("POST", f"{cloud.endpoint}/{cloud.tenant}/oauth2/v2.0/token", urllib.parse.urlencode(form).encode())
        self.token = answer["access_token"]

    def send(self, method, url, data=None):
        """Status, headers, body; a 429 and a 5xx are tried again, as azapi's pipeline does."""
        for _ in range(4):
            request = urllib.request.Request(url, data, method=method, headers={"Accept": "application/json"})
            if self.token:
                request.add_header("Authorization", f"Bearer {self.token}")
                request.add_header("Content-Type", "application/json")
            self.requests += 1
            try:
                with self.opener.open(request, timeout=120) as answer:
                    status, headers, text = answer.status, answer.headers, answer.read()
            except urllib.error.HTTPError as refused:
                status, headers, text = refused.code, refused.headers, refused.read()
            if status not in (408, 429, 500, 502, 503, 504):
                break
            wait(headers)
        return status, headers, json.loads(text.decode("utf-8-sig")) if text.strip() else None

    def make(self, resource, version, body):
        """GET 404, PUT, polls, GET: what the last GET answers."""
        url = f"{self.endpoint}{resource}?api-version={version}"
        status, _, answer = self.send("GET", url)
        if status != 404:
            raise Refused(f"GET before PUT answers {status}, not 404: {json.dumps(answer)[:300]}")
        status, headers, answer = self.send("PUT", url, json.dumps(body).encode())
        if status not in (200, 201, 202):
            raise Refused(f"PUT answers {status}: {json.dumps(answer)[:600]}")
        self.poll(status, headers, answer, url)
        status, _, answer = self.send("GET", url)
        if status != 200:
            raise Refused(f"GET after PUT answers {status}: {json.dumps(answer)[:300]}")
        return answer

    def poll(self, status, headers, answer, url):
        """The pollers of azcore's runtime, in their order: Azure-AsyncOperation, Location, the resource's own state."""
        operation, location = headers.get("Azure-AsyncOperation"), headers.get("Location")
        while operation:
            code, headers, answer = self.send("GET", operation)
            state = (answer or {}).get("status", "")
            if code >= 400 or state in ("Failed", "Canceled"):
                raise Refused(f"the operation ends with {code} {json.dumps(answer)[:600]}")
            if state == "Succeeded":
                return
            operation = headers.get("Azure-AsyncOperation", operation)
            wait(headers)
        while location and status in (201, 202):
            code, headers, answer = self.send("GET", location)
            if code >= 400:
                raise Refused(f"the operation ends with {code} {json.dumps(answer)[:600]}")
            if code != 202:
                return
            location = headers.get("Location", location)
            wait(headers)
        while (state := ((answer or {}).get("properties") or {}).get("provisioningState", "Succeeded")) != "Succeeded":
            if state in ("Failed", "Canceled"):
                raise Refused(f"the resource is {state}")
            _, headers, answer = self.send("GET", url)
            wait(headers)


class Refused(Exception):
    """What the cloud said no to."""


def wait(headers):
    """As long as the service says, else azcore's ten seconds."""
    exact, whole = headers.get("retry-after-ms"), headers.get("Retry-After")
    time.sleep(float(exact) / 1000 if exact else float(whole) if whole else 10)


def written(known):
    """The table as a configuration."""
    blocks = {}
    for label, resource, version, body in resources():
        resource, body = filled(resource, known), dict(filled(body, known))
        parent, name = resource.rsplit("/", 1)
        parent, _, kinds = parent.partition("/providers/") if "/providers/Microsoft.Authorization" not in parent else parent.rpartition("/providers/")
        words = kinds.split("/") if kinds else ["Microsoft.Resources", "resourceGroups"]
        types = [words[0], words[1], *words[3::2]]
        if not kinds:
            parent = filled(SUB, known)
        elif len(words) > 2:
            parent = resource.rsplit("/", 2)[0]
        block = {"type": f"{'/'.join(types)}@{version}", "name": name, "parent_id": parent}
        for key in ("location", "tags"):
            if key in body:
                block[key] = body.pop(key)
        if "identity" in body:
            identity = body.pop("identity")
            block["identity"] = [{"type": identity["type"], "identity_ids": list(identity["userAssignedIdentities"])}]
        blocks[label.replace(" ", "_")] = block | ({"body": body} if body else {})
    return {"resource": {"azapi_resource": blocks}}


def configuration(cloud, given, known):
    """The folder that Ringfence works in."""
    shared = pathlib.Path(os.environ.get("RINGFENCE_SHARED") or served.ROOT.parent / "shared")
    source = pathlib.Path(given) if given else shared / "bench"
    folder = cloud.folder / "work"
    folder.mkdir()
    head = {"terraform": {"required_providers": {"azapi": {"source": "azure/azapi", "version": "2.12.0"}}}, "provider": {"azapi": {}}}
    (folder / "provider.tf.json").write_text(json.dumps(head))
    if (source / "workspace.tf").is_file():
        shutil.copy(source / "workspace.tf", folder)
        print(f"configuration: {source / 'workspace.tf'}")
    else:
        (folder / "written.tf.json").write_text(json.dumps(written(known), indent=2))
        print("configuration: written from the table")
    return folder


def main():
    given = served.options(__doc__, sys.argv[1:], ("bin", "config"), ("keep",))
    failed = 0
    with served.Served(served.find_binary(given["bin"]), given["keep"]) as cloud:
        client = Client(cloud)
        known = {"subscription": cloud.subscription, "tenant": cloud.tenant}
        table = served.Table("resource", "type", "api version", "GET 404, PUT, polls, GET")
        for label, resource, version, body in resources():
            resource = filled(resource, known)
            said = "ok"
            try:
                answer = client.make(resource, version, filled(body, known))
                if label == "uai":
                    known["principal"] = answer["properties"]["principalId"]
            except Refused as refused:
                said, failed = str(refused), failed + 1
                answer = {}
            table.add(label, answer.get("type", ""), version, said)
        table.print()
        made = len(table.rows) - failed
        print(f"\n{made} of {len(table.rows)} made with {client.requests} requests")
        folder = configuration(cloud, given["config"], known)
        print("\nringfence")
        judged = served.Table("step", "wanted", "got", "")
        wanted = {"import": len(table.rows)}
        for step, words, wanted in (
            ("plan -adopt", ["-adopt"], wanted),
            ("plan after apply -adopt", [], {}),
        ):
            if not words:
                cloud.apply(folder, "-adopt")
            changes = cloud.plan(folder, *words)
            got = {action: len(rows) for action, rows in changes.items()}
            good = got == wanted
            failed += not good
            judged.add(step, told(wanted), told(got), "ok" if good else "WRONG")
            for action, rows in changes.items():
                for row in rows if action not in wanted else []:
                    judged.add("", "", f"{action} {row['address']}", ", ".join(served.changed_paths(row))[:160])
        judged.print()
    sys.exit(1 if failed else 0)


def told(counts):
    return ", ".join(f"{n} to {action}" for action, n in counts.items()) or "nothing to do"


if __name__ == "__main__":
    main()
