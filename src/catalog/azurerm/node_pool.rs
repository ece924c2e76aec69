//! Pools of nodes of a Kubernetes cluster: the one that a cluster is made with, and further ones, have the same rows.

use std::sync::{Arc, LazyLock};

use super::table::{
    Codec, Hooks, Part, Place, Row, Rule, Table, What, block, blocks, doc, flag, number, tags, text,
    text_map, text_set, texts,
};
use crate::catalog::lens::{Claim, ClaimOptions, Context, Problem, Replace, Stop, Target};
use crate::catalog::value::{argument, error, put, same, text as known};
use crate::lang::{Number, Type, Value};

pub(super) const CLUSTERS: &str = "Microsoft.ContainerService/managedClusters";
pub(super) const POOLS: &str = "Microsoft.ContainerService/managedClusters/agentPools";
pub(super) const VERSION: &str = "2025-10-01";
const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets";

/// Which pool the rows are of.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Pool {
    /// The block `default_node_pool` of a cluster.
    First,
    /// A resource of its own.
    Further,
}

/// A word that differs makes a cluster, or a pool, anew.
fn anew(before: &Value, after: &Value) -> Replace {
    if same(before, after) { Replace::No } else { Replace::Yes }
}

/// Nodes are never changed in this: the pool is made anew, while a temporary one stands in for it.
fn rotated(before: &Value, after: &Value) -> Replace {
    if same(before, after) { Replace::No } else { rotate() }
}

fn rotate() -> Replace {
    Replace::Rotate(
        "The nodes of a pool are not changed in this in place. Write `temporary_name_for_rotation`: a pool of that name takes its place while it is made anew.".into(),
    )
}

/// A row, and all below it, of which a change needs other nodes.
fn nodes(mut row: Row) -> Row {
    if let What::Block(block) = &mut row.what {
        block.rows = std::mem::take(&mut block.rows).into_iter().map(nodes).collect();
    }
    row.replaces(rotated)
}

/// Ubuntu and Azure Linux follow each other in place; other systems need other nodes.
fn follows(before: &Value, after: &Value) -> bool {
    let open = |v: &Value| v.as_str().is_none_or(|t| t.starts_with("Ubuntu") || t.starts_with("AzureLinux"));
    open(before) && open(after)
}

fn other_system(before: &Value, after: &Value) -> Replace {
    if follows(before, after) { Replace::No } else { Replace::Yes }
}

fn other_system_first(before: &Value, after: &Value) -> Replace {
    if follows(before, after) { Replace::No } else { rotate() }
}

/// Gives the claim of a pool what stands in for it while it is made anew.
pub(super) fn stand_in(pool: &Value, claim: &mut Claim) {
    let name = known(pool, "temporary_name_for_rotation").filter(|n| Some(*n) != known(pool, "name"));
    let Target::Id(id) = &claim.target else { return };
    let beside = name.and_then(|name| id.parent()?.child("agentPools", name).ok());
    if beside.is_some() {
        claim.options = Some(Arc::new(ClaimOptions { stand_in: beside, ..ClaimOptions::default() }));
    }
}

/// What cannot be taken back.
fn taken_back(before: &Value, after: &Value) -> Replace {
    let none = |v: &Value| v.is_null() || v.as_str() == Some("") || v.as_number() == Some(&Number::from(0));
    if none(after) && !none(before) { Replace::Yes } else { Replace::No }
}

const CRITICAL: &str = "CriticalAddonsOnly=true:NoSchedule";

fn put_critical(only: &Value) -> Value {
    let all = if only.as_bool() == Some(true) { vec![CRITICAL.into()] } else { Vec::new() };
    Value::tuple(all)
}

fn take_critical(live: &Value) -> Option<Value> {
    Some(live.as_sequence()?.iter().any(|t| t.as_str() == Some(CRITICAL)).into())
}

/// A map as a list of tags with a type.
fn put_ip_tags(tags: &Value) -> Value {
    let item = |(name, value): (&Arc<str>, &Value)| {
        Value::object([("ipTagType", Value::string(name)), ("tag", value.clone())])
    };
    Value::tuple(tags.as_entries().into_iter().flatten().map(item).collect())
}

fn take_ip_tags(live: &Value) -> Option<Value> {
    let items = live.as_sequence()?.iter();
    Some(Value::object(
        items.filter_map(|i| Some((known(i, "ipTagType")?.to_owned(), i.get("tag")?.clone()))),
    ))
}

/// One end of a range of ports: both ends are one text.
fn port(name: &'static str, least: i64, most: i64, take: fn(&Value) -> Option<Value>) -> Row {
    number(name).at("netIpv4IpLocalPortRange").range(least, most).codec(Codec::Hook(Value::clone, take))
}

fn end_of(live: &Value, at: usize) -> Option<Value> {
    live.as_str()?.split_whitespace().nth(at).and_then(Number::parse).map(Value::from)
}

fn kubelet() -> Row {
    let count = |name: &'static str, path: &'static str| number(name).at(path);
    block(
        "kubelet_config",
        vec![
            text_set("allowed_unsafe_sysctls").at("allowedUnsafeSysctls"),
            number("container_log_max_files").both().at("containerLogMaxFiles").range(2, i64::MAX),
            number("container_log_max_line")
                .both()
                .until(4)
                .deprecated("container_log_max_files")
                .range(2, i64::MAX)
                .alias("container_log_max_files"),
            count("container_log_max_size_mb", "containerLogMaxSizeMB"),
            flag("cpu_cfs_quota_enabled").default(true).at("cpuCfsQuota"),
            text("cpu_cfs_quota_period").at("cpuCfsQuotaPeriod"),
            text("cpu_manager_policy").at("cpuManagerPolicy").one_of(&["none", "static"]),
            count("image_gc_high_threshold", "imageGcHighThreshold").range(0, 100),
            count("image_gc_low_threshold", "imageGcLowThreshold").range(0, 100),
            count("pod_max_pid", "podMaxPids"),
            text("topology_manager_policy").at("topologyManagerPolicy").one_of(&[
                "none",
                "best-effort",
                "restricted",
                "single-numa-node",
            ]),
        ],
    )
    .at("kubeletConfig")
    .cleared()
    .rule(Rule::Conflict("container_log_max_files", "container_log_max_line"))
}

/// Settings of the kernel: argument, property, least and most.
const KERNEL: &[(&str, &str, i64, i64)] = &[
    ("fs_aio_max_nr", "fsAioMaxNr", 65_536, 6_553_500),
    ("fs_file_max", "fsFileMax", 8192, 12_000_500),
    ("fs_inotify_max_user_watches", "fsInotifyMaxUserWatches", 781_250, 2_097_152),
    ("fs_nr_open", "fsNrOpen", 8192, 20_000_500),
    ("kernel_threads_max", "kernelThreadsMax", 20, 513_785),
    ("net_core_netdev_max_backlog", "netCoreNetdevMaxBacklog", 1000, 3_240_000),
    ("net_core_optmem_max", "netCoreOptmemMax", 20_480, 4_194_304),
    ("net_core_rmem_default", "netCoreRmemDefault", 212_992, 134_217_728),
    ("net_core_rmem_max", "netCoreRmemMax", 212_992, 134_217_728),
    ("net_core_somaxconn", "netCoreSomaxconn", 4096, 3_240_000),
    ("net_core_wmem_default", "netCoreWmemDefault", 212_992, 134_217_728),
    ("net_core_wmem_max", "netCoreWmemMax", 212_992, 134_217_728),
    ("net_ipv4_neigh_default_gc_thresh1", "netIpv4NeighDefaultGcThresh1", 128, 80_000),
    ("net_ipv4_neigh_default_gc_thresh2", "netIpv4NeighDefaultGcThresh2", 512, 90_000),
    ("net_ipv4_neigh_default_gc_thresh3", "netIpv4NeighDefaultGcThresh3", 1024, 100_000),
    ("net_ipv4_tcp_fin_timeout", "netIpv4TcpFinTimeout", 5, 120),
    ("net_ipv4_tcp_keepalive_intvl", "netIpv4TcpkeepaliveIntvl", 10, 90),
    ("net_ipv4_tcp_keepalive_probes", "netIpv4TcpKeepaliveProbes", 1, 15),
    ("net_ipv4_tcp_keepalive_time", "netIpv4TcpKeepaliveTime", 30, 432_000),
    ("net_ipv4_tcp_max_syn_backlog", "netIpv4TcpMaxSynBacklog", 128, 3_240_000),
    ("net_ipv4_tcp_max_tw_buckets", "netIpv4TcpMaxTwBuckets", 8000, 1_440_000),
    ("net_netfilter_nf_conntrack_buckets", "netNetfilterNfConntrackBuckets", 65_536, 524_288),
    ("net_netfilter_nf_conntrack_max", "netNetfilterNfConntrackMax", 131_072, 2_097_152),
    ("vm_max_map_count", "vmMaxMapCount", 65_530, 262_144),
    ("vm_swappiness", "vmSwappiness", 0, 100),
    ("vm_vfs_cache_pressure", "vmVfsCachePressure", 0, 100),
];

fn linux() -> Row {
    let pages: &[&str] = &["always", "madvise", "never"];
    let mut kernel: Vec<Row> = KERNEL
        .iter()
        .map(|(name, property, least, most)| number(name).at(property).range(*least, *most))
        .collect();
    kernel.extend([
        flag("net_ipv4_tcp_tw_reuse").at("netIpv4TcpTwReuse"),
        port("net_ipv4_ip_local_port_range_min", 1024, 60_999, |live| end_of(live, 0)),
        port("net_ipv4_ip_local_port_range_max", 32_768, 65_535, |live| end_of(live, 1)),
    ]);
    block(
        "linux_os_config",
        vec![
            number("swap_file_size_mb").at("swapFileSizeMB"),
            text("transparent_huge_page").both().at("transparentHugePageEnabled").one_of(pages),
            text("transparent_huge_page_enabled")
                .both()
                .until(4)
                .deprecated("transparent_huge_page")
                .one_of(pages)
                .alias("transparent_huge_page"),
            text("transparent_huge_page_defrag").at("transparentHugePageDefrag").one_of(&[
                "always",
                "defer",
                "defer+madvise",
                "madvise",
                "never",
            ]),
            block("sysctl_config", kernel).at("sysctls").cleared(),
        ],
    )
    .at("linuxOSConfig")
    .cleared()
    .rule(Rule::Conflict("transparent_huge_page", "transparent_huge_page_enabled"))
}

fn network() -> Row {
    let port = |name: &'static str, path: &'static str| number(name).at(path).range(1, 65_535);
    block(
        "node_network_profile",
        vec![
            texts("application_security_group_ids")
                .at("applicationSecurityGroups")
                .arm_id("Microsoft.Network/applicationSecurityGroups"),
            text_map("node_public_ip_tags")
                .new()
                .at("nodePublicIPTags")
                .codec(Codec::Hook(put_ip_tags, take_ip_tags)),
            blocks(
                "allowed_host_ports",
                vec![
                    port("port_start", "portStart"),
                    port("port_end", "portEnd"),
                    text("protocol").at("protocol").one_of(&["TCP", "UDP"]),
                ],
            )
            .at("allowedHostPorts")
            .cleared(),
        ],
    )
    .at("networkProfile")
    .cleared()
}

fn upgrades(pool: Pool) -> Row {
    let surge = text("max_surge").at("maxSurge");
    let minutes =
        number("drain_timeout_in_minutes").at("drainTimeoutInMinutes").replaces(taken_back).nonempty();
    let mut rows = vec![
        if pool == Pool::First { surge.required() } else { surge },
        if pool == Pool::First { minutes } else { minutes.range(0, i64::MAX) },
        number("node_soak_duration_in_minutes").at("nodeSoakDurationInMinutes").range(0, 30),
        text("undrainable_node_behavior")
            .at("undrainableNodeBehavior")
            .replaces(taken_back)
            .one_of(&["Cordon", "Schedule"]),
    ];
    if pool == Pool::Further {
        rows.push(text("max_unavailable").at("maxUnavailable"));
    }
    block("upgrade_settings", rows)
        .at("upgradeSettings")
        .reset("null")
        .rule(Rule::Conflict("max_surge", "max_unavailable"))
}

/// The rows of a pool, below the properties of its document.
pub(super) fn rows(pool: Pool) -> Vec<Row> {
    let new = |name: &'static str, path: &'static str| text(name).new().at(path);
    // Names of 3.x.
    let older = |name: &'static str, newer: &'static str| flag(name).both().until(3).alias(newer);
    let least = if pool == Pool::First { 1 } else { 0 };
    let machine = nodes;
    let system = if pool == Pool::First { other_system_first } else { other_system };
    let mut rows = vec![
        flag("auto_scaling_enabled").at("enableAutoScaling"),
        older("enable_auto_scaling", "auto_scaling_enabled"),
        number("node_count").both().at("count").range(least, 1000),
        number("min_count").at("minCount").range(least, 1000),
        number("max_count").at("maxCount").range(least, 1000),
        new("capacity_reservation_group_id", "capacityReservationGroupID")
            .arm_id("Microsoft.Compute/capacityReservationGroups"),
        new("gpu_driver", "gpuProfile.driver").one_of(&["Install", "None"]),
        new("gpu_instance", "gpuInstanceProfile").one_of(&["MIG1g", "MIG2g", "MIG3g", "MIG4g", "MIG7g"]),
        new("host_group_id", "hostGroupID").arm_id("Microsoft.Compute/hostGroups"),
        new("node_public_ip_prefix_id", "nodePublicIPPrefixID").arm_id("Microsoft.Network/publicIPPrefixes"),
        new("proximity_placement_group_id", "proximityPlacementGroupID")
            .arm_id("Microsoft.Compute/proximityPlacementGroups"),
        machine(flag("fips_enabled").at("enableFIPS")),
        machine(flag("host_encryption_enabled").at("enableEncryptionAtHost")),
        older("enable_host_encryption", "host_encryption_enabled"),
        machine(flag("node_public_ip_enabled").at("enableNodePublicIP")),
        older("enable_node_public_ip", "node_public_ip_enabled"),
        machine(text("kubelet_disk_type").both().at("kubeletDiskType").one_of(&["OS", "Temporary"])),
        machine(number("max_pods").both().at("maxPods")),
        machine(number("os_disk_size_gb").both().at("osDiskSizeGB").range(1, i64::MAX)),
        machine(text("os_disk_type").default("Managed").at("osDiskType").one_of(&["Ephemeral", "Managed"])),
        text("os_sku")
            .both()
            .at("osSKU")
            .one_of(&[
                "AzureLinux",
                "AzureLinux3",
                "Ubuntu",
                "Ubuntu2204",
                "Ubuntu2404",
                "Windows2019",
                "Windows2022",
            ])
            .replaces(system),
        machine(text("vm_size").both().at("vmSize")),
        machine(flag("ultra_ssd_enabled").default(false).at("enableUltraSSD")),
        machine(
            text("snapshot_id")
                .at("creationData.sourceResourceId")
                .arm_id("Microsoft.ContainerService/snapshots"),
        ),
        machine(text("vnet_subnet_id").at("vnetSubnetID").arm_id(SUBNETS)),
        machine(text("pod_subnet_id").at("podSubnetID").arm_id(SUBNETS)),
        machine(text_set("zones").at("availabilityZones")),
        machine(kubelet()),
        machine(linux()),
        text_map("node_labels").both().at("nodeLabels"),
        text("orchestrator_version").both().at("orchestratorVersion"),
        text("scale_down_mode").default("Delete").at("scaleDownMode").one_of(&["Deallocate", "Delete"]),
        network(),
        upgrades(pool),
        tags(),
        // What stands in for the pool while it is made anew is named so; nothing in ARM holds it.
        text("temporary_name_for_rotation")
            .own()
            .matches(r"^[a-z][a-z\d]{0,11}$", "1 to 12 lower-case letters and digits, a letter first"),
    ];
    let runtimes: &[&str] = match pool {
        Pool::First => &["KataVmIsolation", "OCIContainer"],
        Pool::Further => &["KataVmIsolation", "OCIContainer", "WasmWasi"],
    };
    let runtime = text("workload_runtime").at("workloadRuntime").one_of(runtimes);
    let name = text("name")
        .required()
        .matches(r"^[a-z][a-z\d]{0,11}$", "1 to 12 lower-case letters and digits, a letter first");
    match pool {
        Pool::First => rows.extend([
            // The document's name; another one makes the cluster anew.
            name.own().replaces(anew),
            runtime.both(),
            flag("only_critical_addons_enabled")
                .at("nodeTaints")
                .codec(Codec::Hook(put_critical, take_critical))
                .replaces(rotated),
            text("type")
                .default("VirtualMachineScaleSets")
                .new()
                .at("type")
                .one_of(&["VirtualMachineScaleSets"]),
        ]),
        Pool::Further => rows.extend([
            name.new().part(Part::Name),
            runtime,
            text("mode").default("User").at("mode").one_of(&["System", "User"]),
            text("os_type").default("Linux").new().at("osType").one_of(&["Linux", "Windows"]),
            text("priority").default("Regular").new().at("scaleSetPriority").one_of(&["Regular", "Spot"]),
            new("eviction_policy", "scaleSetEvictionPolicy").one_of(&["Delete", "Deallocate"]),
            number("spot_max_price").default(-1).new().at("spotMaxPrice").unless(-1).absent(-1),
            texts("node_taints").at("nodeTaints"),
            block(
                "windows_profile",
                vec![flag("outbound_nat_enabled").default(true).new().at("disableOutboundNat").not()],
            )
            .new()
            .at("windowsProfile")
            .cleared(),
        ]),
    }
    rows
}

pub(super) static KUBERNETES_CLUSTER_NODE_POOL: LazyLock<Table> = LazyLock::new(|| {
    let mut all: Vec<Row> = rows(Pool::Further).into_iter().map(below_properties).collect();
    all.extend([
        text("kubernetes_cluster_id").required().new().part(Part::ParentId).arm_id(CLUSTERS),
        text("node_image_version").computed().at("properties.nodeImageVersion"),
    ]);
    Table::new(
        "azurerm_kubernetes_cluster_node_pool",
        [60, 5, 60, 60],
        vec![
            doc(POOLS, VERSION, Place::Under("kubernetes_cluster_id"))
                .fixed("properties.type", "VirtualMachineScaleSets"),
        ],
        all,
    )
    .rule(Rule::Needs("node_public_ip_prefix_id", "node_public_ip_enabled"))
    .hooks(Hooks { check: Some(check_pool), claims: Some(with_ports), ..Hooks::default() })
});

/// The row of a pool in a document of its own.
fn below_properties(mut row: Row) -> Row {
    for path in &mut row.paths {
        path.insert(0, "properties");
    }
    row
}

fn with_ports(config: &Value, claims: &mut Vec<Claim>, _cx: &Context<'_>) -> Result<(), Stop> {
    if let Some(claim) = claims.first_mut() {
        ports(config, claim);
        stand_in(config, claim);
    }
    Ok(())
}

/// The range of ports of a pool's configuration, whose two ends are one text.
pub(super) fn ports(pool: &Value, claim: &mut Claim) {
    let first = |of: &Value, name: &str| of.get(name).and_then(Value::as_sequence)?.first().cloned();
    let Some(kernel) = first(pool, "linux_os_config").and_then(|l| first(&l, "sysctl_config")) else {
        return;
    };
    let end = |name: &str| {
        kernel.get(&format!("net_ipv4_ip_local_port_range_{name}")).filter(|v| !v.is_null()).cloned()
    };
    let (Some(least), Some(most)) = (end("min"), end("max")) else { return };
    let range = match (least.as_number(), most.as_number()) {
        (Some(least), Some(most)) => Value::from(format!("{least} {most}")),
        _ => Value::unknown(Type::String),
    };
    let mut body = claim.body.as_entries().cloned().unwrap_or_default();
    put(&mut body, &["properties", "linuxOSConfig", "sysctls", "netIpv4IpLocalPortRange"], range);
    claim.body = Value::object(body);
}

/// What of a pool's arguments cannot be together; `wrong` is told the argument and why.
pub(super) fn judge(pool: &Value, wrong: &mut dyn FnMut(&str, &str)) {
    let set = |name: &str| pool.get(name).is_some_and(|v| !v.is_null() && !v.is_unknown());
    let temporary = known(pool, "temporary_name_for_rotation");
    if temporary.is_some() && temporary == known(pool, "name") {
        wrong(
            "temporary_name_for_rotation",
            "The pool that stands in for another while that is made anew needs another name.",
        );
    }
    let scaled = pool.get("auto_scaling_enabled");
    if scaled.is_none_or(|v| v.is_null() || v.as_bool() == Some(false)) {
        for name in ["min_count", "max_count"] {
            if set(name) {
                wrong(name, "It is for pools with `auto_scaling_enabled = true`.");
            }
        }
    } else if scaled.and_then(Value::as_bool) == Some(true) {
        for name in ["min_count", "max_count"] {
            if pool.get(name).is_none_or(Value::is_null) {
                wrong(name, "A pool with `auto_scaling_enabled = true` needs it.");
            }
        }
    }
    let first = |of: &Value, name: &str| of.get(name).and_then(Value::as_sequence)?.first().cloned();
    if let Some(kernel) = first(pool, "linux_os_config").and_then(|l| first(&l, "sysctl_config")) {
        let absent = |name: &str| kernel.get(name).is_none_or(Value::is_null);
        if absent("net_ipv4_ip_local_port_range_min") != absent("net_ipv4_ip_local_port_range_max") {
            wrong(
                "linux_os_config",
                "A range of ports needs both `net_ipv4_ip_local_port_range_min` and `net_ipv4_ip_local_port_range_max`.",
            );
        }
    }
}

fn check_pool(config: &Value, _cx: &Context<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |name: &str, detail: &str| {
        problems.push(error(argument(name), "Invalid combination of arguments", detail));
    };
    judge(config, &mut wrong);
    let spot = known(config, "priority");
    if spot.is_some_and(|p| p != "Spot") || config.get("priority").is_none_or(Value::is_null) {
        if known(config, "eviction_policy").is_some() {
            wrong("eviction_policy", "It is for pools with `priority = \"Spot\"`.");
        }
        let price = config.get("spot_max_price").and_then(Value::as_number);
        if price.is_some_and(|p| *p != Number::from(-1)) {
            wrong("spot_max_price", "It is for pools with `priority = \"Spot\"`.");
        }
    }
    problems
}
