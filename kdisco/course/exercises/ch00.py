"""The exercises of chapter 00: wish for more, bring back what is gone, hand in an application."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import answered, backends, replicas, silent, verdict
from kdisco.course.workbook import Answer, Exercise
from kdisco.examples import ARTICLE

__all__ = ["EXERCISES"]


def _scale_up(c: Cluster) -> Answer:
    return verdict(replicas(c, "my-app", 4), backends(c, "my-app-svc", 4))


def _bring_back(c: Cluster) -> Answer:
    return verdict(answered(c, "app=my-app", "your-app-svc"), backends(c, "your-app-svc", 2),
                   silent(c, "app=my-app", "your-app-svc", 8080))  # fmt: skip


def _second_app(c: Cluster) -> Answer:
    return verdict(backends(c, "greeter-svc", 2), answered(c, "app=my-app", "greeter-svc"))


def _without_its_service(c: Cluster) -> None:
    c.delete("service", "your-app-svc")


SERVICE = """
c.apply('''
apiVersion: v1
kind: Service
metadata: {name: your-app-svc}
spec: {selector: {app: your-app}, ports: [{port: %d, targetPort: 8080}]}
''')
"""

EXERCISES = (
    Exercise(
        name="00/scale-up",
        manifests=ARTICLE,
        check=_scale_up,
        solution="kubectl scale deployment/my-app --replicas=4",
        wrong=(
            "kubectl scale deployment/your-app --replicas=4",
            "kubectl run my-app-3 --image=nginx:1.27 --labels=app=my-app",
        ),
    ),
    Exercise(
        name="00/bring-back",
        manifests=ARTICLE,
        setup=_without_its_service,
        check=_bring_back,
        solution=SERVICE % 80,
        wrong=(SERVICE % 8080, SERVICE.replace("app: your-app", "app: my-app-2") % 80),
    ),
    Exercise(
        name="00/second-app",
        manifests=ARTICLE,
        check=_second_app,
        solution="""
from kdisco.examples import application
c.apply(application("greeter"))
""",
        wrong=(
            """
from kdisco.examples import application
c.apply(application("greeter").partition("---")[0])
""",
            "kubectl create service clusterip greeter-svc --tcp=80:8080",
        ),
    ),
)
