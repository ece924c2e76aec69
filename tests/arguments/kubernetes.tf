
resource "azurerm_user_assigned_identity" "kubelet" {
  count               = 2
  location            = "westeurope"
  name                = "id-kubelet-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
}

resource "azurerm_subnet" "nodes" {
  count                = 2
  name                 = "snet-nodes-${count.index}"
  resource_group_name  = azurerm_resource_group.world.name
  virtual_network_name = azurerm_virtual_network.other.name
  address_prefixes     = ["10.9.${count.index}.0/24"]
}

resource "azapi_resource" "nodesets" {
  count     = 2
  type      = "Microsoft.Compute/diskEncryptionSets@2022-03-02"
  name      = "nodesets-${count.index}"
  parent_id = azurerm_resource_group.world.id
  location  = "westeurope"
  body      = { properties = { activeKey = { keyUrl = azurerm_key_vault_key.world[0].id } } }
}

resource "azurerm_kubernetes_cluster" "one" {
  ai_toolchain_operator_enabled       = true # ->
  automatic_upgrade_channel           = "patch" # -> "stable"
  azure_policy_enabled                = true # ->
  cost_analysis_enabled               = true # ->
  custom_ca_trust_certificates_base64 = ["b25l"] # -> ["dHdv"]
  disk_encryption_set_id              = azapi_resource.nodesets[0].id # => azapi_resource.nodesets[1].id
  dns_prefix                          = "one" # => "two"
  edge_zone                           = "losangeles" # => "perth"
  http_application_routing_enabled    = true # ->
  image_cleaner_enabled               = true # ->
  image_cleaner_interval_hours        = 48 # -> 72
  kubernetes_version                  = "1.32" # -> "1.33"
  local_account_disabled              = true # ->
  location                            = "westeurope" # => "northeurope"
  name                                = "aks-one" # => "aks-two"
  node_os_upgrade_channel             = "SecurityPatch" # -> "NodeImage"
  node_resource_group                 = "rg-nodes-one" # => "rg-nodes-two"
  oidc_issuer_enabled                 = true
  open_service_mesh_enabled           = true # ->
  private_cluster_enabled             = true # =>
  private_cluster_public_fqdn_enabled = true # ->
  private_dns_zone_id                 = "None" # => "System"
  resource_group_name                 = azurerm_resource_group.world.name # => azurerm_resource_group.other.name
  role_based_access_control_enabled   = false # =>
  run_command_enabled                 = false # ->
  sku_tier                            = "Standard" # -> "Premium"
  support_plan                        = "KubernetesOfficial" # -> "AKSLongTermSupport"
  tags                                = { a = "1" } # -> { a = "2" }
  workload_identity_enabled           = true # ->
  aci_connector_linux {
    subnet_name = "one" # -> "two"
  }
  api_server_access_profile { # =>
    authorized_ip_ranges                = ["20.1.2.3/32"] # -> ["20.1.2.4/32"]
    subnet_id                           = azurerm_subnet.world[0].id # -> azurerm_subnet.world[1].id
    virtual_network_integration_enabled = true # ->
  }
  auto_scaler_profile {
    balance_similar_node_groups                   = true # ->
    daemonset_eviction_for_empty_nodes_enabled    = true # ->
    daemonset_eviction_for_occupied_nodes_enabled = false # ->
    empty_bulk_delete_max                         = "11" # -> "12"
    expander                                      = "priority" # -> "most-pods"
    ignore_daemonsets_utilization_enabled         = true # ->
    max_graceful_termination_sec                  = "601" # -> "602"
    max_node_provisioning_time                    = "16m" # -> "17m"
    max_unready_nodes                             = 4 # -> 5
    max_unready_percentage                        = 46 # -> 47
    new_pod_scale_up_delay                        = "11s" # -> "12s"
    scale_down_delay_after_add                    = "11m" # -> "12m"
    scale_down_delay_after_delete                 = "11s" # -> "12s"
    scale_down_delay_after_failure                = "4m" # -> "5m"
    scale_down_unneeded                           = "11m" # -> "12m"
    scale_down_unready                            = "21m" # -> "22m"
    scale_down_utilization_threshold              = "0.6" # -> "0.7"
    scan_interval                                 = "11s" # -> "12s"
    skip_nodes_with_local_storage                 = true # ->
    skip_nodes_with_system_pods                   = false # ->
  }
  azure_active_directory_role_based_access_control {
    admin_group_object_ids = ["310d7b2e-d1d1-4b87-9807-5b885b290c00"] # -> ["310d7b2e-d1d1-4b87-9807-5b885b290c01"]
    azure_rbac_enabled     = true # ->
    tenant_id              = "72f988bf-86f1-41af-91ab-2d7cd011db47" # -> "72f988bf-86f1-41af-91ab-2d7cd011db48"
  }
  bootstrap_profile {
    artifact_source       = "Cache" # -> "Direct"
    container_registry_id = azurerm_container_registry.world[0].id # -> azurerm_container_registry.world[1].id
  }
  confidential_computing {
    sgx_quote_helper_enabled = true # ->
  }
  default_node_pool {
    auto_scaling_enabled          = true
    capacity_reservation_group_id = "${local.nowhere}/Microsoft.Compute/capacityReservationGroups/a" # => "${local.nowhere}/Microsoft.Compute/capacityReservationGroups/b"
    fips_enabled                  = true # ->
    gpu_driver                    = "Install" # => "None"
    gpu_instance                  = "MIG1g" # => "MIG2g"
    host_encryption_enabled       = true # ->
    host_group_id                 = "${local.nowhere}/Microsoft.Compute/hostGroups/a" # => "${local.nowhere}/Microsoft.Compute/hostGroups/b"
    kubelet_disk_type             = "OS" # -> "Temporary"
    max_count                     = 5 # -> 6
    max_pods                      = 50 # -> 51
    min_count                     = 1 # -> 2
    name                          = "first" # => "second"
    node_labels                   = { a = "1" } # -> { a = "2" }
    node_public_ip_enabled        = true # ->
    node_public_ip_prefix_id      = "${local.nowhere}/Microsoft.Network/publicIPPrefixes/a" # => "${local.nowhere}/Microsoft.Network/publicIPPrefixes/b"
    only_critical_addons_enabled  = true # ->
    orchestrator_version          = "1.32" # -> "1.33"
    os_disk_size_gb               = 64 # -> 65
    os_disk_type                  = "Ephemeral" # -> "Managed"
    os_sku                        = "Ubuntu2204" # -> "AzureLinux"
    pod_subnet_id                 = azurerm_subnet.nodes[0].id # -> azurerm_subnet.nodes[1].id
    proximity_placement_group_id  = "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/a" # => "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/b"
    scale_down_mode               = "Deallocate" # -> "Delete"
    snapshot_id                   = "${local.nowhere}/Microsoft.ContainerService/snapshots/a" # -> "${local.nowhere}/Microsoft.ContainerService/snapshots/b"
    tags                          = { a = "1" } # -> { a = "2" }
    temporary_name_for_rotation   = "third" # -- nothing in ARM holds it
    type                          = "VirtualMachineScaleSets" # -- one legal value
    ultra_ssd_enabled             = true # ->
    vm_size                       = "Standard_D2s_v3" # -> "Standard_D4s_v3"
    vnet_subnet_id                = azurerm_subnet.world[2].id # -> azurerm_subnet.world[1].id
    workload_runtime              = "OCIContainer" # -> "KataVmIsolation"
    zones                         = ["1", "2"] # -> ["1", "3"]
    kubelet_config {
      allowed_unsafe_sysctls    = ["kernel.msg*"] # -> ["kernel.sem"]
      container_log_max_files   = 3 # -> 4
      container_log_max_size_mb = 51 # -> 52
      cpu_cfs_quota_enabled     = false # ->
      cpu_cfs_quota_period      = "101ms" # -> "102ms"
      cpu_manager_policy        = "static" # -> "none"
      image_gc_high_threshold   = 86 # -> 87
      image_gc_low_threshold    = 81 # -> 82
      pod_max_pid               = 1001 # -> 1002
      topology_manager_policy   = "restricted" # -> "best-effort"
    }
    linux_os_config {
      swap_file_size_mb            = 1 # -> 2
      transparent_huge_page        = "madvise" # -> "always"
      transparent_huge_page_defrag = "defer" # -> "always"
      sysctl_config {
        fs_aio_max_nr                      = 65537 # -> 65538
        fs_file_max                        = 8193 # -> 8194
        fs_inotify_max_user_watches        = 781251 # -> 781252
        fs_nr_open                         = 8193 # -> 8194
        kernel_threads_max                 = 21 # -> 22
        net_core_netdev_max_backlog        = 1001 # -> 1002
        net_core_optmem_max                = 20481 # -> 20482
        net_core_rmem_default              = 212993 # -> 212994
        net_core_rmem_max                  = 212993 # -> 212994
        net_core_somaxconn                 = 4097 # -> 4098
        net_core_wmem_default              = 212993 # -> 212994
        net_core_wmem_max                  = 212993 # -> 212994
        net_ipv4_ip_local_port_range_max   = 32769 # -> 32770
        net_ipv4_ip_local_port_range_min   = 1025 # -> 1026
        net_ipv4_neigh_default_gc_thresh1  = 129 # -> 130
        net_ipv4_neigh_default_gc_thresh2  = 513 # -> 514
        net_ipv4_neigh_default_gc_thresh3  = 1025 # -> 1026
        net_ipv4_tcp_fin_timeout           = 6 # -> 7
        net_ipv4_tcp_keepalive_intvl       = 11 # -> 12
        net_ipv4_tcp_keepalive_probes      = 2 # -> 3
        net_ipv4_tcp_keepalive_time        = 31 # -> 32
        net_ipv4_tcp_max_syn_backlog       = 129 # -> 130
        net_ipv4_tcp_max_tw_buckets        = 8001 # -> 8002
        net_ipv4_tcp_tw_reuse              = true # ->
        net_netfilter_nf_conntrack_buckets = 65537 # -> 65538
        net_netfilter_nf_conntrack_max     = 131073 # -> 131074
        vm_max_map_count                   = 65531 # -> 65532
        vm_swappiness                      = 1 # -> 2
        vm_vfs_cache_pressure              = 1 # -> 2
      }
    }
    node_network_profile {
      application_security_group_ids = [azapi_resource.groups[0].id] # -> [azapi_resource.groups[1].id]
      node_public_ip_tags            = { RoutingPreference = "Internet" } # => { RoutingPreference = "Other" }
      allowed_host_ports {
        port_end   = 81 # -> 82
        port_start = 80 # -> 79
        protocol   = "TCP" # -> "UDP"
      }
    }
    upgrade_settings { # =>
      drain_timeout_in_minutes      = 10 # -> 11
      max_surge                     = "10%" # -> "20%"
      node_soak_duration_in_minutes = 1 # -> 2
      undrainable_node_behavior     = "Cordon" # -> "Schedule"
    }
  }
  http_proxy_config {
    http_proxy  = "http://a.example.com" # -> "http://b.example.com"
    https_proxy = "https://a.example.com" # -> "https://b.example.com"
    no_proxy    = ["a.example.com"] # -> ["b.example.com"]
    trusted_ca  = "b25l" # -> "dHdv"
  }
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # -> [azurerm_user_assigned_identity.world[1].id]
  }
  ingress_application_gateway {
    gateway_name = "one" # -> "two"
    subnet_cidr  = "10.225.0.0/16" # -> "10.226.0.0/16"
  }
  key_management_service {
    key_vault_key_id         = azurerm_key_vault_key.world[0].id # -> azurerm_key_vault_key.world[1].id
    key_vault_network_access = "Private" # -> "Public"
  }
  key_vault_secrets_provider {
    secret_rotation_enabled  = true # ->
    secret_rotation_interval = "3m" # -> "4m"
  }
  kubelet_identity {
    client_id                 = azurerm_user_assigned_identity.kubelet[0].client_id # => azurerm_user_assigned_identity.kubelet[1].client_id
    object_id                 = azurerm_user_assigned_identity.kubelet[0].principal_id # => azurerm_user_assigned_identity.kubelet[1].principal_id
    user_assigned_identity_id = azurerm_user_assigned_identity.kubelet[0].id # => azurerm_user_assigned_identity.kubelet[1].id
  }
  linux_profile {
    admin_username = "one" # => "two"
    ssh_key {
      key_data = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC1" # => "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC2"
    }
  }
  maintenance_window {
    allowed {
      day   = "Monday" # -> "Tuesday"
      hours = [1, 2] # -> [1, 3]
    }
    not_allowed {
      end   = "2027-01-02T00:00:00Z" # -> "2027-01-03T00:00:00Z"
      start = "2027-01-01T00:00:00Z" # -> "2026-12-31T00:00:00Z"
    }
  }
  maintenance_window_auto_upgrade {
    day_of_week = "Monday" # -> "Tuesday"
    duration    = 4 # -> 5
    frequency   = "RelativeMonthly"
    interval    = 1 # -> 2
    start_date  = "2027-01-01T00:00:00Z" # -> "2027-01-02T00:00:00Z"
    start_time  = "01:00" # -> "02:00"
    utc_offset  = "+01:00" # -> "+02:00"
    week_index  = "First" # -> "Second"
    not_allowed {
      end   = "2027-01-02T00:00:00Z" # -> "2027-01-03T00:00:00Z"
      start = "2027-01-01T00:00:00Z" # -> "2026-12-31T00:00:00Z"
    }
  }
  maintenance_window_node_os {
    day_of_week = "Monday" # -> "Tuesday"
    duration    = 4 # -> 5
    frequency   = "RelativeMonthly"
    interval    = 1 # -> 2
    start_date  = "2027-01-01T00:00:00Z" # -> "2027-01-02T00:00:00Z"
    start_time  = "01:00" # -> "02:00"
    utc_offset  = "+01:00" # -> "+02:00"
    week_index  = "First" # -> "Second"
    not_allowed {
      end   = "2027-01-02T00:00:00Z" # -> "2027-01-03T00:00:00Z"
      start = "2027-01-01T00:00:00Z" # -> "2026-12-31T00:00:00Z"
    }
  }
  microsoft_defender {
    log_analytics_workspace_id = azurerm_log_analytics_workspace.world[0].id # -> azurerm_log_analytics_workspace.world[1].id
  }
  monitor_metrics {
    annotations_allowed = "one" # -> "two"
    labels_allowed      = "one" # -> "two"
  }
  network_profile {
    dns_service_ip      = "10.1.0.10" # => "10.1.0.11"
    ip_versions         = ["IPv4"] # => ["IPv4", "IPv6"]
    load_balancer_sku   = "standard" # => "basic"
    network_data_plane  = "cilium" # => "azure"
    network_mode        = "transparent" # => "bridge"
    network_plugin      = "azure" # => "kubenet"
    network_plugin_mode = "overlay" # =>
    network_policy      = "cilium" # => "calico"
    outbound_type       = "loadBalancer" # -> "userDefinedRouting"
    pod_cidr            = "10.244.0.0/16" # => "10.243.0.0/16"
    pod_cidrs           = ["10.244.0.0/16"] # => ["10.242.0.0/16"]
    service_cidr        = "10.1.0.0/16" # => "10.2.0.0/16"
    service_cidrs       = ["10.1.0.0/16"] # => ["10.3.0.0/16"]
    advanced_networking {
      observability_enabled = true # ->
      security_enabled      = true # ->
    }
    load_balancer_profile {
      backend_pool_type           = "NodeIP" # -> "NodeIPConfiguration"
      idle_timeout_in_minutes     = 31 # -> 32
      managed_outbound_ip_count   = 2 # -> 3
      managed_outbound_ipv6_count = 2 # -> 3
      outbound_ports_allocated    = 8 # -> 16
    }
    nat_gateway_profile {
      idle_timeout_in_minutes   = 5 # -> 6
      managed_outbound_ip_count = 2 # -> 3
    }
  }
  node_provisioning_profile {
    default_node_pools = "None" # -> "Auto"
    mode               = "Auto" # -> "Manual"
  }
  oms_agent {
    log_analytics_workspace_id      = azurerm_log_analytics_workspace.world[0].id # -> azurerm_log_analytics_workspace.world[1].id
    msi_auth_for_monitoring_enabled = true # ->
  }
  service_mesh_profile {
    external_ingress_gateway_enabled = true # ->
    internal_ingress_gateway_enabled = true # ->
    mode                             = "Istio" # -- one legal value
    revisions                        = ["asm-1-25"] # -> ["asm-1-25", "asm-1-26"]
    certificate_authority {
      cert_chain_object_name = "one" # -> "two"
      cert_object_name       = "one" # -> "two"
      key_object_name        = "one" # -> "two"
      key_vault_id           = azurerm_key_vault.world[0].id # -> azurerm_key_vault.world[1].id
      root_cert_object_name  = "one" # -> "two"
    }
  }
  storage_profile {
    blob_driver_enabled         = true # ->
    disk_driver_enabled         = false # ->
    file_driver_enabled         = false # ->
    snapshot_controller_enabled = false # ->
  }
  upgrade_override {
    effective_until       = "2027-01-01T00:00:00Z" # -> "2027-01-02T00:00:00Z"
    force_upgrade_enabled = true # ->
  }
  web_app_routing {
    default_nginx_controller = "Internal" # -> "External"
    dns_zone_ids             = [azurerm_private_dns_zone.world[0].id] # -> [azurerm_private_dns_zone.world[1].id]
  }
  windows_profile {
    admin_password = "Only-4-a-test-of-this" # -> "Only-4-2-tests-of-this"
    admin_username = "one" # => "two"
    license        = "Windows_Server" # -- one legal value
    gmsa { # =>
      dns_server  = "10.0.0.4" # -> "10.0.0.5"
      root_domain = "a.example.com" # -> "b.example.com"
    }
  }
  workload_autoscaler_profile {
    keda_enabled                    = true # ->
    vertical_pod_autoscaler_enabled = true # ->
  }
}

resource "azurerm_kubernetes_cluster" "two" {
  dns_prefix_private_cluster = "two" # => "three"
  location                   = "westeurope"
  name                       = "aks-private"
  oidc_issuer_enabled        = true # =>
  private_cluster_enabled    = true
  private_dns_zone_id        = azurerm_private_dns_zone.world[0].id
  resource_group_name        = azurerm_resource_group.world.name
  default_node_pool {
    auto_scaling_enabled = false # -- another one needs counts
    name                 = "first"
    node_count           = 2 # -> 3
    vm_size              = "Standard_D2s_v3"
    kubelet_config {
      container_log_max_line = 3 # -- the nodes of the first pool are kept
    }
    linux_os_config {
      transparent_huge_page_enabled = "madvise" # -- the nodes of the first pool are kept
    }
  }
  ingress_application_gateway {
    subnet_id = azurerm_subnet.world[0].id # -> azurerm_subnet.world[1].id
  }
  maintenance_window_auto_upgrade {
    day_of_month = 1 # -> 2
    duration     = 4
    frequency    = "AbsoluteMonthly" # -> "Daily"
    interval     = 1
    start_time   = "01:00"
  }
  maintenance_window_node_os {
    day_of_month = 1 # -> 2
    duration     = 4
    frequency    = "AbsoluteMonthly" # -> "Daily"
    interval     = 1
    start_time   = "01:00"
  }
  network_profile {
    network_plugin = "azure"
    load_balancer_profile {
      outbound_ip_address_ids = ["${local.nowhere}/Microsoft.Network/publicIPAddresses/a"] # -> ["${local.nowhere}/Microsoft.Network/publicIPAddresses/b"]
    }
  }
  service_principal {
    client_id     = "310d7b2e-d1d1-4b87-9807-5b885b290c00" # -> "310d7b2e-d1d1-4b87-9807-5b885b290c01"
    client_secret = "only-for-a-test" # -> "only-for-two-tests"
  }
}

resource "azurerm_kubernetes_cluster" "three" {
  dns_prefix          = "three"
  location            = "westeurope"
  name                = "aks-three"
  resource_group_name = azurerm_resource_group.world.name
  default_node_pool {
    name       = "first"
    node_count = 1
    vm_size    = "Standard_D2s_v3"
  }
  identity {
    type = "SystemAssigned" # -> "UserAssigned" @identity
  }
  ingress_application_gateway {
    gateway_id = "${local.nowhere}/Microsoft.Network/applicationGateways/a" # -> "${local.nowhere}/Microsoft.Network/applicationGateways/b"
  }
  network_profile {
    network_plugin = "azure"
    load_balancer_profile {
      outbound_ip_prefix_ids = ["${local.nowhere}/Microsoft.Network/publicIPPrefixes/a"] # -> ["${local.nowhere}/Microsoft.Network/publicIPPrefixes/b"]
    }
  }
}

resource "azurerm_kubernetes_cluster" "base" {
  count               = 2
  dns_prefix          = "base"
  location            = "westeurope"
  name                = "aks-base-${count.index}"
  resource_group_name = azurerm_resource_group.world.name
  default_node_pool {
    name       = "first"
    node_count = 1
    vm_size    = "Standard_D2s_v3"
  }
  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "one" {
  auto_scaling_enabled          = true
  capacity_reservation_group_id = "${local.nowhere}/Microsoft.Compute/capacityReservationGroups/a" # => "${local.nowhere}/Microsoft.Compute/capacityReservationGroups/b"
  eviction_policy               = "Delete" # => "Deallocate"
  fips_enabled                  = true # ->
  gpu_driver                    = "Install" # => "None"
  gpu_instance                  = "MIG1g" # => "MIG2g"
  host_encryption_enabled       = true # ->
  host_group_id                 = "${local.nowhere}/Microsoft.Compute/hostGroups/a" # => "${local.nowhere}/Microsoft.Compute/hostGroups/b"
  kubelet_disk_type             = "OS" # -> "Temporary"
  kubernetes_cluster_id         = azurerm_kubernetes_cluster.base[0].id # => azurerm_kubernetes_cluster.base[1].id
  max_count                     = 5 # -> 6
  max_pods                      = 50 # -> 60
  min_count                     = 1 # -> 2
  mode                          = "User" # -> "System"
  name                          = "one" # => "two"
  node_labels                   = { a = "1" } # -> { a = "2" }
  node_public_ip_enabled        = true
  node_public_ip_prefix_id      = "${local.nowhere}/Microsoft.Network/publicIPPrefixes/a" # => "${local.nowhere}/Microsoft.Network/publicIPPrefixes/b"
  node_taints                   = ["a=b:NoSchedule"] # -> ["a=c:NoSchedule"]
  orchestrator_version          = "1.32" # -> "1.33"
  os_disk_size_gb               = 64 # -> 65
  os_disk_type                  = "Ephemeral" # -> "Managed"
  os_sku                        = "Ubuntu2204" # -> "AzureLinux"
  os_type                       = "Linux" # => "Windows"
  pod_subnet_id                 = azurerm_subnet.nodes[0].id # -> azurerm_subnet.nodes[1].id
  priority                      = "Spot"
  proximity_placement_group_id  = "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/a" # => "${local.nowhere}/Microsoft.Compute/proximityPlacementGroups/b"
  scale_down_mode               = "Deallocate" # -> "Delete"
  snapshot_id                   = "${local.nowhere}/Microsoft.ContainerService/snapshots/a" # -> "${local.nowhere}/Microsoft.ContainerService/snapshots/b"
  spot_max_price                = 0.5 # => 0.6
  tags                          = { a = "1" } # -> { a = "2" }
  temporary_name_for_rotation   = "third" # -- nothing in ARM holds it
  ultra_ssd_enabled             = true # ->
  vm_size                       = "Standard_D2s_v3" # -> "Standard_D4s_v3"
  vnet_subnet_id                = azurerm_subnet.world[2].id # -> azurerm_subnet.world[3].id
  workload_runtime              = "OCIContainer" # -> "WasmWasi"
  zones                         = ["1", "2"] # -> ["1"]
  kubelet_config {
    allowed_unsafe_sysctls    = ["kernel.msg*"] # -> ["net.core.somaxconn"]
    container_log_max_files   = 3 # -> 4
    container_log_max_size_mb = 51 # -> 52
    cpu_cfs_quota_enabled     = false # ->
    cpu_cfs_quota_period      = "101ms" # -> "102ms"
    cpu_manager_policy        = "static" # -> "none"
    image_gc_high_threshold   = 86 # -> 87
    image_gc_low_threshold    = 81 # -> 82
    pod_max_pid               = 1001 # -> 1002
    topology_manager_policy   = "restricted" # -> "best-effort"
  }
  linux_os_config {
    swap_file_size_mb            = 1 # -> 2
    transparent_huge_page        = "madvise" # -> "never"
    transparent_huge_page_defrag = "defer" # -> "never"
    sysctl_config {
      fs_aio_max_nr                      = 65537 # -> 65538
      fs_file_max                        = 8193 # -> 8194
      fs_inotify_max_user_watches        = 781251 # -> 781252
      fs_nr_open                         = 8193 # -> 8194
      kernel_threads_max                 = 21 # -> 22
      net_core_netdev_max_backlog        = 1001 # -> 1002
      net_core_optmem_max                = 20481 # -> 20482
      net_core_rmem_default              = 212993 # -> 212994
      net_core_rmem_max                  = 212993 # -> 212994
      net_core_somaxconn                 = 4097 # -> 4098
      net_core_wmem_default              = 212993 # -> 212994
      net_core_wmem_max                  = 212993 # -> 212994
      net_ipv4_ip_local_port_range_max   = 32769 # -> 32770
      net_ipv4_ip_local_port_range_min   = 1025 # -> 1026
      net_ipv4_neigh_default_gc_thresh1  = 129 # -> 130
      net_ipv4_neigh_default_gc_thresh2  = 513 # -> 514
      net_ipv4_neigh_default_gc_thresh3  = 1025 # -> 1026
      net_ipv4_tcp_fin_timeout           = 6 # -> 7
      net_ipv4_tcp_keepalive_intvl       = 11 # -> 12
      net_ipv4_tcp_keepalive_probes      = 2 # -> 3
      net_ipv4_tcp_keepalive_time        = 31 # -> 32
      net_ipv4_tcp_max_syn_backlog       = 129 # -> 130
      net_ipv4_tcp_max_tw_buckets        = 8001 # -> 8002
      net_ipv4_tcp_tw_reuse              = true # ->
      net_netfilter_nf_conntrack_buckets = 65537 # -> 65538
      net_netfilter_nf_conntrack_max     = 131073 # -> 131074
      vm_max_map_count                   = 65531 # -> 65532
      vm_swappiness                      = 1 # -> 2
      vm_vfs_cache_pressure              = 1 # -> 2
    }
  }
  node_network_profile {
    application_security_group_ids = [azapi_resource.groups[0].id] # -> [azapi_resource.groups[1].id]
    node_public_ip_tags            = { RoutingPreference = "Internet" } # => { RoutingPreference = "Other" }
    allowed_host_ports {
      port_end   = 81 # -> 82
      port_start = 80 # -> 79
      protocol   = "TCP" # -> "UDP"
    }
  }
  upgrade_settings { # =>
    drain_timeout_in_minutes      = 10 # -> 11
    max_surge                     = "10%" # -> "20%"
    node_soak_duration_in_minutes = 1 # -> 2
    undrainable_node_behavior     = "Cordon" # -> "Schedule"
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "two" {
  auto_scaling_enabled        = false # -- another one needs counts
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.base[0].id
  name                        = "two"
  node_count                  = 2 # -> 3
  node_public_ip_enabled      = true # ->
  os_type                     = "Windows"
  priority                    = "Regular" # => "Spot"
  temporary_name_for_rotation = "fourth"
  vm_size                     = "Standard_D2s_v3"
  kubelet_config {
    container_log_max_line = 3 # -> 4
  }
  linux_os_config {
    transparent_huge_page_enabled = "madvise" # -> "never"
  }
  upgrade_settings {
    max_unavailable = "1" # -> "2"
  }
  windows_profile {
    outbound_nat_enabled = false # =>
  }
}

resource "azurerm_machine_learning_inference_cluster" "one" {
  cluster_purpose               = "DevTest" # => "DenseProd"
  description                   = "one" # => "two"
  kubernetes_cluster_id         = azurerm_kubernetes_cluster.base[0].id # => azurerm_kubernetes_cluster.base[1].id
  location                      = "westeurope" # => "northeurope"
  machine_learning_workspace_id = azurerm_machine_learning_workspace.world[0].id # => azurerm_machine_learning_workspace.world[1].id
  name                          = "inf-one" # => "inf-two"
  tags                          = { a = "1" } # => { a = "2" }
  identity {
    type         = "UserAssigned" # => "SystemAssigned, UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.world[0].id] # => [azurerm_user_assigned_identity.world[1].id]
  }
  ssl {
    cert  = "only-for-a-test" # => "only-for-two-tests"
    cname = "a.example.com" # => "b.example.com"
    key   = "only-for-a-test" # => "only-for-two-tests"
  }
}

resource "azurerm_machine_learning_inference_cluster" "made" {
  kubernetes_cluster_id         = azurerm_kubernetes_cluster.base[1].id
  location                      = "westeurope"
  machine_learning_workspace_id = azurerm_machine_learning_workspace.world[0].id
  name                          = "inf-made"
  ssl {
    leaf_domain_label         = "one" # => "two"
    overwrite_existing_domain = true # =>
  }
}
