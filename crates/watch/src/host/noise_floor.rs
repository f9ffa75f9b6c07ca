//! How far a machine's figures may stray before anybody would want to know.

/// The least deviation from what was expected that is worth telling of the host series of that name, in its unit
/// (for a counter, that of its rate per second); zero for a name that is not of this host's.
///
/// An idle machine is so still that its band would be a hair's breadth, and each login an anomaly.
#[must_use]
pub fn noise_floor(name: &str) -> f32 {
    const MIB: f32 = 1_048_576.0;
    match name {
        "system_cpu_utilization_ratio" | "system_cpu_busy_ratio" => 0.10,
        "system_cpu_load_average_1m" | "system_cpu_load_average_5m" | "system_cpu_load_average_15m" => 0.5,
        "system_interrupts_total" | "system_context_switches_total" => 2_000.0,
        "system_processes_created_total" => 10.0,
        "system_process_state_count" => 3.0,
        "system_process_count" | "system_thread_count" => 10.0,
        "system_file_handle_usage" => 200.0,
        "system_memory_usage_bytes" | "system_memory_available_bytes" | "system_paging_usage_bytes" => 128.0 * MIB,
        "system_memory_utilization_ratio" | "system_paging_utilization_ratio" => 0.02,
        "system_paging_operations_total" | "system_paging_faults_total" => 50.0,
        "system_filesystem_usage_bytes" => 128.0 * MIB,
        "system_filesystem_utilization_ratio" | "system_filesystem_inodes_utilization_ratio" => 0.01,
        "system_file_handle_utilization_ratio" => 0.02,
        "system_disk_io_bytes_total" => MIB,
        "system_disk_operations_total" => 50.0,
        "system_disk_operation_time_seconds_total" | "system_disk_io_time_seconds_total" => 0.1,
        "system_network_io_bytes_total" => 64.0 * 1024.0,
        "system_network_packets_total" => 100.0,
        "system_network_errors_total" | "system_network_dropped_total" => 0.2,
        "system_pressure_stall_time_seconds_total" => 0.05,
        "hw_temperature_celsius" => 4.0,
        "process_cpu_time_seconds_total" => 0.1,
        "process_memory_usage_bytes" => 16.0 * MIB,
        "process_open_file_descriptor_count" => 20.0,
        "process_thread_count" => 5.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_series_is_left_to_what_was_learned() {
        assert_eq!(noise_floor("http_requests_total"), 0.0);
        assert!(noise_floor("system_cpu_busy_ratio") > 0.0);
    }
}
