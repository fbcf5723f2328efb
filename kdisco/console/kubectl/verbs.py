"""The verbs: where each is written, its flags, and the lines that help prints of it.

Upstream: the commands and flags of kubectl 1.32, pkg/cmd.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from kdisco.console.kubectl.args import Flag
from kdisco.console.kubectl.flags import NO, YES, flags

__all__ = ["ALIASES", "VERBS", "Verb"]


@frozen(kw_only=True)
class Verb:
    """One command; a group of commands has no ``module``."""

    module: str = ""
    function: str = ""
    about: str = ""
    usage: str = ""
    flags: tuple[Flag, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()


def _verb(place: str, usage: str, about: str, names: str = "", *special: Flag) -> Verb:
    module, _, function = place.partition(".")
    return Verb(module=module, function=function or module, usage=usage, about=about, flags=flags(names, special))


FORMS = "json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file"
DRY = "[--dry-run=server|client|none]"
CREATE = "@make field-manager=kubectl-create"
ON_FILES = "(-f FILENAME | TYPE NAME)"
PROFILE = Flag("profile", "", "text", "general", "What the debugging container may do.")
PORT = Flag("port", "", "int", -1, "The port that the first container serves.")
IMAGES = Flag("image", "", "list", (), "The images, one container each.")
REPLICAS = Flag("replicas", "", "int", 0, "How many Pods there should be.")
OVERWRITE = Flag("overwrite", "", "bool", YES, "Change values that are there already.")
DEEP = Flag("recursive", "R", "bool", YES, "Look into directories below -f too.")
WATCH = Flag("watch", "w", "bool", YES, "Wait until the rollout is over.")
NO_WAIT = Flag("wait", "", "bool", NO, "Wait until objects are gone.")
PATCH_TYPE = Flag("type", "", "text", "strategic", "json, merge or strategic.")
YAML = Flag("output", "o", "text", "yaml", "yaml or json.")
PLAIN = Flag("output", "o", "text", "plaintext", "plaintext or plaintext-openapiv2.")
TIMEOUT = Flag("timeout", "", "time", 30.0, "How long to wait before giving up.")
AGGREGATION = Flag("aggregation-rule", "", "many", (), "Labels of the ClusterRoles to gather, as key=value.")
EXPOSED_TYPE = Flag("type", "", "text", "", "ClusterIP, NodePort, LoadBalancer or ExternalName.")
ADDRESS = Flag("address", "", "list", ("localhost",), "The addresses to listen on.")
POD_CONTAINERS = Flag("containers", "", "bool", NO, "Show each container.")
ROLLOUT = "@print @files selector field-manager=kubectl-rollout"
SET = "@change all selector local field-manager=kubectl-set"


def _service(kind: str, rest: str, names: str) -> Verb:
    article = "an" if kind.startswith("E") else "a"
    return _verb("making.service", f"NAME {rest} {DRY}", f"Create {article} {kind} service", f"{CREATE} {names}")


VERBS: Mapping[str, Verb] = {
    "create": _verb(
        "create", "-f FILENAME", "Create a resource from a file or from stdin",
        f"{CREATE} filename kustomize recursive edit raw selector windows-line-endings",
    ),
    "create clusterrole": _verb(
        "granting.role",
        f"NAME --verb=verb --resource=resource.group [--resource-name=resourcename] {DRY}", "Create a cluster role",
        f"{CREATE} verb resource resource-name non-resource-url", AGGREGATION,
    ),
    "create clusterrolebinding": _verb(
        "granting.binding",
        "NAME --clusterrole=NAME [--user=username] [--group=groupname] "
        f"[--serviceaccount=namespace:serviceaccountname] {DRY}",
        "Create a cluster role binding for a particular cluster role",
        f"{CREATE} clusterrole group serviceaccount user",
    ),
    "create configmap": _verb(
        "making.config_map", f"NAME [--from-file=[key=]source] [--from-literal=key1=value1] {DRY}",
        "Create a config map from a local file, directory or literal value",
        f"{CREATE} append-hash from-env-file from-file from-literal",
    ),
    "create deployment": _verb(
        "making.deployment", "NAME --image=image -- [COMMAND] [args...]",
        "Create a deployment with the specified name", f"{CREATE} replicas", IMAGES, PORT,
    ),
    "create namespace": _verb(
        "making.namespace", f"NAME {DRY}", "Create a namespace with the specified name", CREATE
    ),
    "create role": _verb(
        "granting.role", f"NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] {DRY}",
        "Create a role with single rule", f"{CREATE} verb resource resource-name",
    ),
    "create rolebinding": _verb(
        "granting.binding",
        "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] "
        f"[--serviceaccount=namespace:serviceaccountname] {DRY}",
        "Create a role binding for a particular role or cluster role",
        f"{CREATE} clusterrole role group serviceaccount user",
    ),
    "create secret": _verb("making.not_kept", "", "Create a secret using a specified subcommand", CREATE),
    "create service": Verb(about="Create a service using a specified subcommand"),
    "create service clusterip": _service("ClusterIP", "[--tcp=<port>:<targetPort>]", "tcp clusterip"),
    "create service externalname": _service(
        "ExternalName", "--external-name external.name", "tcp external-name"
    ),
    "create service loadbalancer": _service("LoadBalancer", "[--tcp=port:targetPort]", "tcp"),
    "create service nodeport": _service("NodePort", "[--tcp=port:targetPort]", "tcp node-port"),
    "create serviceaccount": _verb(
        "making.not_kept", f"NAME {DRY}", "Create a service account with the specified name", CREATE
    ),
    "expose": _verb(
        "exposing.expose",
        f"{ON_FILES} [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] "
        "[--external-ip=external-ip-of-service] [--type=type]",
        "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
        "@change save-config cluster-ip external-ip labels load-balancer-ip name override-type overrides port "
        "protocol session-affinity target-port field-manager=kubectl-expose",
        Flag("selector", "", "text", "", "The labels of the Pods, instead of the resource's own."), EXPOSED_TYPE,
    ),
    "run": _verb(
        "running.run_pod",
        'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] '
        "[--command] -- [COMMAND] [args...]",
        "Run a particular image on the cluster",
        "@change save-config annotations attach cascade command expose force grace-period image image-pull-policy "
        "labels leave-stdin-open override-type overrides pod-running-timeout port privileged quiet restart rm stdin "
        "timeout tty field-manager=kubectl-run",
        Flag("env", "", "many", (), "Environment variables, as NAME=value."), NO_WAIT,
    ),
    "set": Verb(about="Set specific features on objects"),
    "set env": _verb(
        "settings.env", "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N", "Update environment variables on a pod template",
        f"{SET} containers env from keys list prefix resolve", OVERWRITE,
        Flag("prefix", "", "text", "", "What to write before the names."),
    ),
    "set image": _verb(
        "settings.image", f"{ON_FILES} CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
        "Update the image of a pod template", SET,
    ),
    "set selector": _verb(
        "settings.selector", f"{ON_FILES} EXPRESSIONS [--resource-version=version]",
        "Set the selector on a resource",
        "@print all dry-run field-manager=kubectl-set filename local resource-version", DEEP,
    ),
    "explain": _verb(
        "explain",
        "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]",
        "Get documentation for a resource", "api-version",
        Flag("recursive", "", "bool", NO, "Show all fields below each other."), PLAIN,
    ),
    "get": _verb(
        "get",
        f"[(-o|--output=){FORMS}|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] "
        "| TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
        "Display one or many resources",
        "@print @files all-namespaces chunk-size field-selector ignore-not-found label-columns no-headers "
        "output-watch-events raw selector server-print show-kind show-labels sort-by subresource watch watch-only",
    ),
    "edit": _verb("server.refused", "(RESOURCE/NAME | -f FILENAME)", "Edit a resource on the server", "@print @files"),
    "delete": _verb(
        "delete", "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
        "Delete resources by file names, stdin, resources and names, or by resources and label selector",
        "@files all all-namespaces cascade dry-run field-selector force grace-period ignore-not-found interactive now "
        "output raw selector timeout wait",
    ),
    "rollout": Verb(about="Manage the rollout of a resource"),
    "rollout history": _verb(
        "rollout.history", "(TYPE NAME | TYPE/NAME) [flags]", "View rollout history", "@print @files revision selector"
    ),
    "rollout pause": _verb("rollout.pause", "RESOURCE", "Mark the provided resource as paused", ROLLOUT),
    "rollout restart": _verb("rollout.restart", "RESOURCE", "Restart a resource", ROLLOUT),
    "rollout resume": _verb("rollout.resume", "RESOURCE", "Resume a paused resource", ROLLOUT),
    "rollout status": _verb(
        "rollout.status", "(TYPE NAME | TYPE/NAME) [flags]", "Show the status of the rollout",
        "@files revision selector timeout", WATCH,
    ),
    "rollout undo": _verb(
        "rollout.undo", "(TYPE NAME | TYPE/NAME) [flags]", "Undo a previous rollout",
        "@print @files dry-run selector to-revision",
    ),
    "scale": _verb(
        "change.scale",
        f"[--resource-version=version] [--current-replicas=count] --replicas=COUNT {ON_FILES}",
        "Set a new size for a deployment, replica set, or replication controller",
        "@print @files all current-replicas dry-run resource-version selector timeout", REPLICAS,
    ),
    "autoscale": _verb(
        "server.refused", "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]",
        "Auto-scale a deployment, replica set, stateful set, or replication controller", "@change name save-config",
        Flag("cpu-percent", "", "int", -1, "The CPU that Pods should use."),
        Flag("max", "", "int", -1, "At most so many Pods."), Flag("min", "", "int", -1, "At least so many Pods."),
    ),
    "cluster-info": _verb("server.cluster_info", "[flags]", "Display cluster information"),
    "top": Verb(about="Display resource (CPU/memory) usage"),
    "top node": _verb(
        "server.top", "[NAME | -l label]", "Display resource (CPU/memory) usage of nodes",
        "no-headers selector sort-by",
    ),
    "top pod": _verb(
        "server.top", "[NAME | -l label]", "Display resource (CPU/memory) usage of pods",
        "all-namespaces field-selector no-headers selector sort-by", POD_CONTAINERS,
    ),
    "cordon": _verb("nodes.cordon", "NODE", "Mark node as unschedulable", "dry-run selector"),
    "uncordon": _verb("nodes.uncordon", "NODE", "Mark node as schedulable", "dry-run selector"),
    "drain": _verb(
        "nodes.drain", "NODE", "Drain node in preparation for maintenance",
        "chunk-size delete-emptydir-data disable-eviction dry-run force grace-period ignore-daemonsets pod-selector "
        "selector skip-wait-for-delete-timeout timeout",
    ),
    "taint": _verb(
        "nodes.taint", "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
        "Update the taints on one or more nodes",
        "@print all dry-run overwrite selector validate field-manager=kubectl-taint",
    ),
    "describe": _verb(
        "describe", "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
        "Show details of a specific resource or group of resources",
        "@files all-namespaces chunk-size selector show-events",
    ),
    "logs": _verb(
        "logs", "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]", "Print the logs for a container in a pod",
        "all-containers all-pods container follow ignore-errors insecure-skip-tls-verify-backend limit-bytes "
        "max-log-requests pod-running-timeout prefix previous selector since since-time tail timestamps",
    ),
    "attach": _verb(
        "server.refused", "(POD | TYPE/NAME) -c CONTAINER", "Attach to a running container",
        "container pod-running-timeout quiet stdin tty",
    ),
    "exec": _verb(
        "inside.exec_", "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
        "Execute a command in a container", "container filename pod-running-timeout quiet stdin tty",
    ),
    "port-forward": _verb(
        "server.refused", "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
        "Forward one or more local ports to a pod", "pod-running-timeout", ADDRESS,
    ),
    "proxy": _verb("server.refused", "[--port=PORT]", "Run a proxy to the Kubernetes API server"),
    "cp": _verb(
        "server.refused", "<file-spec-src> <file-spec-dest>", "Copy files and directories to and from containers",
        "container",
    ),
    "auth": Verb(about="Inspect authorization"),
    "auth can-i": _verb(
        "access.can_i", "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]", "Check whether an action is allowed",
        "all-namespaces list no-headers subresource",
        Flag("quiet", "q", "bool", NO, "Only the exit status says it."),
    ),
    "auth whoami": _verb("access.whoami", "", "Experimental: Check self subject attributes", "@print"),
    "debug": _verb(
        "debug", "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
        "Create debugging sessions for troubleshooting workloads and nodes", "container image quiet stdin tty", PROFILE,
    ),
    "events": _verb(
        "waiting.events",
        f"[(-o|--output=){FORMS}] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]", "List events",
        "@print all-namespaces chunk-size for no-headers types watch",
    ),
    "diff": _verb(
        "server.refused", "-f FILENAME", "Diff the live version against a would-be applied version",
        "@files field-manager force-conflicts prune prune-allowlist selector server-side show-managed-fields",
    ),
    "apply": _verb(
        "apply", "(-f FILENAME | -k DIRECTORY)", "Apply a configuration to a resource by file name or stdin",
        "@change all cascade force force-conflicts grace-period openapi-patch prune prune-allowlist selector "
        "server-side subresource timeout validate field-manager=kubectl-client-side-apply", OVERWRITE, NO_WAIT,
    ),
    "apply view-last-applied": _verb(
        "apply.view_last_applied", "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
        "View the latest last-applied-configuration annotations of a resource/object", "@files all selector", YAML,
    ),
    "patch": _verb(
        "patching.patch", f"{ON_FILES} [-p PATCH|--patch-file FILE]", "Update fields of a resource",
        "@change local patch patch-file subresource field-manager=kubectl-patch", PATCH_TYPE,
    ),
    "replace": _verb(
        "create.replace", "-f FILENAME", "Replace a resource by file name or stdin",
        "@change cascade force grace-period raw save-config subresource timeout validate "
        "field-manager=kubectl-replace", NO_WAIT,
    ),
    "wait": _verb(
        "waiting.wait",
        "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|"
        "--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
        "Experimental: Wait for a specific condition on one or many resources",
        "@print all all-namespaces field-selector filename for local selector", TIMEOUT, DEEP,
    ),
    "label": _verb(
        "change.label", f"[--overwrite] {ON_FILES} KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
        "Update the labels on a resource",
        "@change all all-namespaces field-selector list local overwrite resource-version selector "
        "field-manager=kubectl-label",
    ),
    "annotate": _verb(
        "change.annotate", f"[--overwrite] {ON_FILES} KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
        "Update the annotations on a resource",
        "@change all all-namespaces field-selector list local overwrite resource-version selector "
        "field-manager=kubectl-annotate",
    ),
    "api-resources": _verb(
        "server.api_resources", "[flags]", "Print the supported API resources on the server",
        "api-group cached categories namespaced no-headers output sort-by verbs",
    ),
    "api-versions": _verb(
        "server.api_versions", "", 'Print the supported API versions on the server, in the form of "group/version"'
    ),
    "config": Verb(about="Modify kubeconfig files"),
    "config current-context": _verb("contexts.current_context", "[flags]", "Display the current-context"),
    "config get-clusters": _verb("contexts.get_clusters", "[flags]", "Display clusters defined in the kubeconfig"),
    "config get-contexts": _verb(
        "contexts.get_contexts", "[(-o|--output=)name)]", "Describe one or many contexts", "no-headers output"
    ),
    "config get-users": _verb("contexts.get_users", "[flags]", "Display users defined in the kubeconfig"),
    "config set-context": _verb(
        "contexts.set_context",
        "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
        "Set a context entry in kubeconfig", "current",
    ),
    "config use-context": _verb(
        "contexts.use_context", "CONTEXT_NAME", "Set the current-context in a kubeconfig file"
    ),
    "config view": _verb(
        "contexts.view", "[flags]", "Display merged kubeconfig settings or a specified kubeconfig file",
        "@print flatten minify", Flag("merge", "", "bool", YES, "Merge all kubeconfig files."), YAML,
        Flag("raw", "", "bool", NO, "Show secrets as they are."),
    ),
    "version": _verb(
        "server.version", "[flags]", "Print the client and server version information", "client output"
    ),
}
ALIASES: Mapping[str, str] = {
    "create cm": "create configmap", "create deploy": "create deployment",
    "create ns": "create namespace", "create sa": "create serviceaccount", "create svc": "create service",
    "top nodes": "top node", "top no": "top node", "top pods": "top pod", "top po": "top pod",
    "config use": "config use-context",
}
