//! Files that are often given as evidence and are none: each gets a message of its own.

use crate::formats::rollback::is_changesets;
use crate::formats::smoke::is_testlink;
use crate::source::{Input, Node, Probe};

/// A kind of file that is known and is no evidence.
pub struct Stranger {
    /// What it is: `a Terraform state`.
    pub what: &'static str,
    /// What to give instead.
    pub instead: &'static str,
    /// Whether an artifact is one.
    pub detect: fn(&Probe<'_>) -> bool,
}

/// What signoff wrote itself, in whatever form. Other formats would take some of them for evidence: their tests are the
/// checks of an earlier gate, and a gate without a scan writes SARIF without results.
pub(crate) static OWN: Stranger = Stranger {
    what: "a report of signoff",
    instead: "give the artifacts that it was made of, or name its `report.json` with --baseline",
    detect: is_own,
};

/// Whether this is what signoff wrote itself.
pub(crate) fn is_own_report(content: &[u8]) -> bool {
    Input::open(Box::new(content)).is_ok_and(|input| is_own(&input.probe()))
}

fn is_own(probe: &Probe<'_>) -> bool {
    let json = |root: Node<'_>| {
        let is_tool = |name: Node<'_>| name.str().as_deref() == Some("signoff");
        root.get("schema").str().is_some_and(|schema| schema.starts_with("signoff.report/"))
            || root.get("runs").items().any(|run| is_tool(run.get("tool").get("driver").get("name")))
            || root.get("reportFormat").exists() && is_tool(root.get("results").get("tool").get("name"))
    };
    object(probe, json)
        || probe.xml().is_some_and(|xml| {
            xml.root() == "testsuites" && xml.starts_with("testsuite", &[("package", "signoff"), ("name", "gate")])
        })
}

macro_rules! strangers {
    ($($what:literal, $instead:literal, $detect:expr;)*) => {
        /// Every stranger.
        pub static STRANGERS: &[Stranger] = &[$(Stranger { what: $what, instead: $instead, detect: $detect }),*];
    };
}

strangers! {
    // Containers.
    "a list of Compose projects", "give the containers: `docker compose ps -a --format json`",
        |probe| first(probe, &["Name", "Status", "ConfigFiles"]);
    "a list of the images of a Compose project", "give the containers: `docker compose ps -a --format json`",
        |probe| first(probe, &["ContainerName", "Repository", "Tag"]);
    "a list of Docker images", "give the containers: `docker ps -a --format json`",
        |probe| first(probe, &["Repository", "Tag", "CreatedSince"]);
    "the description of a Docker image", "give the containers: `docker inspect CONTAINER`",
        |probe| first(probe, &["Id", "RepoTags", "RootFS"]);
    "what containers use at a moment (`docker stats`), which says nothing about their health",
        "give `docker ps -a --format json`",
        |probe| first(probe, &["CPUPerc", "MemUsage"]);
    "the text that `docker compose --dry-run` prints, which says nothing about success",
        "describe the rehearsal with `signoff.rollback/1`",
        |probe| line(probe, |line| line.trim_start().starts_with("DRY-RUN MODE -"));
    "a table of containers for people", "add `--format json`",
        |probe| line(probe, |line| line.starts_with("CONTAINER ID ") || has_words(line, &["NAME", "IMAGE", "COMMAND", "SERVICE"]));

    "a list of the services or tasks of a Docker swarm, which says nothing of their health checks",
        "give the containers: `docker ps -a --no-trunc --format json`",
        |probe| first(probe, &["ID", "Mode", "Name", "Replicas"]) || first(probe, &["CurrentState", "DesiredState", "Name"]);

    // Kubernetes and Helm.
    "the version of kubectl", "give the objects: `kubectl get deployments,pods -o json`",
        |probe| probe.is_object_with(&["clientVersion"]);
    "a table of Kubernetes objects for people", "add `-o json`",
        |probe| line(probe, |line| has_words(line, &["NAME", "AGE"]) || has_words(line, &["NAMESPACE", "NAME", "AGE"]));
    "the details of a health check of Kubernetes' API server (`/readyz?verbose`), which says nothing of what runs in the cluster",
        "give the objects: `kubectl get deployments,pods -o json`",
        |probe| line(probe, |line| line.starts_with("[+]") || line.starts_with("[-]"))
            && line(probe, |line| line.ends_with(" check passed") || line.ends_with(" check failed"));
    "the text of a dry run of kubectl, which proves only that the request was accepted",
        "describe the rehearsal with `signoff.rollback/1`",
        |probe| line(probe, |line| line.ends_with(" (dry run)") || line.ends_with(" (server dry run)"));
    "the text of `kubectl rollout`, which says nothing of single pods",
        "give the objects: `kubectl get deployments,replicasets,pods -o json`",
        |probe| line(probe, |line| line.ends_with(" successfully rolled out") || line.ends_with(" rolled back")
            || line.starts_with("Waiting for ") && line.contains(" rollout to finish: ")
            || line.starts_with("error: ") && line.ends_with(" exceeded its progress deadline")
            || has_words(line, &["REVISION", "CHANGE-CAUSE"]));
    "the text that Argo Rollouts prints", "give the objects: `kubectl get rollouts,replicasets,pods -o json`",
        |probe| line(probe, |line| line.trim_start().starts_with("ActualWeight:") || line == "Strategy:        BlueGreen");
    "a table of the revisions of a Helm release for people", "add `-o json`",
        |probe| line(probe, |line| has_words(line, &["REVISION", "UPDATED", "STATUS", "CHART"]));
    "a difference between manifests (`kubectl diff`, `helm diff`), which nobody applied",
        "describe the rehearsal with `signoff.rollback/1`",
        |probe| line(probe, |line| line.starts_with("diff -u -N ") && line.contains("/LIVE-"))
            || line(probe, |line| [") has changed:", ") has been added:", ") has been removed:"].iter().any(|end| line.ends_with(end)))
            || first(probe, &["api", "kind", "namespace", "name", "change"]);
    "the text that Helm prints about a release", "add `-o json`",
        |probe| line(probe, |line| line.starts_with("LAST DEPLOYED: ")) && line(probe, |line| line.starts_with("STATUS: "));
    "a Kubernetes manifest in YAML", "give what the cluster says: `kubectl get -o json`",
        |probe| line(probe, |line| line.starts_with("apiVersion: ")) && line(probe, |line| line.starts_with("kind: "));
    "a Kubernetes object of a kind whose health is not read", "give pods and workloads: `kubectl get deployments,pods -o json`",
        |probe| probe.is_object_with(&["apiVersion", "kind", "metadata"]);
    "a list of Helm releases", "give one release: `helm history RELEASE -o json`",
        |probe| first(probe, &["name", "namespace", "revision", "chart"]);
    "the text that `helm rollback` prints, which is the same with and without `--dry-run`",
        "give `helm history RELEASE -o json`, and describe the rehearsal with `signoff.rollback/1`",
        |probe| line(probe, |line| line.starts_with("Rollback was a success"));

    // Infrastructure and migrations.
    "a Terraform state, which is no dry run", "give the plan: `terraform show -json PLAN`",
        |probe| {
            probe.is_object_with(&["format_version", "values"])
                || probe.is_object_with(&["lineage", "serial"])
                || only(probe, &["format_version"]) || only(probe, &["format_version", "terraform_version"])
        };
    "the result of `terraform validate`, which looks at the syntax only", "give the plan: `terraform show -json PLAN`",
        |probe| probe.is_object_with(&["valid", "error_count", "diagnostics"]);
    "schemas of Terraform providers", "give the plan: `terraform show -json PLAN`",
        |probe| probe.is_object_with(&["format_version", "provider_schemas"]);
    "a Terraform plan for people", "give the plan as JSON: `terraform show -json PLAN`",
        |probe| line(probe, |line| {
            ["Terraform used the selected providers", "OpenTofu used the selected providers",
             "Terraform will perform the following", "OpenTofu will perform the following",
             "No changes. Your infrastructure matches"].iter().any(|start| line.starts_with(start))
        });
    "the state of a Pulumi stack, which is no dry run", "give `pulumi preview --json`",
        |probe| probe.is_object_with(&["version", "deployment"]);
    "a summary of Pulumi without steps", "give `pulumi preview --json`",
        |probe| probe.is_object_with(&["result", "duration", "summary"]);
    "the output of Ansible for people", "set `ANSIBLE_STDOUT_CALLBACK=ansible.posix.json`",
        |probe| line(probe, |line| line.starts_with("PLAY [") || line.starts_with("PLAY RECAP"));
    "a preview of Pulumi for people", "add `--json`",
        |probe| line(probe, |line| line.starts_with("Previewing ")) && line(probe, |line| line == "Resources:");
    "the stack of AWS CloudFormation or what happened to it, which is no dry run",
        "give the change set: `aws cloudformation describe-change-set`",
        |probe| object(probe, |root| ["Stacks", "StackEvents"].iter()
            .any(|key| root.get(key).is_array() && root.get(key).at(0).has(&["StackId", "StackName"])));
    "what Flyway prints for people", "add `-outputType=json`",
        |probe| line(probe, |line| line.starts_with("Flyway ") && line.contains(" Edition "));
    "the log of Alembic", "give what the rollback runs: `alembic downgrade head:-1 --sql > rollback.sql`",
        |probe| line(probe, |line| line.contains("[alembic.runtime.migration] "));
    "the log of Liquibase", "give what the rollback runs: `liquibase rollback-count-sql --count=1 > rollback.sql`",
        |probe| line(probe, |line| line.starts_with("Starting Liquibase at ") || line.starts_with("Liquibase command '"));
    "the log of Entity Framework's migrations", "give what the rollback runs: `dotnet ef migrations script FROM TO > rollback.sql`",
        |probe| line(probe, |line| line.starts_with("Reverting migration '") || line.starts_with("Applying migration '"));
    "the log of Django's migrations", "give what the rollback runs: `python manage.py sqlmigrate --backwards APP NAME > rollback.sql`",
        |probe| line(probe, |line| line == "Planned operations:" || line == "Running migrations:")
            || line(probe, |line| line.starts_with(" [X] ")) && line(probe, |line| line.starts_with(" [ ] "));
    "the log of a tool for migrations", "describe the rehearsal with `signoff.rollback/1`",
        |probe| line(probe, |line| {
            let of_rails = line.starts_with("== ") && [": reverting =", ": reverted (", ": migrating ="].iter().any(|word| line.contains(word));
            let of_knex = line.starts_with("Batch ") && line.contains(" rolled back: ");
            let of_dbmate = line.starts_with("Rolling back: ") || line.starts_with("Rolled back: ");
            let of_goose = line.contains(" OK   ") && line.contains(".sql (");
            of_rails || of_knex || of_dbmate || of_goose || line.starts_with("Reverting all changes from ")
        });
    "an error of Flyway: the command failed", "see its message in the file, and run the command again",
        |probe| object(probe, |root| root.get("error").has(&["errorCode", "message"]));

    // Services.
    "the health of services in Consul", "describe them with `signoff.services/1`",
        |probe| first(probe, &["CheckID", "ServiceName", "Status"]) || first(probe, &["Node", "Service", "Checks"]);
    "a job of Nomad", "describe its services with `signoff.services/1`",
        |probe| first(probe, &["Allocations", "Evaluations"]) || object(probe, |root| root.has(&["ID", "Status", "TaskGroups"]))
            || line(probe, |line| line.starts_with("Task Group  Queued"));
    "the units of systemd", "describe the services with `signoff.services/1`",
        |probe| first(probe, &["unit", "load", "active", "sub"])
            || line(probe, |line| line.trim_start().starts_with("Loaded: ")) && line(probe, |line| line.trim_start().starts_with("Active: "))
            || line(probe, |line| line.starts_with("ActiveState="));
    "the processes of PM2", "describe the services with `signoff.services/1`",
        |probe| first(probe, &["pm2_env", "pm_id"]);
    "the health of the targets of a load balancer", "give the services: `aws ecs describe-services`, or describe them with `signoff.services/1`",
        |probe| object(probe, |root| root.get("TargetHealthDescriptions").is_array());

    // Monitoring.
    "an error of the Prometheus API: the request failed", "see its message in the file, and ask again",
        |probe| object(probe, |root| {
            root.has(&["errorType", "error"]) && root.get("status").str().as_deref() == Some("error")
        });
    "the Alertmanagers that Prometheus knows", "give `/api/v1/alerts`, or `/api/v2/alerts` of Alertmanager",
        |probe| data(probe, |data| data.get("activeAlertmanagers").exists());
    "the build of a Prometheus server", "give `/api/v1/targets` and `/api/v1/alerts`",
        |probe| data(probe, |data| data.has(&["version", "goVersion"]));
    "the runtime or configuration of a Prometheus server", "give `/api/v1/targets` and `/api/v1/alerts`",
        |probe| data(probe, |data| data.has(&["startTime", "goroutineCount"]) || data.get("yaml").exists()
            || data.get("headStats").exists());
    "a list of labels or series of Prometheus", "give the result of a query: `/api/v1/query`",
        |probe| data(probe, |data| data.is_array() && (data.at(0).is_string() || data.at(0).get("__name__").exists()));
    "the answer of a liveness check, which proves only that the server runs", "give `/api/v1/targets` and `/api/v1/alerts`",
        |probe| line(probe, |line| line.starts_with("Prometheus Server is ")) || word(probe, "OK");
    "the word of a health endpoint, which does not say whose it is", "describe the service with `signoff.services/1`",
        |probe| ["Healthy", "Unhealthy", "Degraded", "healthy", "UP", "ok", "pong"].iter().any(|answer| word(probe, answer));
    "a status alone, of whatever", "where a health endpoint answered so, name the format: `--format-of FILE=health-json`",
        |probe| (only(probe, &["status"]) || only(probe, &["status", "message"])) && object(probe, |root| root.get("status").is_string());
    "metrics in the text format of Prometheus", "give the result of a query: `/api/v1/query`",
        |probe| line(probe, |line| line.starts_with("# HELP ") || line.starts_with("# TYPE "));
    "an answer of the Alertmanager API v1, which is gone", "ask `/api/v2/alerts`",
        |probe| object(probe, |root| {
            root.get("status").str().as_deref() == Some("deprecated")
                || root.get("status").exists() && root.get("data").at(0).get("fingerprint").exists()
        });

    // Scanners.
    "the XML report of OWASP Dependency-Check", "give its JSON report: `--format JSON`",
        |probe| probe.xml().is_some_and(|xml| xml.root() == "analysis" && xml.has("scanInfo", 1));
    "the CSV report of OWASP Dependency-Check", "give its JSON report: `--format JSON`",
        |probe| probe.has_columns(&["Project", "DependencyName", "CVE"]);
    "a report of OWASP Dependency-Check for people", "give its JSON report: `--format JSON`",
        |probe| probe.has_root("html") && probe.says("<title>Dependency-Check Report</title>");
    "a bill of materials (CycloneDX) in XML", "give its JSON form: `cyclonedx convert --output-format json`",
        |probe| probe.has_root("bom");
    "the XML report of Nikto", "give its JSON report: `nikto -Format json -output FILE`",
        |probe| probe.has_root("niktoscan");
    "the XML report of Wapiti", "give its JSON report: `wapiti -f json -o FILE`",
        |probe| probe.xml().is_some_and(|xml| xml.root() == "report" && xml.has("report_infos", 1));
    "the XML report of SSLyze", "give its JSON output: `sslyze --json_out=FILE HOST`",
        |probe| probe.xml().is_some_and(|xml| xml.root() == "document" && xml.root_has("SSLyzeVersion"));
    "the CSV report of Nessus, which does not say whether each host was scanned to its end", "give the report itself: Scans > Export > Nessus",
        |probe| probe.has_columns(&["Plugin ID", "Host", "Name"]) || probe.has_columns(&["Plugin", "Plugin Name", "Severity", "IP Address"]);
    "a report of TruffleHog 2 or trufflehog3, which were written in Python", "give the lines of TruffleHog 3: `trufflehog git file://. --json > FILE 2>&1`",
        |probe| probe.records().next().is_some_and(|record| record.has(&["stringsFound", "reason"]))
            || first(probe, &["stringsFound", "reason"])
            || first(probe, &["rule", "path", "line", "secret", "context"]);
    "the findings of Dependency-Track (FPF)", "give its CycloneDX: `/api/v1/bom/cyclonedx/project/UUID?variant=withVulnerabilities`",
        |probe| object(probe, |root| root.path(&["meta", "application"]).str().as_deref() == Some("Dependency-Track"));
    "the text of bundler-audit", "give its JSON report: `bundle-audit check --format json`",
        |probe| line(probe, |line| line == "Vulnerabilities found!")
            || line(probe, |line| line.starts_with("Criticality: ")) && line(probe, |line| line.starts_with("Solution: "));
    "a report about SonarQube for people (sonar-report)", "give the issues: `/api/issues/search?types=VULNERABILITY&ps=500`",
        |probe| object(probe, |root| root.has(&["sonarBaseURL", "sonarComponent", "issues"]));
    "a page of the issues of Snyk's API", "give the report of `snyk test --json`",
        |probe| object(probe, |root| root.has(&["jsonapi"]) && root.get("data").at(0).get("attributes").has(&["effective_severity_level"]));
    "a report of govulncheck before its protocol v1", "make it anew with a version since 1.0: `govulncheck -format json ./... > FILE`",
        |probe| object(probe, |root| root.has(&["Vulns", "Modules", "Imports"]));
    "the report of Symfony's or local-php-security-checker", "give `composer audit --format=json`",
        |probe| object(probe, |root| root.members().next().is_some_and(|(_, package)| {
            package.get("advisories").at(0).has(&["title", "link", "cve"])
        }));
    "the quality gate of SonarQube, which says nothing of single issues",
        "give the issues: `/api/issues/search?types=VULNERABILITY&ps=500`",
        |probe| object(probe, |root| root.get("projectStatus").has(&["status", "conditions"]));
    "the report of kube-bench", "map it with `[[format]]`",
        |probe| object(probe, |root| root.has(&["Totals"]) && root.get("Controls").is_array());
    "the report of Prowler", "map it with `[[format]]`",
        |probe| probe.elements().next().is_some_and(|node| {
            node.path(&["metadata", "product", "name"]).str().as_deref() == Some("Prowler")
        });
    "the report of Prowler 3", "map it with `[[format]]`",
        |probe| first(probe, &["AssessmentStartTime", "CheckID", "Status"]);
    "the report of Scout Suite", "map it with `[[format]]`",
        |probe| object(probe, |root| root.has(&["provider_code", "services", "last_run"]));
    "the report of Dockle in its own JSON", "write it as SARIF: `dockle --format sarif --output FILE IMAGE`",
        |probe| object(probe, |root| root.get("summary").has(&["fatal", "warn", "info", "skip", "pass"]) && root.get("details").exists());
    "the report of Horusec in its own JSON", "write it as SARIF: `horusec start --output-format sarif --json-output-file FILE`",
        |probe| object(probe, |root| root.has(&["analysisVulnerabilities", "status"]));
    "a report of JFrog Xray", "write it as SARIF: `jf audit --format sarif`, `jf docker scan --format sarif IMAGE`",
        |probe| object(probe, |root| root.has(&["vulnerabilities", "securityViolations"]))
            || first(probe, &["scan_id", "component_id", "vulnerabilities"]);
    "a report of Clair", "map it with `[[format]]`, or scan the image: `grype IMAGE -o json`",
        |probe| object(probe, |root| root.has(&["unapproved", "vulnerabilities"]) || root.has(&["manifest_hash", "package_vulnerabilities"]));
    "the vulnerabilities of an image in Anchore", "map them with `[[format]]`, or scan the image: `grype IMAGE -o json`",
        |probe| object(probe, |root| root.has(&["imageDigest", "vulnerabilities"]));
    "the report of twistcli (Prisma Cloud)", "map it with `[[format]]`",
        |probe| object(probe, |root| root.get("results").at(0).has(&["id", "distro", "vulnerabilities"])
            || root.get("results").at(0).has(&["id", "complianceScanPassed"]));
    "the report of a pipeline scan of Veracode", "map it with `[[format]]`",
        |probe| object(probe, |root| root.has(&["scan_id", "scan_status", "findings"]));
    "the static analysis of an app by MobSF", "map it with `[[format]]`, or scan the source: `mobsfscan --sarif`",
        |probe| object(probe, |root| root.has(&["app_name", "file_name", "app_type"]) && root.get("appsec").exists());
    "the report of ggshield in its own JSON", "write it as SARIF: `ggshield secret scan repo . --format sarif`",
        |probe| object(probe, |root| root.has(&["total_incidents", "total_occurrences"]));
    "the report of `bun audit`", "scan the lock file: `osv-scanner scan --lockfile bun.lock --format json`",
        |probe| object(probe, |root| root.members().next().is_some_and(|(_, list)| {
            list.at(0).has(&["id", "url", "title", "severity", "vulnerable_versions"])
        }));
    "a page of the alerts of GitHub's API", "give the scanner's own report, or map all pages with `[[format]]`",
        |probe| first(probe, &["number", "state", "security_advisory"])
            || first(probe, &["number", "rule", "tool", "most_recent_instance"])
            || first(probe, &["number", "state", "secret_type"]);
    "the findings of Amazon ECR", "map them with `[[format]]`",
        |probe| object(probe, |root| root.has(&["imageScanFindings"]));
    "the CSV report of testssl.sh", "give its JSON report: `testssl.sh --jsonfile-pretty FILE`",
        |probe| probe.has_columns(&["id", "fqdn/ip", "port", "severity", "finding"]);
    "the report of `snyk iac test` in Snyk's own JSON", "write it as SARIF: `snyk iac test --sarif`",
        |probe| object(probe, |root| root.has(&["infrastructureAsCodeIssues"]))
            || probe.elements().any(|node| node.has(&["infrastructureAsCodeIssues"]));
    "a report of Xeol, which looks for what is out of support and for no vulnerability", "give `grype IMAGE -o json`",
        |probe| object(probe, |root| root.path(&["descriptor", "name"]).str().as_deref() == Some("xeol"));
    "a list of components (SPDX), which is no scan", "scan it: `grype sbom:FILE -o json`",
        |probe| probe.is_object_with(&["spdxVersion"]);
    "a list of components (Syft), which is no scan", "scan it: `grype sbom:FILE -o json`",
        |probe| probe.is_object_with(&["artifacts", "artifactRelationships", "descriptor"]);
    "a security advisory (CSAF), which is no scan", "state what it says of your product as OpenVEX: `vexctl create`",
        |probe| object(probe, |root| root.get("document").has(&["csaf_version"]));
    "the report of tfsec in its own JSON", "write it as SARIF: `tfsec --format sarif`",
        |probe| object(probe, |root| root.get("results").at(0).has(&["rule_id", "long_id"]));
    "the report of Terrascan in its own JSON", "write it as SARIF: `terrascan scan --output sarif`",
        |probe| object(probe, |root| root.get("results").has(&["violations", "scan_summary"]));
    "the report of Kubescape in its own JSON", "write it as SARIF: `kubescape scan --format sarif`",
        |probe| probe.is_object_with(&["summaryDetails", "results"]);
    "the report of njsscan in its own JSON", "write it as SARIF: `njsscan --sarif`",
        |probe| probe.is_object_with(&["njsscan_version"]);
    "the report of mobsfscan in its own JSON", "write it as SARIF: `mobsfscan --sarif`",
        |probe| probe.is_object_with(&["mobsfscan_version"]);
    "the report of Hadolint in its own JSON", "write it as SARIF: `hadolint --format sarif`",
        |probe| first(probe, &["code", "column", "file", "level", "line", "message"])
            && probe.elements().all(|node| node.get("code").is_string());
    "the report of ESLint in its own JSON", "write it as SARIF: `eslint --format @microsoft/eslint-formatter-sarif`",
        |probe| first(probe, &["filePath", "messages", "errorCount"]);
    "a baseline of detect-secrets, which lists what is known", "give the report of another scanner, or map it with `[[format]]`",
        |probe| probe.is_object_with(&["plugins_used", "results", "generated_at"]);
    "a report about the quality of code (Code Climate, GitLab)", "give the scanner's security report, or SARIF",
        |probe| first(probe, &["description", "fingerprint", "severity", "location"]);
    "the alerts of ZAP's API, which do not say what was scanned", "give the report: `zap-baseline.py -J zap.json`, the template `traditional-json`",
        |probe| {
            let is_alert = |node: Node<'_>| node.has(&["pluginId", "risk", "confidence", "url"]);
            object(probe, |root| is_alert(root.get("alerts").at(0))) || probe.elements().next().is_some_and(is_alert)
        };
    "a report of ZAP for people", "give its JSON report: `zap-baseline.py -J zap.json`, the template `traditional-json`",
        |probe| line(probe, |line| line.starts_with("# ZAP ") && line.trim_end().ends_with("Scanning Report")
                || line.trim_end() == "ZAP by [Checkmarx](https://checkmarx.com/).")
            || probe.has_root("html") && ["ZAP", "ZAP by Checkmarx"].iter()
                .any(|name| probe.says(&format!("<title>{name} Scanning Report</title>")));
    "a table of Trivy for people", "add `--format json`",
        |probe| line(probe, |line| line.starts_with("Total: ") && line.contains("CRITICAL: "));
    "a table of Grype for people", "add `-o json`",
        |probe| line(probe, |line| has_words(line, &["NAME", "INSTALLED", "VULNERABILITY", "SEVERITY"]));
    "the text of `npm audit`", "add `--json`",
        |probe| line(probe, |line| line == "# npm audit report" || line == "found 0 vulnerabilities");
    "the report of Bandit for people", "give its JSON report: `bandit --format json`",
        |probe| probe.has_root("html") && probe.says("<title>") && probe.says("Bandit Report");
    "the CSV report of Bandit", "give its JSON report: `bandit --format json`",
        |probe| probe.has_columns(&["filename", "test_name", "test_id", "issue_severity"]);
    "the diagnostics of cargo-deny", "write them as SARIF: `cargo deny --format sarif check advisories`, or give `cargo audit --json`",
        |probe| probe.records().next().is_some_and(|record| {
            record.get("fields").exists() && record.get("type").str().is_some_and(|kind| ["diagnostic", "summary", "log"].contains(&&*kind))
        });
    "a report of OpenVAS (Greenbone)", "describe its findings with `signoff.security/1`",
        |probe| probe.xml().is_some_and(|xml| xml.root() == "report" && (xml.has("gmp", 2) || xml.has("gmp", 1)));
    "the text report of Bandit", "add `--format json`",
        |probe| line(probe, |line| line.starts_with("Run started:")) && line(probe, |line| line == "Test results:");
    "the output of Nuclei for people", "add `-jsonl -matcher-status`",
        |probe| line(probe, |line| line.starts_with('[')
            && ["[info] ", "[low] ", "[medium] ", "[high] ", "[critical] "].iter().any(|word| line.contains(word))
            && ["[http] ", "[ssl] ", "[dns] ", "[tcp] "].iter().any(|kind| line.contains(kind)));
    "a scan of ports (Nmap)", "give the report of a scanner of vulnerabilities, such as `nuclei -jsonl -matcher-status`",
        |probe| probe.has_root("nmaprun");
    "a summary of HTTP Observatory without its tests", "give the tests too: `mdn-http-observatory-scan HOST`",
        |probe| probe.is_object_with(&["grade", "score", "tests_failed"]);

    // Tests.
    "a report of Playwright for people", "write it as JSON: `npx playwright test --reporter=json`",
        |probe| is_page(probe, &["<title>Playwright Test Report</title>"]);
    "a note of Playwright that its last run did not pass", "give the results of that run, or run the tests again",
        |probe| object(probe, |root| root.has(&["status", "failedTests"]) && root.get("status").str().as_deref() != Some("passed"));
    "a report of pytest-html for people", "give `pytest --junitxml=FILE`",
        |probe| is_page(probe, &[">pytest-html</a>"]);
    "a report of Cucumber for people", "give its messages: `cucumber-js --format message:FILE`",
        |probe| is_page(probe, &["<title>Cucumber</title>"]);
    "a report of Newman for people", "give its JSON report: `newman run COLLECTION --reporters json`",
        |probe| is_page(probe, &["<title>Newman Summary Report</title>"]);
    "a report of Bruno for people", "give its JSON report: `bru run --reporter-json FILE`",
        |probe| is_page(probe, &["<title>Bruno</title>"]);
    "a report of RSpec for people", "give its JSON report: `rspec --format json --out FILE`",
        |probe| is_page(probe, &["<title>RSpec results</title>"]);
    "what Cypress returns to the script that runs it", "write JUnit XML: `cypress run --reporter junit`",
        |probe| probe.is_object_with(&["runs", "totalTests", "totalPassed", "cypressVersion"]);
    "a report of code coverage, which does not say how a test ended", "leave it out",
        |probe| probe.xml().is_some_and(|xml| match xml.root() {
            "coverage" => xml.has("packages", 1) || xml.has("sources", 1) || xml.has("project", 1),
            "report" => xml.has("sessioninfo", 1) && (xml.has("package", 1) || xml.has("group", 1)),
            _ => false,
        }) || line(probe, |line| line.starts_with("SF:")) && line(probe, |line| line == "end_of_record");
    "a specification of TestLink, which says what is to be tested and not what came of it",
        "give the results of the run, as JUnit XML",
        is_testlink;
    "the log of pytest-reportlog", "give `pytest --junitxml=FILE`",
        |probe| probe.records().next().is_some_and(|record| record.has(&["$report_type"]));
    "a part of a run of Vitest (its blob)", "put the parts together: `vitest run --merge-reports --reporter=json --outputFile=FILE`",
        |probe| {
            let mut elements = probe.elements();
            let starts = elements.next().is_some_and(|first| first.is_array() && first.at(0).str().as_deref() == Some("1"));
            starts && elements.next().is_some_and(|version| version.str().is_some_and(|version| version.contains('.')))
        };
    "a part of a run of Playwright (its blob)", "put the parts together: `npx playwright merge-reports --reporter=json FOLDER`",
        |probe| probe.first().is_some_and(|event| event.get("method").str().as_deref() == Some("onBlobReportMetadata"));
    "the results of Xcode as JSON", "write JUnit XML: `xcodebuild test … | xcbeautify --report junit`",
        |probe| probe.is_object_with(&["testNodes", "testPlanConfigurations"])
            || probe.is_object_with(&["totalTestCount", "testFailures", "passedTests"]);
    "a recording of requests (HAR), which does not say how a test ended", "leave it out",
        |probe| object(probe, |root| root.get("log").has(&["version", "creator", "entries"]));
    "what the test runner of Node prints for people", "write JUnit XML: `node --test --test-reporter=junit`",
        |probe| line(probe, |line| line.starts_with("ℹ tests ")) && line(probe, |line| line.starts_with("ℹ fail "));
    "what pytest prints for people", "give `pytest --junitxml=FILE`",
        |probe| line(probe, |line| line.starts_with("====") && line.contains(" test session starts "));
    "what PHPUnit prints for people", "give `phpunit --log-junit FILE`",
        |probe| line(probe, |line| line.starts_with("PHPUnit ") && line.ends_with(" by Sebastian Bergmann and contributors."));
    "what `go test` prints for people", "give `go test -json`",
        |probe| line(probe, |line| line.starts_with("--- PASS: ") || line.starts_with("--- FAIL: "))
            || line(probe, |line| line.starts_with("ok  \t") || line.starts_with("FAIL\t"));
    "what Jest or Vitest prints for people", "give its JSON: `jest --json --outputFile=FILE`, `vitest run --reporter=json --outputFile=FILE`",
        |probe| line(probe, |line| line.starts_with("Test Suites: ")) && line(probe, |line| line.starts_with("Snapshots: "))
            || line(probe, |line| line.starts_with(" Test Files  ")) && line(probe, |line| line.starts_with("      Tests  "));
    "the log of Maven", "give JUnit XML: `target/surefire-reports/TEST-*.xml`, `target/failsafe-reports/TEST-*.xml`",
        |probe| line(probe, |line| line.starts_with("[INFO] Scanning for projects...") || line.contains("] Tests run: "));
    "what `cargo test` prints for people", "write JUnit XML with cargo-nextest, or give `cargo test -- -Z unstable-options --format json`",
        |probe| line(probe, |line| line.starts_with("test result: ok. ") || line.starts_with("test result: FAILED. "));
    "what Newman prints for people", "give its JSON report: `newman run COLLECTION --reporters json`",
        |probe| line(probe, |line| line.trim() == "newman") && line(probe, |line| line.contains(" executed │") && line.contains(" failed │"));
    "the XML of Catch2", "write JUnit XML: `--reporter junit::out=FILE`, or `-r junit -o FILE` with Catch2 2",
        |probe| probe.has_root("Catch2TestRun") || probe.has_root("Catch");
    "the XML of doctest", "write JUnit XML: `--reporters=junit --out=FILE`",
        |probe| probe.has_root("doctest");
    "the XML of CTest for a dashboard", "write JUnit XML: `ctest --output-junit FILE`",
        |probe| probe.has_root("Site") && probe.xml().is_some_and(|xml| xml.has("Testing", 1));
    "the XML of Boost.Test", "write JUnit XML: `--logger=JUNIT,all,FILE`",
        |probe| probe.has_root("TestLog") || probe.has_root("TestResult") && probe.xml().is_some_and(|xml| xml.has("TestSuite", 1));
    "the XML of Qt Test", "write JUnit XML: `-o FILE,junitxml`",
        |probe| probe.has_root("TestCase") && probe.xml().is_some_and(|xml| xml.has("TestFunction", 1));
    "what CTest prints for people", "write JUnit XML: `ctest --output-junit FILE`",
        |probe| line(probe, |line| line.starts_with("Test project ")) && line(probe, |line| line.contains(" tests passed, "));
    "service messages of TeamCity", "write JUnit XML with the test tool's own reporter",
        |probe| line(probe, |line| line.starts_with("##teamcity[testStarted "));
    "a report of Allure 1", "give the results of Allure 2: the folder `allure-results` with `*-result.json`",
        |probe| probe.xml().is_some_and(|xml| xml.root() == "test-suite" && xml.has("test-cases", 1));

    // Rollbacks.
    "a list of Liquibase's changesets, whose statements lead forward",
        "give what the rollback runs: `liquibase rollback-count-sql --count=1 > rollback.sql`",
        |probe| probe.text().is_some_and(is_changesets);

    // Load tests.
    "a report of k6 for people", "give `k6 run --summary-export=FILE`",
        |probe| is_page(probe, &["<title>k6 report</title>", "benc-uk/k6-reporter"]);
    "a report of Locust for people", "give its statistics: `locust --csv PREFIX`",
        |probe| is_page(probe, &["<title>Locust</title>", "<h1>Locust Test Report</h1>", "<title>Test Report for "]);
    "k6's text summary", "give `k6 run --summary-export=FILE`",
        |probe| line(probe, |line| ["http_req_duration.", "iteration_duration."].iter().any(|start| line.trim_start().starts_with(start)))
            && line(probe, |line| line.contains("avg="));
    "h2load's text summary", "describe the run with `signoff.load/1`, or load it with a tool that is read",
        |probe| line(probe, |line| line.starts_with("requests: ") && line.contains(" started, "))
            && line(probe, |line| line.starts_with("status codes: "));
    "the text report of Vegeta", "give `vegeta report -type=json`",
        |probe| line(probe, |line| line.starts_with("Requests      [total, rate") || line.starts_with("Bucket         #")
            || line.starts_with("Value(ms)  Percentile  TotalCount"));
    "the results of Vegeta in their binary form", "give them as JSON: `vegeta encode --to json FILE`",
        |probe| probe.is_binary() && ["Attack", "Timestamp", "Latency", "BytesOut", "BytesIn"].iter().all(|name| probe.says(name));
    "a JMeter result without the names of its columns",
        "write it with `jmeter.save.saveservice.print_field_names=true`",
        |probe| probe.header().is_some_and(|fields| {
            let number = |index: usize| fields.get(index).is_some_and(|f| f.bytes().all(|b| b.is_ascii_digit()));
            let judged = fields.iter().any(|field| field == "true" || field == "false");
            fields.len() >= 8 && fields[0].len() == 13 && number(0) && number(1) && judged
        });
    "oha's text summary", "give `oha --no-tui --output-format json`",
        |probe| line(probe, |line| line.trim_start().starts_with("Success rate:"))
            && line(probe, |line| line == "Status code distribution:" || line == "Error distribution:");
    "ghz's text summary or CSV", "give `ghz -O json`",
        |probe| probe.has_columns(&["duration (ms)", "status", "error"])
            || line(probe, |line| line.trim_start().starts_with("Count:")) && line(probe, |line| line == "Response time histogram:");
    "the text output of bombardier", "give `bombardier -l -p r -o json`",
        |probe| line(probe, |line| line.starts_with("Bombarding "));
    "the text output of autocannon", "give `autocannon --json`",
        |probe| line(probe, |line| line.starts_with("\u{2502} Stat "));
    "the text output of Artillery", "give `artillery run -o FILE`",
        |probe| line(probe, |line| line.trim_start().starts_with("Summary report @ "));
    "a report of Artillery for people", "give `artillery run -o FILE`",
        |probe| is_page(probe, &["<title>Artillery report</title>"]);
    "the text output of Fortio", "give `fortio load -json FILE`",
        |probe| line(probe, |line| line.starts_with("Fortio ") && line.contains(" running at "));
    "what JMeter logs, which has no percentiles", "give its results: `jmeter -n -t PLAN -l FILE`",
        |probe| line(probe, |line| [" = ", " + "].iter().any(|word| line.contains(word)) && line.contains("/s Avg: ")
            || line.contains(" INFO o.a.j."));
    "the text output of Gatling", "give `js/stats.json` of its report",
        |probe| line(probe, |line| line.starts_with("---- Global Information "));
    "a report of Gatling for people", "give `js/stats.json` beside it",
        |probe| is_page(probe, &["<title>Gatling Stats"]);
    "the dashboard of JMeter for people", "give `statistics.json` beside it, or the results: `jmeter -n -t PLAN -l FILE`",
        |probe| is_page(probe, &["<title>Apache JMeter Dashboard</title>"]);
    "the table that Locust prints", "give its statistics: `locust --csv PREFIX`",
        |probe| line(probe, |line| has_words(line, &["Type", "Name", "reqs", "fails"]));
    "the log of Siege, which lacks the slowest request", "give `siege -j`, or all that `siege` prints",
        |probe| probe.has_columns(&["Trans", "Elap Time", "OKAY"]);
    "the statistics of Tsung", "describe the run with `signoff.load/1`, or load it with a tool that is read",
        |probe| line(probe, |line| line.starts_with("# stats: dump at "));
    "a report of NBomber", "describe the run with `signoff.load/1`, or load it with a tool that is read",
        |probe| probe.has_columns(&["scenario", "step_name", "request_count"])
            || line(probe, |line| line.trim_end() == "> scenario stats") || probe.is_object_with(&["ScenarioStats"]);
    "the summary of drill", "describe the run with `signoff.load/1`, or load it with a tool that is read",
        |probe| line(probe, |line| line.starts_with("Successful requests ")) && line(probe, |line| line.starts_with("Median time per request "));
    "the summary of Rally", "describe the run with `signoff.load/1`, or load it with a tool that is read",
        |probe| probe.has_columns(&["Metric", "Task", "Value", "Unit"])
            || line(probe, |line| line.starts_with('|') && ["Metric |", "Task |", "Value |", "Unit |"].iter().all(|word| line.contains(word)));
    "a benchmark of a database (pgbench, sysbench, YCSB)", "where it loads the release, describe the run with `signoff.load/1`",
        |probe| line(probe, |line| line.starts_with("number of transactions actually processed: ")
            || line.starts_with("[OVERALL], ") || line == "General statistics:");
    "hey's text summary", "give `hey -o csv`",
        |probe| !line(probe, |line| line.trim_start().starts_with("Success rate:")) && line(probe, |line| line == "Response time histogram:")
            && line(probe, |line| line == "Status code distribution:");
    "the percentiles of ApacheBench alone", "give all that `ab` prints",
        |probe| probe.has_columns(&["Percentage served", "Time in ms"]);

    // Anything.
    "a pointer of Git LFS, not the file itself", "fetch the file: `git lfs pull`",
        |probe| line(probe, |line| line.starts_with("version https://git-lfs.github.com/"));
    "an error of a web API: the request failed", "see its message in the file, and ask again",
        |probe| probe.is_object_with(&["message", "documentation_url"]);
    "an HTML page, perhaps the error page of a proxy", "see what the request that wrote the file was answered",
        |probe| probe.has_root("html") || probe.has_root("HTML");
}

/// Whether it is a page that says one of these words.
fn is_page(probe: &Probe<'_>, words: &[&str]) -> bool {
    probe.has_root("html") && words.iter().any(|words| probe.says(words))
}

fn object(probe: &Probe<'_>, is: impl Fn(Node<'_>) -> bool) -> bool {
    probe.document().is_some_and(is)
}

/// Whether it is an object with these keys and no others.
fn only(probe: &Probe<'_>, keys: &[&str]) -> bool {
    object(probe, |root| root.has(keys) && root.len() == keys.len())
}

/// Whether it is an answer of the Prometheus API with such data.
fn data(probe: &Probe<'_>, is: impl Fn(Node<'_>) -> bool) -> bool {
    object(probe, |root| root.get("status").str().as_deref() == Some("success") && is(root.get("data")))
}

/// Whether the first record, of an array or of lines, has all of these keys.
fn first(probe: &Probe<'_>, keys: &[&str]) -> bool {
    probe.elements().next().is_some_and(|node| node.has(keys)) || probe.first().is_some_and(|node| node.has(keys))
}

/// Whether one of the lines of a text is such a line.
fn line(probe: &Probe<'_>, is: impl Fn(&str) -> bool) -> bool {
    probe.text().is_some_and(|text| text.lines().any(is))
}

/// Whether the text is nothing but this word.
fn word(probe: &Probe<'_>, word: &str) -> bool {
    probe.text().is_some_and(|text| text.trim() == word)
}

/// Whether a line is the head of a table with these columns, the first one first.
fn has_words(line: &str, words: &[&str]) -> bool {
    line.starts_with(words[0]) && words.iter().all(|word| line.split_whitespace().any(|w| w == *word))
}
