# SPDX-License-Identifier: MIT
"""The deployment example, as far as it can be judged without a cluster: the manifests parse and say
what they promise, the image carries what the Job runs, the script is sound shell. Exits 77 where
there is no YAML parser."""
import pathlib
import re
import subprocess
import sys

try:
    import yaml
except ImportError:
    print("deploy: python3-yaml is not here; the manifests were not checked")
    sys.exit(77)

root = pathlib.Path(sys.argv[1])
folder = root / "examples" / "deploy"


def require(holds, sentence):
    if not holds:
        sys.exit(f"deploy: {sentence}")


documents = {one["kind"]: one for one in yaml.safe_load_all((folder / "migrate-job.yaml").read_text())}
require(set(documents) == {"ConfigMap", "Job"}, "migrate-job.yaml is one ConfigMap and one Job")
settings, job = documents["ConfigMap"]["data"], documents["Job"]
require(all(isinstance(value, str) for value in settings.values()), "a ConfigMap's values are text")
require("-pooler" not in settings["DB_HOST"], "DB_HOST is the server itself, not its pooler")
require(settings["DB_SSLMODE"] == "verify-full", "the server's certificate is checked")

require(job["apiVersion"] == "batch/v1", "a Job is of batch/v1")
spec = job["spec"]
pod = spec["template"]["spec"]
require(pod["restartPolicy"] in ("Never", "OnFailure"), "a Job's pods do not restart for ever")
require(spec["activeDeadlineSeconds"] > 0 and spec["backoffLimit"] >= 0, "the Job ends some day")
require(len(pod["containers"]) == 1, "one container migrates")
container = pod["containers"][0]
require(container["args"][:2] == ["migrate", "up"], "the Job runs honeydue migrate up")
require(container["securityContext"]["runAsNonRoot"] is True, "the container is not root's")

given = set(settings) | {one["name"] for one in container["env"]}
wanted = {"DB_HOST", "DB_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "DB_SSLMODE"}
require(wanted <= given, f"the container is not told {sorted(wanted - given)}")
secrets = {one["name"] for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})}
require("POSTGRES_PASSWORD" in secrets, "the password comes from a Secret")
named = container["envFrom"][0]["configMapRef"]["name"]
require(named == documents["ConfigMap"]["metadata"]["name"], "envFrom names the ConfigMap")

image = (folder / "Dockerfile").read_text()
for source in re.findall(r"^COPY (?!--from)(\S+) ", image, re.M):
    require((root / source).exists(), f"the Dockerfile copies {source}, which is not there")
require('ENTRYPOINT ["honeydue"]' in image, "the Job's args follow the program's name")
require(re.search(r"^USER (\d+)", image, re.M)[1] == str(container["securityContext"]["runAsUser"]),
        "the image and the Job agree on the user")

script = folder / "roll-out"
subprocess.run(["bash", "-n", script], check=True)
require(documents["Job"]["metadata"]["name"] in script.read_text(), "roll-out names the Job")
if len(sys.argv) > 2:
    help_text = subprocess.run([sys.argv[2], "migrate", "up", "--help"], check=True,
                               capture_output=True, text=True).stdout
    help_text += subprocess.run([sys.argv[2], "migrate", "--help"], check=True,
                                capture_output=True, text=True).stdout
    for word in container["args"]:
        if word.startswith("--"):
            require(word in help_text, f"the program knows no {word}")
